import { z } from 'zod'
import { addBusinessDays, endOfDayAtLeast, type WorkingDays } from './calendar.ts'
import { type NextActionCode, type OwnerRole, Priority } from './contract.ts'

/** Changes with every change of the defaults below; each clock names it. */
export const clockRules = 'clock-1'

/** A span as clocks know it. Business days are those of the calendar of the organization whose turn it is. */
export const Span = z
  .union([
    z.strictObject({ businessDays: z.int().min(1).max(60) }),
    z.strictObject({ hours: z.number().min(0.25).max(2_000) }),
    z
      .strictObject({ sameDayAtLeastHours: z.number().min(0.25).max(24) })
      .describe('The end of the calendar day, but never less than this many hours.'),
  ])
  .meta({ id: 'ClockSpan', description: 'One of the three.' })
export type Span = z.output<typeof Span>

/** Actions whose deadline is a span; the others end on a date that somebody named, or by the cadence. */
export const timedActions = [
  'acknowledge',
  'offer_mentor',
  'answer_offer',
  'attempt_first_contact',
  'reach_person',
  'reassign_mentor',
  'restore_eligibility',
] as const satisfies readonly NextActionCode[]
export type TimedAction = (typeof timedActions)[number]

type Spans = Readonly<Record<Priority, Span>>

/**
 * How long each next action may take. First response within two business days is the published practice of
 * referral networks; early first contact is the best-evidenced lever there is, hence the short spans after a
 * match. The table is a proposal of the service's reference, not law; a program may set its own.
 */
const spans: Readonly<Record<TimedAction, Spans>> = {
  acknowledge: {
    routine: { businessDays: 2 },
    urgent: { businessDays: 1 },
    asap: { hours: 4 },
    stat: { hours: 1 },
  },
  offer_mentor: {
    routine: { businessDays: 2 },
    urgent: { businessDays: 1 },
    asap: { hours: 8 },
    stat: { hours: 2 },
  },
  answer_offer: { routine: { hours: 24 }, urgent: { hours: 12 }, asap: { hours: 4 }, stat: { hours: 1 } },
  attempt_first_contact: {
    routine: { businessDays: 1 },
    urgent: { sameDayAtLeastHours: 4 },
    asap: { hours: 4 },
    stat: { hours: 1 },
  },
  reach_person: { routine: { hours: 48 }, urgent: { hours: 24 }, asap: { hours: 24 }, stat: { hours: 1 } },
  reassign_mentor: {
    routine: { businessDays: 2 },
    urgent: { businessDays: 1 },
    asap: { hours: 8 },
    stat: { hours: 2 },
  },
  restore_eligibility: {
    routine: { businessDays: 10 },
    urgent: { businessDays: 10 },
    asap: { businessDays: 10 },
    stat: { businessDays: 10 },
  },
}

/** A program's own spans, where it has any: each action by priority. */
export const ClockSpans = z.partialRecord(z.enum(timedActions), z.partialRecord(Priority, Span)).meta({
  id: 'ClockSpans',
  description: 'Deadlines of this program; what is left out stays as the defaults are.',
})
export type ClockSpans = z.output<typeof ClockSpans>

/** By whose calendar and by whose spans a deadline is counted. */
export interface Deadlines extends WorkingDays {
  readonly spans?: ClockSpans
}

/** When a clock that starts now runs out. */
export function dueAt(action: TimedAction, priority: Priority, from: Date, deadlines: Deadlines): Date {
  return after(deadlines.spans?.[action]?.[priority] ?? spans[action][priority], from, deadlines)
}

export function after(span: Span, from: Date, days: WorkingDays): Date {
  if ('hours' in span) return new Date(from.getTime() + span.hours * 3_600_000)
  if ('businessDays' in span) return addBusinessDays(days, from, span.businessDays)
  return endOfDayAtLeast(days, from, span.sameDayAtLeastHours)
}

/** A rung of the escalation ladder: at this share of the time, this happens, and this role owns the clock from then on. */
export interface Rung {
  readonly share: number
  readonly event: 'clock.reminded' | 'clock.breached' | 'clock.escalated' | 'emergency.undocumented_overdue'
  readonly level: 'reminder' | 'coordinator' | 'organization_lead' | 'referrer_and_hub' | 'privacy_officer'
  /** Null leaves the owner as it is. */
  readonly ownerRole: OwnerRole | null
}

/**
 * A reminder at half the time, the coordinator when it is over, the organization's lead at one and a half, the
 * referring clinic and the network's hub at twice. From the breach on the referring clinic can see each.
 */
export const ladder = [
  { share: 0.5, event: 'clock.reminded', level: 'reminder', ownerRole: null },
  { share: 1, event: 'clock.breached', level: 'coordinator', ownerRole: 'coordinator' },
  { share: 1.5, event: 'clock.escalated', level: 'organization_lead', ownerRole: 'organization_lead' },
  { share: 2, event: 'clock.escalated', level: 'referrer_and_hub', ownerRole: 'organization_lead' },
] as const satisfies readonly Rung[]

/**
 * What was disclosed in an emergency is put in writing at once (42 CFR 2.51(c)): of the day that this clock has, a quarter
 * of an hour is over when the first reminder comes, and at its end it is the privacy officer's. No hub learns of it.
 */
const documentationLadder: readonly Rung[] = [
  { share: 15 / (24 * 60), event: 'emergency.undocumented_overdue', level: 'reminder', ownerRole: null },
  {
    share: 1,
    event: 'emergency.undocumented_overdue',
    level: 'privacy_officer',
    ownerRole: 'privacy_officer',
  },
]

const reviewLadder: readonly Rung[] = [
  { share: 0.5, event: 'clock.reminded', level: 'reminder', ownerRole: null },
  { share: 1, event: 'clock.breached', level: 'privacy_officer', ownerRole: null },
  { share: 2, event: 'clock.escalated', level: 'organization_lead', ownerRole: 'organization_lead' },
]

const ladders: Partial<Record<NextActionCode, readonly Rung[]>> = {
  document_emergency: documentationLadder,
  review_emergency: reviewLadder,
}

export const ladderOf = (action: NextActionCode): readonly Rung[] => ladders[action] ?? ladder

/** When a clock climbs to the rung after `step`; null at the top. Counted in elapsed time between start and deadline. */
export function climbsAt(rungs: readonly Rung[], step: number, startedAt: Date, due: Date): Date | null {
  const rung = rungs[step]
  if (!rung) return null
  const whole = Math.max(due.getTime() - startedAt.getTime(), leastWholeMs)
  return new Date(Math.round(due.getTime() + (rung.share - 1) * whole))
}

/** A clock that was late when it started still climbs rung by rung, not all at once. */
const leastWholeMs = 30 * 60_000
