import type { ItemReason } from './codes.ts'

/** Ends as numbers, so that they compare: a paper that never ends, and one that was never there. */
export const neverEnds = Number.POSITIVE_INFINITY
export const neverThere = 0

export interface Finding {
  readonly endsAt: number
  readonly evidenceId: string | null
  /** Why nothing fulfils the requirement, and never did. */
  readonly reason?: ItemReason
}
