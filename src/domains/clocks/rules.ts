import { Temporal } from 'temporal-polyfill'
import type { NextActionCode, Priority } from './contract.ts'

/** Changes with every change of the defaults below; each clock names it. */
export const clockRules = 'clock-1'

/** A span as clocks know it. Business days are Monday to Friday in the owner's time zone. */
export type Span =
  | { readonly businessDays: number }
  | { readonly hours: number }
  /** The end of the calendar day, but never less than this many hours. */
  | { readonly sameDayAtLeastHours: number }

type TimedAction = Exclude<NextActionCode, 'keep_contact' | 'review_hold' | 'review_pause'>

/**
 * How long each next action may take. First response within two business days is the published practice of
 * referral networks; early first contact is the best-evidenced lever there is, hence the short spans after a
 * match. The table is a proposal of the service's reference, not law.
 */
const spans: Readonly<Record<TimedAction, Readonly<Record<Priority, Span>>>> = {
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
}

/** When a clock that starts now runs out. */
export function dueAt(action: TimedAction, priority: Priority, from: Date, timeZone: string): Date {
  return after(spans[action][priority], from, timeZone)
}

export function after(span: Span, from: Date, timeZone: string): Date {
  if ('hours' in span) return new Date(from.getTime() + span.hours * 3_600_000)
  const start = Temporal.Instant.fromEpochMilliseconds(from.getTime()).toZonedDateTimeISO(timeZone)
  if ('businessDays' in span) return toDate(addBusinessDays(start, span.businessDays))
  const endOfDay = start.toPlainDate().add({ days: 1 }).toZonedDateTime(timeZone)
  const least = start.add({ hours: span.sameDayAtLeastHours })
  return toDate(Temporal.ZonedDateTime.compare(endOfDay, least) > 0 ? endOfDay : least)
}

/** The start of the day after `date`: a date names a whole day, and its clock runs out when that is over. */
export function endOfDate(date: string, timeZone: string): Date {
  return toDate(Temporal.PlainDate.from(date).add({ days: 1 }).toZonedDateTime(timeZone))
}

/** The calendar date that it is now, there. */
export function dateIn(timeZone: string, at: Date): string {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime())
    .toZonedDateTimeISO(timeZone)
    .toPlainDate()
    .toString()
}

/** The same time of day, so many business days on. What starts on a weekend counts from Monday. */
function addBusinessDays(start: Temporal.ZonedDateTime, days: number): Temporal.ZonedDateTime {
  let date = start.toPlainDate()
  while (isWeekend(date)) date = date.add({ days: 1 })
  for (let left = days; left > 0; left -= 1) {
    date = date.add({ days: 1 })
    while (isWeekend(date)) date = date.add({ days: 1 })
  }
  const plainTime = isWeekend(start) ? undefined : start.toPlainTime()
  return date.toZonedDateTime({ timeZone: start.timeZoneId, plainTime })
}

const isWeekend = ({ dayOfWeek }: { readonly dayOfWeek: number }) => dayOfWeek >= 6

const toDate = (at: Temporal.ZonedDateTime) => new Date(at.epochMilliseconds)
