import { overlapHours } from '../mentors/availability.ts'
import type { MatchCriterion, MatchWeights } from '../programs/contract.ts'
import { languagesOf } from './constraints.ts'
import type { MentorFacts, Seeker } from './facts.ts'

/** Changes with every change of meaning below; each answer, offer and run names it. */
export const matchRules = 'match-1'

/**
 * What each criterion weighs unless a program says otherwise: what the person wished of a mentor first, then what
 * the two share, then what makes it easy to meet, and a little for mentors with room. A proposal of the service,
 * not a finding: no published weights were found.
 */
export const defaultWeights: Readonly<Record<MatchCriterion, number>> = {
  mentor_type: 2,
  shared_experience: 3,
  pathway: 2,
  language: 2,
  mode: 1,
  availability: 2,
  life_situation: 2,
  interests: 0.5,
  time_zone: 0.5,
  load: 1,
  continuity: 3,
}

/** Four hours a week in common are as good as forty. */
const enoughHours = 4
/** Six hours apart is as far as it gets. */
const farMinutes = 6 * 60

/** How well a pair does by one criterion, from 0 to 1; null where nothing is known, which counts neither way. */
type Judge = (mentor: MentorFacts, seeker: Seeker) => number | null

const judges: Readonly<Record<MatchCriterion, Judge>> = {
  mentor_type: ({ type }, { wishes }) =>
    isWished(wishes.mentorTypes) ? Number(wishes.mentorTypes.includes(type)) : null,
  shared_experience: ({ substances }, { wishes }) => share(substances, wishes.substances),
  pathway: ({ pathways }, { wishes }) => share(pathways, wishes.pathways),
  language: ({ spoken }, seeker) => {
    const [first, ...others] = languagesOf(seeker)
    if (first === undefined || spoken === null) return null
    if (spoken[0] === first) return 1
    if (spoken.includes(first)) return 0.8
    return others.some((language) => spoken.includes(language)) ? 0.4 : 0
  },
  mode: ({ modes }, { wishes }) => share(modes, wishes.modes),
  availability: ({ hours }, seeker) =>
    hours && seeker.hours ? Math.min(1, overlapHours(hours, seeker.hours) / enoughHours) : null,
  life_situation: ({ lifeSituations }, { wishes }) => share(lifeSituations, wishes.lifeSituations),
  interests: ({ interests }, { wishes }) => share(interests, wishes.interests),
  time_zone: ({ offsetMinutes }, seeker) =>
    seeker.offsetMinutes === null
      ? null
      : 1 - Math.min(1, Math.abs(offsetMinutes - seeker.offsetMinutes) / farMinutes),
  load: ({ load, capacity }) => (capacity === 0 ? null : 1 - load / capacity),
  continuity: ({ id }, { wellWith }) => (wellWith.has(id) ? 1 : null),
}

const isWished = (wanted: readonly string[] | undefined): wanted is readonly string[] =>
  wanted !== undefined && wanted.length > 0

/** How much of what was wished for is there. A mentor who said nothing is unknown, not empty-handed. */
function share(offered: readonly string[] | null, wanted: readonly string[] | undefined): number | null {
  if (!isWished(wanted) || offered === null || offered.length === 0) return null
  let met = 0
  for (const one of wanted) if (offered.includes(one)) met += 1
  return met / wanted.length
}

/** The weights in force, as a list that is cheap to walk: a criterion that weighs nothing is left out. */
export interface Weighing {
  readonly criterion: MatchCriterion
  readonly weight: number
}

/** Less is nothing: products with smaller numbers vanish, and the explanation would no longer add up to the score. */
const leastWeight = 1e-6

export function weighingOf(own: MatchWeights): Weighing[] {
  const weights = { ...defaultWeights, ...own }
  return Object.entries(weights)
    .map(([criterion, weight]) => ({ criterion: criterion as MatchCriterion, weight }))
    .filter(({ weight }) => weight >= leastWeight)
}

/** Whole millionths: sums of fractions must not rank two equal candidates by the order of adding. */
export const millionths = 1_000_000

/**
 * The weighted mean of what is known, in millionths. What is not known is left out and the rest weighs the more; it
 * is never counted as the middle. Nothing known at all is 0.
 */
export function scoreOf(mentor: MentorFacts, seeker: Seeker, weighing: readonly Weighing[]): number {
  let sum = 0
  let weights = 0
  for (const { criterion, weight } of weighing) {
    const value = judges[criterion](mentor, seeker)
    if (value === null) continue
    sum += weight * value
    weights += weight
  }
  return weights === 0 ? 0 : Math.round((sum / weights) * millionths)
}

export interface Criterion {
  readonly criterion: MatchCriterion
  /** Its share of the whole after what is unknown was left out. */
  readonly weight: number
  readonly value: number
  readonly contribution: number
}

/** The same sum, taken apart. Criteria of which nothing is known are not in it. */
export function explain(mentor: MentorFacts, seeker: Seeker, weighing: readonly Weighing[]): Criterion[] {
  const known = weighing.flatMap(({ criterion, weight }) => {
    const value = judges[criterion](mentor, seeker)
    return value === null ? [] : [{ criterion, weight, value }]
  })
  const whole = known.reduce((sum, { weight }) => sum + weight, 0)
  const rounded = (value: number) => Math.round(value * 10_000) / 10_000
  return known.map(({ criterion, weight, value }) => ({
    criterion,
    weight: rounded(weight / whole),
    value: rounded(value),
    contribution: rounded((weight / whole) * value),
  }))
}
