import type { EngagementStatus, Simulation } from './contract.ts'
import { type EngagementFacts, type RuleSet, standings } from './rules.ts'

const dayMs = 86_400_000

/** From `from`, every so many days, and `to` itself. */
export function stepsBetween(from: Date, to: Date, stepDays: number): Date[] {
  const count = Math.ceil((to.getTime() - from.getTime()) / (stepDays * dayMs))
  return [
    ...Array.from({ length: count }, (_, index) => new Date(from.getTime() + index * stepDays * dayMs)),
    to,
  ]
}

type Counts = Partial<Record<EngagementStatus, number>>

interface Tally {
  readonly at: Date
  readonly present: Counts
  readonly proposed: Counts
  readonly moves: Map<string, { from: EngagementStatus; to: EngagementStatus; referrals: number }>
}

export interface Comparison {
  /** Counts one referral at every step; tells whether its status differs at the last one. */
  readonly add: (facts: EngagementFacts) => boolean
  readonly steps: () => (Omit<Simulation['steps'][number], 'at'> & { readonly at: Date })[]
}

/** Two rule sets over the same facts, side by side. */
export function compare(instants: readonly Date[], present: RuleSet, proposed: RuleSet): Comparison {
  const tallies = instants.map((at): Tally => ({ at, present: {}, proposed: {}, moves: new Map() }))
  const count = (counts: Counts, status: EngagementStatus) => {
    counts[status] = (counts[status] ?? 0) + 1
  }
  return {
    add: (facts) => {
      const [underPresent, underProposed] = [standings(facts, present), standings(facts, proposed)]
      let differs = false
      for (const tally of tallies) {
        if (facts.requestedAt > tally.at) continue
        const from = underPresent(tally.at).status
        const to = underProposed(tally.at).status
        count(tally.present, from)
        count(tally.proposed, to)
        differs = from !== to
        if (!differs) continue
        const move = tally.moves.get(`${from} ${to}`) ?? { from, to, referrals: 0 }
        move.referrals += 1
        tally.moves.set(`${from} ${to}`, move)
      }
      return differs
    },
    steps: () =>
      tallies.map(({ at, present, proposed, moves }) => ({
        at,
        present,
        proposed,
        moves: [...moves.values()],
      })),
  }
}
