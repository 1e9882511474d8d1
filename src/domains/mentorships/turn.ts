import type { Priority } from '../clocks/contract.ts'
import { dueAt, endOfDate } from '../clocks/rules.ts'
import type { Turn } from '../clocks/store.ts'
import type { ContactEvidence } from '../referrals/rules.ts'
import { expectedIntervalDays } from './cadence.ts'
import type { mentorships } from './table.ts'

type MentorshipRow = typeof mentorships.$inferSelect

/** What the next turn of an accepted referral depends on. */
export interface Standing {
  readonly priority: Priority
  readonly timeZone: string
  readonly receivingOrganizationId: string
  readonly living: MentorshipRow | undefined
  readonly evidence: ContactEvidence
}

const dayMs = 86_400_000

/**
 * Whose turn it is, and until when, on an open referral that was accepted and is not on hold. There is always
 * one: that is what keeps a person from being left alone.
 */
export function nextTurn(
  { priority, timeZone, receivingOrganizationId, living, evidence }: Standing,
  now: Date,
): Turn {
  const owner = { ownerOrganizationId: receivingOrganizationId }
  if (!living) {
    return {
      ...owner,
      action: 'offer_mentor',
      ownerRole: 'coordinator',
      dueAt: dueAt('offer_mentor', priority, now, timeZone),
    }
  }
  if (living.status === 'paused' && living.resumeBy) {
    return {
      ...owner,
      action: 'review_pause',
      ownerRole: 'coordinator',
      dueAt: endOfDate(living.resumeBy, timeZone),
    }
  }
  if (evidence.attempts === 0) {
    const due = dueAt('attempt_first_contact', priority, living.resumedAt ?? living.startedAt, timeZone)
    return { ...owner, action: 'attempt_first_contact', ownerRole: 'mentor', dueAt: due }
  }
  if (evidence.lastTwoWayAt === null) {
    const due = dueAt('reach_person', priority, living.resumedAt ?? living.startedAt, timeZone)
    return { ...owner, action: 'reach_person', ownerRole: 'mentor', dueAt: due }
  }
  const from = new Date(Math.max(evidence.lastTwoWayAt.getTime(), living.resumedAt?.getTime() ?? 0))
  return { ...owner, action: 'keep_contact', ownerRole: 'mentor', dueAt: nextExpectedAt(living, from) }
}

/** When the next conversation is expected after one at `from`. */
export function nextExpectedAt(
  { cadence, startedAt }: Pick<MentorshipRow, 'cadence' | 'startedAt'>,
  from: Date,
): Date {
  return new Date(from.getTime() + expectedIntervalDays(cadence, startedAt, from) * dayMs)
}
