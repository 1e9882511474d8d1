import type { z } from 'zod'
import { expectedIntervalDays } from '../mentorships/cadence.ts'
import type { ContactResult } from '../mentorships/contract.ts'
import type { Cadence } from '../programs/contract.ts'
import type { EngagementStatus, reasonCodes } from './contract.ts'

/** Changes with every change of meaning below; each answer names it. */
export const engagementRules = 'eng-1'

export type ReasonCode = (typeof reasonCodes)[number]

export interface MentorshipFacts {
  readonly startedAt: Date
  readonly cadence: z.output<typeof Cadence>
  readonly status: 'active' | 'paused' | 'closed'
  readonly pausedAt: Date | null
  readonly resumedAt: Date | null
  readonly closedAt: Date | null
}

export interface ContactFact {
  readonly at: Date
  readonly result: ContactResult
}

/** Everything that the status depends on. It is a function of these and of the moment, of nothing else. */
export interface EngagementFacts {
  readonly requestedAt: Date
  readonly closedAt: Date | null
  /** When the hold that is on began. */
  readonly heldSince: Date | null
  /** The one that lives, or the last one. */
  readonly mentorship: MentorshipFacts | null
  /** Of that mentorship, in any order. */
  readonly contacts: readonly ContactFact[]
}

export interface Standing {
  readonly status: EngagementStatus
  readonly since: Date
  readonly reasons: readonly { readonly code: ReasonCode; readonly at: Date }[]
  readonly nextExpectedBy: Date | null
}

const dayMs = 86_400_000
const daysAfter = (at: Date, days: number) => new Date(at.getTime() + days * dayMs)

/** Two further conversations in this many days after the first (mirrors the initiation-and-engagement measure). */
const engagedWithinDays = 34
const engagedFurtherContacts = 2
/** A missed rhythm counts from this multiple of the expected interval, and never before the least days. */
const atRisk = { intervals: 1.5, leastDays: 10 } as const
const lapsed = { intervals: 3, leastDays: 28 } as const

/** Rule set eng-1: the status of one referral at one moment. Total: every combination of facts has a status. */
export function standingAt(facts: EngagementFacts, now: Date): Standing {
  const { mentorship, closedAt, heldSince, requestedAt } = facts
  const only = (
    status: EngagementStatus,
    code: ReasonCode,
    at: Date,
    nextExpectedBy: Date | null = null,
  ): Standing => ({
    status,
    since: at,
    reasons: [{ code, at }],
    nextExpectedBy,
  })
  if (closedAt) return only('ended', 'referral_closed', closedAt)
  if (heldSince) return only('paused', 'referral_on_hold', heldSince)
  if (!mentorship) return only('awaiting_match', 'no_mentor_yet', requestedAt)
  if (mentorship.closedAt) return only('awaiting_match', 'mentorship_closed', mentorship.closedAt)
  if (mentorship.status === 'paused')
    return only('paused', 'mentorship_paused', mentorship.pausedAt ?? mentorship.startedAt)
  return accompanied(mentorship, facts.contacts, now)
}

/** A cancelled meeting is not an attempt when the mentor called it off. */
export const isAttempt = ({ result }: ContactFact) => result !== 'cancelled_by_mentor'

function accompanied(mentorship: MentorshipFacts, contacts: readonly ContactFact[], now: Date): Standing {
  const past = contacts.filter(({ at }) => at <= now).sort((a, b) => a.at.getTime() - b.at.getTime())
  const spoken = past.filter(({ result }) => result === 'two_way').map(({ at }) => at)
  const first = spoken[0]
  if (first) return afterFirstContact(mentorship, first, spoken, now)
  const attempt = past.find(isAttempt)
  const { startedAt } = mentorship
  return attempt
    ? {
        status: 'attempting',
        since: resumedAfter(mentorship, attempt.at),
        reasons: [{ code: 'contact_attempted', at: attempt.at }],
        nextExpectedBy: null,
      }
    : {
        status: 'awaiting_first_contact',
        since: resumedAfter(mentorship, startedAt),
        reasons: [{ code: 'mentor_assigned', at: startedAt }],
        nextExpectedBy: null,
      }
}

interface Phase {
  readonly status: 'connected' | 'engaged' | 're_engaged'
  readonly since: Date
  readonly code: ReasonCode
  /** The fact behind the code; `since` is later where a silence or a pause came between. */
  readonly at: Date
}

/**
 * Walks the conversations once. A gap that reached "lapsed" before the next conversation makes that one a
 * re-engagement; the second after it makes the person engaged again.
 */
function afterFirstContact(
  mentorship: MentorshipFacts,
  first: Date,
  spoken: readonly Date[],
  now: Date,
): Standing {
  let phase: Phase = { status: 'connected', since: first, code: 'two_way_contact', at: first }
  let previous = first
  let early = 0
  for (const at of spoken.slice(1)) {
    if (at <= daysAfter(first, engagedWithinDays)) early += 1
    if (wentSilent(mentorship, previous, at, lapsed))
      phase = { status: 're_engaged', since: at, code: 'contact_after_lapse', at }
    else if (phase.status === 're_engaged')
      phase = { status: 'engaged', since: at, code: 'second_contact_after_lapse', at }
    else if (phase.status === 'connected' && early >= engagedFurtherContacts)
      phase = { status: 'engaged', since: at, code: 'three_contacts_in_34_days', at }
    else if (wentSilent(mentorship, previous, at, atRisk)) phase = { ...phase, since: at }
    previous = at
  }
  return withSilence(mentorship, phase, previous, now)
}

function withSilence(mentorship: MentorshipFacts, phase: Phase, last: Date, now: Date): Standing {
  const expectedFrom = resumedAfter(mentorship, last)
  const nextExpectedBy = daysAfter(
    expectedFrom,
    expectedIntervalDays(mentorship.cadence, mentorship.startedAt, expectedFrom),
  )
  const lapsesAt = limitFrom(mentorship, expectedFrom, lapsed)
  const atRiskFrom = limitFrom(mentorship, expectedFrom, atRisk)
  const spoke = { code: 'two_way_contact', at: last } as const
  if (now > lapsesAt)
    return {
      status: 'lapsed',
      since: lapsesAt,
      reasons: [{ code: 'contact_long_overdue', at: lapsesAt }, spoke],
      nextExpectedBy,
    }
  if (now > atRiskFrom)
    return {
      status: 'at_risk',
      since: atRiskFrom,
      reasons: [{ code: 'contact_overdue', at: atRiskFrom }, spoke],
      nextExpectedBy,
    }
  return {
    status: phase.status,
    since: resumedAfter(mentorship, phase.since),
    reasons: [{ code: phase.code, at: phase.at }],
    nextExpectedBy,
  }
}

/** Silence during a pause is no silence: after one, it counts from the day the mentorship went on. */
function resumedAfter({ resumedAt }: MentorshipFacts, at: Date): Date {
  return resumedAt && resumedAt > at ? resumedAt : at
}

function limitFrom(
  { cadence, startedAt }: MentorshipFacts,
  from: Date,
  { intervals, leastDays }: typeof atRisk | typeof lapsed,
): Date {
  return daysAfter(from, Math.max(leastDays, intervals * expectedIntervalDays(cadence, startedAt, from)))
}

/** Whether the silence after `last` had passed a limit by `until`; a pause between cuts it in two. */
function wentSilent(
  mentorship: MentorshipFacts,
  last: Date,
  until: Date,
  limit: typeof atRisk | typeof lapsed,
): boolean {
  const { pausedAt, resumedAt } = mentorship
  const cut = resumedAt !== null && resumedAt > last && resumedAt <= until
  if (!cut) return until > limitFrom(mentorship, last, limit)
  return (
    until > limitFrom(mentorship, resumedAt, limit) ||
    (pausedAt !== null && pausedAt > limitFrom(mentorship, last, limit))
  )
}

const retentionWindowDays = 14

/** At day N after the start: was there a two-way contact in the 14 days up to it? Null until day N is over. */
export function retainedAt(day: number, startedAt: Date, spoken: readonly Date[], now: Date): boolean | null {
  const end = daysAfter(startedAt, day)
  if (now < end) return null
  const start = daysAfter(end, -retentionWindowDays)
  return spoken.some((at) => at >= start && at <= end)
}
