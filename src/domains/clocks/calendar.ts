import { Temporal } from 'temporal-polyfill'
import { z } from 'zod'
import { CalendarDate, evenWhenMalformed, fault, Text } from '../../core/primitives.ts'

/** Closed days that a calendar may name: three years of holidays and a few long closures. */
const holidaysMax = 100
const closuresMax = 20

/**
 * On which days an organization works. Deadlines in business days skip every other day; those in hours run on,
 * for a person who just left a hospital does not wait for Monday.
 */
export const BusinessCalendar = z
  .strictObject({
    workdays: z
      .array(z.int().min(1).max(7))
      .min(1)
      .max(7)
      .default([1, 2, 3, 4, 5])
      .describe('ISO 8601 days of the week: 1 is Monday.')
      .meta({ example: [1, 2, 3, 4, 5] }),
    holidays: z
      .array(CalendarDate)
      .max(holidaysMax)
      .default([])
      .meta({ example: ['2026-12-25'] }),
    closures: z
      .array(z.strictObject({ from: CalendarDate, to: CalendarDate, text: Text(200).optional() }))
      .max(closuresMax)
      .default([])
      .describe('Seasonal closures, both days included; each at most 92 days.'),
  })
  .check(
    evenWhenMalformed((payload) => {
      const closures = (payload.value as { closures?: unknown } | null)?.closures
      if (!Array.isArray(closures)) return
      for (const [index, { from, to }] of closures.entries()) {
        if (typeof from !== 'string' || typeof to !== 'string') continue
        if (to < from || daysBetween(from, to) > closureDaysMax)
          payload.issues.push({
            ...fault(
              'closure_out_of_range',
              ['closures', index, 'to'],
              'Ends on or after `from`, within 92 days.',
            ),
            input: undefined,
          })
      }
    }),
  )
  .meta({ id: 'BusinessCalendar' })
export type BusinessCalendar = z.output<typeof BusinessCalendar>

/** Longer than a season is not a closure but an organization that is not there. */
const closureDaysMax = 92

function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 86_400_000
}

/** A calendar in its time zone; what is stored may leave members out. */
export interface WorkingDays {
  readonly timeZone: string
  readonly calendar: Partial<BusinessCalendar>
}

/** The calendar of an organization that never said otherwise. */
export const mondayToFriday: BusinessCalendar = { workdays: [1, 2, 3, 4, 5], holidays: [], closures: [] }

function isWorkday({ calendar }: WorkingDays, date: Temporal.PlainDate): boolean {
  const { workdays, holidays, closures } = { ...mondayToFriday, ...calendar }
  const day = date.toString()
  return (
    workdays.includes(date.dayOfWeek) &&
    !holidays.includes(day) &&
    !closures.some(({ from, to }) => from <= day && day <= to)
  )
}

/** So far the search for a working day goes: past every closure that can be written down, then it gives in. */
const daysSearchedMax = 400

function nextWorkday(days: WorkingDays, from: Temporal.PlainDate): Temporal.PlainDate {
  let date = from
  for (let searched = 0; searched < daysSearchedMax && !isWorkday(days, date); searched += 1) {
    date = date.add({ days: 1 })
  }
  return date
}

/** The same time of day, so many business days on. What starts on a closed day counts from the start of the next open one. */
export function addBusinessDays(days: WorkingDays, from: Date, count: number): Date {
  const start = zoned(days, from)
  const open = isWorkday(days, start.toPlainDate())
  let date = nextWorkday(days, start.toPlainDate())
  for (let left = count; left > 0; left -= 1) date = nextWorkday(days, date.add({ days: 1 }))
  const plainTime = open ? start.toPlainTime() : undefined
  return toDate(date.toZonedDateTime({ timeZone: days.timeZone, plainTime }))
}

/** The end of the calendar day there, but never less than so many hours away. */
export function endOfDayAtLeast(days: WorkingDays, from: Date, hours: number): Date {
  const start = zoned(days, from)
  const endOfDay = start.toPlainDate().add({ days: 1 }).toZonedDateTime(days.timeZone)
  const least = start.add({ hours })
  return toDate(Temporal.ZonedDateTime.compare(endOfDay, least) > 0 ? endOfDay : least)
}

/** The start of the day after `date`: a date names a whole day, and its clock runs out when that is over. */
export function endOfDate(date: string, timeZone: string): Date {
  return toDate(Temporal.PlainDate.from(date).add({ days: 1 }).toZonedDateTime(timeZone))
}

/** The calendar date that it is now, there. */
export function dateIn(timeZone: string, at: Date): string {
  return zoned({ timeZone }, at).toPlainDate().toString()
}

const zoned = ({ timeZone }: Pick<WorkingDays, 'timeZone'>, at: Date) =>
  Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone)

const toDate = (at: Temporal.ZonedDateTime) => new Date(at.epochMilliseconds)
