import type { MentorStatus } from './codes.ts'

/**
 * From applying to ending. A step may be skipped forward (an experienced mentor moves in with papers in hand),
 * never back into preparation; `ended` is final.
 */
const next: Readonly<Record<MentorStatus, readonly MentorStatus[]>> = {
  applicant: ['screening', 'in_training', 'ready', 'active', 'ended'],
  screening: ['in_training', 'ready', 'active', 'ended'],
  in_training: ['ready', 'active', 'ended'],
  ready: ['active', 'ended'],
  active: ['paused', 'ended'],
  paused: ['active', 'ended'],
  ended: [],
}

export const canBecome = (from: MentorStatus, to: MentorStatus): boolean => next[from].includes(to)

/** Whether all mandatory papers are there and in order at a moment. */
export const isEligible = ({ eligibleUntil }: { readonly eligibleUntil: Date | null }, now: Date): boolean =>
  eligibleUntil === null || eligibleUntil > now
