import { endOfDate } from '../clocks/calendar.ts'
import type { NextActionCode, Priority } from '../clocks/contract.ts'
import { type Deadlines, dueAt } from '../clocks/rules.ts'
import type { Turn } from '../clocks/store.ts'
import type { BusinessStatus } from '../referrals/codes.ts'
import type { ContactEvidence } from '../referrals/rules.ts'
import { expectedIntervalDays } from './cadence.ts'
import type { MentorshipRow } from './store.ts'

/** What the next turn of an accepted referral depends on. */
export interface Standing {
  readonly priority: Priority
  readonly deadlines: Deadlines
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
  { priority, deadlines, receivingOrganizationId, living, evidence }: Standing,
  now: Date,
): Turn {
  const owner = { ownerOrganizationId: receivingOrganizationId }
  if (!living) {
    return {
      ...owner,
      action: 'offer_mentor',
      ownerRole: 'coordinator',
      dueAt: dueAt('offer_mentor', priority, now, deadlines),
    }
  }
  if (living.status === 'paused' && living.resumeBy) {
    return {
      ...owner,
      action: 'review_pause',
      ownerRole: 'coordinator',
      dueAt: endOfDate(living.resumeBy, deadlines.timeZone),
    }
  }
  if (living.reassignSince) {
    const due = dueAt('reassign_mentor', priority, living.reassignSince, deadlines)
    return { ...owner, action: 'reassign_mentor', ownerRole: 'coordinator', dueAt: due }
  }
  if (evidence.attempts === 0) {
    const due = dueAt('attempt_first_contact', priority, living.resumedAt ?? living.startedAt, deadlines)
    return { ...owner, action: 'attempt_first_contact', ownerRole: 'mentor', dueAt: due }
  }
  if (evidence.lastTwoWayAt === null) {
    const from = living.resumedAt ?? living.startedAt
    const due = later(
      dueAt('reach_person', priority, from, deadlines),
      nextAttemptAt(evidence.attempts, from),
    )
    return { ...owner, action: 'reach_person', ownerRole: 'mentor', dueAt: due }
  }
  const from = new Date(Math.max(evidence.lastTwoWayAt.getTime(), living.resumedAt?.getTime() ?? 0))
  return { ...owner, action: 'keep_contact', ownerRole: 'mentor', dueAt: nextExpectedAt(living, from) }
}

/** What the business status says while a turn lasts. */
export function businessStatusFor(next: NextActionCode): BusinessStatus {
  switch (next) {
    case 'offer_mentor':
    case 'reassign_mentor':
      return 'awaiting_match'
    case 'attempt_first_contact':
      return 'awaiting_first_contact'
    case 'review_pause':
      return 'on_hold'
    case 'reach_person':
      return 'attempting_contact'
    default:
      return 'contact_completed'
  }
}

/** Attempts that nobody answered go on: on these days after the first, by other channels and at other hours, then weekly. */
const attemptDays = [1, 3, 7, 14] as const

function nextAttemptAt(attempts: number, from: Date): Date {
  // The first attempt leaves the deadline of the first conversation as it is.
  const made = attempts - 1
  const days = made === 0 ? 0 : (attemptDays[made] ?? 14 + 7 * (made + 1 - attemptDays.length))
  return new Date(from.getTime() + days * dayMs)
}

const later = (a: Date, b: Date) => (a > b ? a : b)

/** When the next conversation is expected after one at `from`. */
export function nextExpectedAt(
  { cadence, rhythmFrom }: Pick<MentorshipRow, 'cadence' | 'rhythmFrom'>,
  from: Date,
): Date {
  return new Date(from.getTime() + expectedIntervalDays(cadence, rhythmFrom, from) * dayMs)
}
