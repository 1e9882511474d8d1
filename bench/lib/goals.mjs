/** What the measurements are held to. `least`: our rate by theirs; `most`: p50 here by p50 with a hundredth of the data. */
export const goals = [
  { scenarios: ['create'], beside: 'floor', least: 0.5 },
  { scenarios: ['engagement-own', 'engagement-told', 'list-own', 'list-told'], beside: 'floor', least: 0.6 },
  { scenarios: ['create', 'engagement-own', 'engagement-told', 'list-own', 'list-told', 'candidates', 'feed'], beside: 'nestjs', least: 2 },
  { scenarios: ['graphql'], beside: 'postgraphile', least: 1 },
]

export const sizeGoal = { scenarios: ['create', 'engagement-own', 'engagement-told', 'list-own', 'list-told', 'feed', 'graphql'], most: 1.25 }
export const memoryGoalMb = 300
