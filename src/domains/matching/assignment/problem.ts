/**
 * The whole waitlist at once: who is given which mentor, so that the sum of the scores is the greatest possible.
 *
 * Scores are millionths and loads are half points, both whole numbers. Sums of them are exact, so "optimal" and "a tie"
 * mean what they say, and the same waitlist has the same answer on every machine. Every score is above zero: a pair that
 * nobody wants is left out of the candidates, and so no answer leaves a person without a mentor who could have had one
 * at no one's expense.
 */
export interface AssignmentProblem {
  readonly waiting: readonly Waiting[]
  readonly mentors: readonly Available[]
  /** The most new people for one mentor in this round, beside what the mentor's room allows. */
  readonly maxPerMentor?: number
  /** Also sets the effort, so it is part of the input: see `effort.ts`. */
  readonly timeBudgetMs: number
}

export interface Waiting {
  readonly id: string
  /** Milliseconds of the epoch. */
  readonly waitingSince: number
  /** 3 stat, 2 asap, 1 urgent, 0 routine. */
  readonly urgency: 0 | 1 | 2 | 3
  /** High 4, standard 2, maintenance 1; any other whole number from 1 works. */
  readonly weightHalfPoints: number
  readonly candidates: readonly { readonly mentorId: string; readonly scoreMillionths: number }[]
}

export interface Available {
  readonly id: string
  /** Zero or less is no room: mentors can stand above their limit. */
  readonly freeHalfPoints: number
  /** What the mentor carries now. It decides between equals only. */
  readonly loadHalfPoints: number
}

export interface Pair {
  readonly waitingId: string
  readonly mentorId: string
  readonly scoreMillionths: number
}

/**
 * A person and a mentor who would both rather have each other. The greatest sum can hold some; whoever reviews the round
 * should see them before the people concerned do.
 */
export interface BlockingPair extends Pair {
  /** The score of the pair that the person has, 0 without one. */
  readonly heldMillionths: number
  /** Who would have to leave the mentor; null where there is room. */
  readonly displacesId: string | null
}

/**
 * What cut the work short, `optimal` where nothing did. `time_limit` is the only one that depends on the machine: such an
 * answer may differ when it is asked for again.
 */
export type StoppedBy = 'optimal' | 'effort_limit' | 'time_limit'

export interface Assignment {
  readonly pairs: readonly Pair[]
  readonly unassigned: readonly string[]
  readonly totalMillionths: number
  /** No assignment has a greater total than this. Equal to the total where `optimal`. */
  readonly boundMillionths: number
  /** `(bound - total) / bound`: what may be missing at most. */
  readonly gap: number
  readonly optimal: boolean
  readonly stoppedBy: StoppedBy
  /** `linear` where prices alone proved the answer, `integer` where a part was searched, `greedy` where nothing beat it. */
  readonly method: 'linear' | 'integer' | 'greedy'
  /**
   * Whether the order of the waitlist decided every tie, or only those between people of one weight. Never at the expense
   * of the total.
   */
  readonly ties: 'settled' | 'within_weights'
  /** Best score first, what a person with a list would do: the least that an answer is worth. */
  readonly greedy: { readonly totalMillionths: number; readonly assigned: number }
  /** Those with the most to gain, at most 100 of `blockingPairCount`. */
  readonly blockingPairs: readonly BlockingPair[]
  readonly blockingPairCount: number
  /** Of the input in canonical order: the same hash and solver give the same pairs unless the clock stopped them. */
  readonly inputSha256: string
  readonly solver: { readonly name: string; readonly version: string }
}

export interface Progress {
  readonly phase: 'reading' | 'greedy' | 'equal_weights' | 'mixed_weights' | 'checking'
  readonly done: number
  readonly total: number
}
