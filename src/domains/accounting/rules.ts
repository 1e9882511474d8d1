import { Temporal } from 'temporal-polyfill'

export type RequestKind = 'accounting' | 'intermediary_list'

/** How far back an accounting reaches (42 CFR 2.25(a)(1)), and the list of an intermediary (42 CFR 2.24(b)). */
const yearsBack = 3

/** 45 CFR 164.528(c)(1): sixty days, and once thirty more for a reason; 42 CFR 2.24(b): thirty. */
const daysAllowed: Readonly<Record<RequestKind, number>> = { accounting: 60, intermediary_list: 30 }
const extensionDays = 30
const dayMs = 86_400_000

/** Whole days of one time zone, both included. */
export interface Period {
  readonly from: string
  readonly to: string
  readonly timeZone: string
}

export type PeriodFault = 'period_reversed' | 'period_too_early' | 'period_in_future'

/**
 * The first day of three years that end with the day of the request. Where there is no such day three years ago (29
 * February), the one before it: a day too many tells more, a day too few would leave something out.
 */
export function earliestDay(requestedOn: string): string {
  return Temporal.PlainDate.from(requestedOn).subtract({ years: yearsBack }).toString()
}

/** What was asked for, completed; or what is wrong with it. */
export function periodOf(
  requestedOn: string,
  timeZone: string,
  { from, to }: { from?: string | undefined; to?: string | undefined },
): Period | PeriodFault {
  const earliest = earliestDay(requestedOn)
  const period = { from: from ?? earliest, to: to ?? requestedOn, timeZone }
  if (period.from > period.to) return 'period_reversed'
  if (period.to > requestedOn) return 'period_in_future'
  if (period.from < earliest) return 'period_too_early'
  return period
}

/** From the first moment of the first day to the last of the last, whatever the clocks of the zone do on them. */
export function instantsOf({ from, to, timeZone }: Period): { readonly start: Date; readonly end: Date } {
  const startOf = (day: Temporal.PlainDate) => new Date(day.toZonedDateTime(timeZone).epochMilliseconds)
  return {
    start: startOf(Temporal.PlainDate.from(from)),
    end: startOf(Temporal.PlainDate.from(to).add({ days: 1 })),
  }
}

export const dueAt = (kind: RequestKind, requestedAt: Date): Date =>
  new Date(requestedAt.getTime() + daysAllowed[kind] * dayMs)

export const extendedDueAt = (due: Date): Date => new Date(due.getTime() + extensionDays * dayMs)
