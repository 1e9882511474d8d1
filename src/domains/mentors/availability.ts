import { RRuleTemporal } from 'rrule-temporal'
import { Temporal } from 'temporal-polyfill'
import { z } from 'zod'
import { fault } from '../../core/primitives.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const weekMs = 7 * dayMs

/** One bit for each of the 168 hours of a week, the first being Monday 00:00 UTC. */
export type WeekHours = Uint32Array

const listOf = (item: string) => new RegExp(`^(?:${item})(?:,(?:${item}))*$`)
const weekday = 'MO|TU|WE|TH|FR|SA|SU'

/**
 * The parts of RFC 5545 that mean something without a start, and what each may say. The library leaves out what
 * it cannot read (`BYHOUR=99`, a misspelt part) and would open other hours than were meant; so the rule is
 * checked here, and the library is asked only what rules that passed mean.
 */
const parts: Readonly<Record<string, { readonly form: RegExp; readonly says: string }>> = {
  FREQ: {
    form: /^(?:DAILY|WEEKLY)$/,
    says: 'FREQ is DAILY or WEEKLY; a rule by the month or the year has no weekly hours.',
  },
  INTERVAL: {
    form: /^1$/,
    says: 'INTERVAL can only be 1: a rule has no start here, so every second week could be either.',
  },
  BYDAY: { form: listOf(weekday), says: 'BYDAY lists weekdays such as MO,TU, without numbers.' },
  BYHOUR: { form: listOf('[01]?[0-9]|2[0-3]'), says: 'BYHOUR lists hours from 0 to 23.' },
  BYMINUTE: { form: listOf('[0-5]?[0-9]'), says: 'BYMINUTE lists minutes from 0 to 59.' },
  BYSECOND: { form: /^00?$/, says: 'BYSECOND can only be 0.' },
  BYMONTH: { form: listOf('0?[1-9]|1[0-2]'), says: 'BYMONTH lists months from 1 to 12.' },
  WKST: { form: new RegExp(`^(?:${weekday})$`), says: 'WKST is a weekday such as MO.' },
}

/**
 * Openings that begin on one day: of an hour each, 24 are the whole day. Without this bound one rule could open
 * 1,440 times a day, and each search would go through all of them for each mentor who states it.
 */
const openingsPerDayMax = 24

/** Every fault of a rule, in words that do not repeat what was sent. */
function faultsOf(rule: string): string[] {
  const pairs = rule.split(';').map((part) => part.split('='))
  if (pairs.some(({ length }) => length !== 2)) {
    return ['A rule is NAME=VALUE parts joined by semicolons, such as FREQ=WEEKLY;BYDAY=TU,TH;BYHOUR=18.']
  }
  const values = new Map(pairs.map(([name = '', value = '']) => [name, value]))
  const faults = Object.entries(parts).flatMap(([name, { form, says }]) => {
    const value = values.get(name)
    return value === undefined || form.test(value) ? [] : [says]
  })
  const refuse = (wrong: boolean, says: string) => {
    if (wrong) faults.push(says)
  }
  const countOf = (name: string) => new Set(values.get(name)?.split(',').map(Number)).size
  refuse(
    ![...values.keys()].every((name) => Object.hasOwn(parts, name)),
    `Only ${Object.keys(parts).join(', ')} can be used; a rule has no start, count or end here.`,
  )
  refuse(values.size < pairs.length, 'Each part can be there once.')
  refuse(!values.has('FREQ'), 'FREQ is missing.')
  refuse(!values.has('BYHOUR'), 'BYHOUR is missing: the rule does not say at what hour.')
  refuse(values.get('FREQ') === 'WEEKLY' && !values.has('BYDAY'), 'BYDAY is missing: which day of the week?')
  refuse(
    countOf('BYHOUR') * Math.max(1, countOf('BYMINUTE')) > openingsPerDayMax,
    `BYHOUR with BYMINUTE opens more than ${openingsPerDayMax} times a day.`,
  )
  return faults
}

/** One way to write what may be written in several. A rule copied from a calendar has its property's name. */
const plain = (rule: string) =>
  rule
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/, '')

const lengthMax = 500

/** When a mentor has time, as one rule. It is kept in upper case, without `RRULE:`. */
export const Availability = z
  .string()
  .overwrite(plain)
  .max(lengthMax, { abort: true })
  .superRefine((rule, context) => {
    for (const says of faultsOf(rule)) context.addIssue(fault('invalid_availability', [], says))
  })
  .meta({
    id: 'Availability',
    description:
      'An RFC 5545 recurrence rule, DAILY or WEEKLY, in the mentor’s time zone. Each occurrence opens one hour.',
    example: 'FREQ=WEEKLY;BYDAY=TU,TH;BYHOUR=18',
  })

const weekdays = 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'
const weekend = 'FREQ=WEEKLY;BYDAY=SA,SU'

/**
 * What patients can wish for, as rules in their own time zone, so that both sides are evaluated alike. Every hour
 * belongs to exactly one of them. The codes are public.
 */
const wishes = {
  weekday_morning: `${weekdays};BYHOUR=6,7,8,9,10,11`,
  weekday_afternoon: `${weekdays};BYHOUR=12,13,14,15,16`,
  weekday_evening: `${weekdays};BYHOUR=17,18,19,20`,
  weekend_morning: `${weekend};BYHOUR=6,7,8,9,10,11`,
  weekend_afternoon: `${weekend};BYHOUR=12,13,14,15,16`,
  weekend_evening: `${weekend};BYHOUR=17,18,19,20`,
  night: 'FREQ=DAILY;BYHOUR=21,22,23,0,1,2,3,4,5',
} as const

export type WishedTime = keyof typeof wishes
export const wishedTimes = Object.keys(wishes) as [WishedTime, ...WishedTime[]]
export const WishedTime = z.enum(wishedTimes)

/**
 * The hours of the week around an instant in which a mentor has time. As in RFC 5545, an hour that the clocks
 * leave out in spring does not open, and of one that comes twice in autumn the first does. Rules that `Availability`
 * would refuse open nothing: one that was stored before it was checked must not fail a search over all mentors.
 */
export function weeklyHours(rules: readonly string[], timeZone: string, week: Date): WeekHours {
  const start = startOfWeek(week)
  const stretches = stretchesOf(timeZone, start)
  const hours = noHours()
  for (const rule of rules) {
    for (const opening of openingsOf(rule, start)) {
      const from = instantOf(opening, stretches)
      if (from !== undefined) mark(hours, from)
    }
  }
  return hours
}

/** The hours of the week around an instant that a patient wishes for. Codes that are not known wish for nothing. */
export function wishedHours(codes: readonly string[], timeZone: string, week: Date): WeekHours {
  const wished = wishedTimes.filter((code) => codes.includes(code))
  return weeklyHours(
    wished.map((code) => wishes[code]),
    timeZone,
    week,
  )
}

/** In how many hours of the week both have time. */
export function overlapHours(one: WeekHours, other: WeekHours): number {
  let count = 0
  for (let at = 0; at < one.length; at += 1) {
    for (let both = (one[at] ?? 0) & (other[at] ?? 0); both !== 0; both &= both - 1) count += 1
  }
  return count
}

const noHours = (): WeekHours => new Uint32Array(6)

/**
 * Marks each hour of which an opening covers half or more: 18:00 in India is 12:30 UTC and marks 12 and 13, 18:00
 * in Nepal is 12:15 UTC and marks 12 alone.
 */
function mark(hours: WeekHours, fromMs: number) {
  const first = Math.max(0, Math.ceil(fromMs / hourMs - 0.5))
  const last = Math.min(167, Math.floor(fromMs / hourMs + 0.5))
  for (let hour = first; hour <= last; hour += 1) {
    hours[hour >>> 5] = (hours[hour >>> 5] ?? 0) | (1 << (hour & 31))
  }
}

/** Monday 00:00 UTC of the week that holds the instant; 5 January 1970 was the first. */
function startOfWeek(at: Date): number {
  const mondayMs = Date.UTC(1970, 0, 5)
  return mondayMs + Math.floor((at.getTime() - mondayMs) / weekMs) * weekMs
}

/**
 * Answers that are asked for again with every mentor of every search, the oldest leaving first. Without a
 * bound, rules and zones that nobody states any more would fill the memory.
 */
function remembering<Answer>(answersMax: number) {
  const known = new Map<string, Answer>()
  return (key: string, find: () => Answer): Answer => {
    const before = known.get(key)
    if (before !== undefined) return before
    const answer = find()
    const [oldest] = known.keys()
    if (oldest !== undefined && known.size >= answersMax) known.delete(oldest)
    known.set(key, answer)
    return answer
  }
}

/** Fewer than there are different rules in a network, and each search pushes out what the next one needs. */
const rememberOpenings = remembering<readonly number[]>(20_000)
const rememberStretches = remembering<readonly Stretch[]>(2_000)

/**
 * When a rule opens, on the clock of its zone, in milliseconds from Monday 00:00 on that clock: for the week and a
 * day on each side, since a zone is up to fourteen hours off UTC. A rule says the same in every week, unless it
 * names months; so a new week costs next to nothing.
 */
function openingsOf(stated: string, start: number): readonly number[] {
  const monthly = /BYMONTH/i.test(stated)
  return rememberOpenings(monthly ? `${start} ${stated}` : stated, () => expand(plain(stated), start))
}

function expand(rule: string, start: number): readonly number[] {
  if (rule.length > lengthMax || faultsOf(rule).length > 0) return []
  // UTC stands for the clock on the wall, which knows nothing of zones; the start is only there to count from.
  const dtstart = Temporal.Instant.fromEpochMilliseconds(start - 2 * weekMs).toZonedDateTimeISO('UTC')
  return new RRuleTemporal({ rruleString: rule, dtstart, strict: true, cache: false })
    .between(new Date(start - dayMs), new Date(start + weekMs + dayMs), true)
    .map(({ epochMilliseconds }) => epochMilliseconds - start)
}

/** A time during which the clocks of a zone keep their distance from UTC. From Monday 00:00 UTC, as all here. */
interface Stretch {
  readonly fromMs: number
  readonly untilMs: number
  readonly offsetMs: number
}

/** One for most weeks, two for those in which the clocks change. */
function stretchesOf(timeZone: string, start: number): readonly Stretch[] {
  return rememberStretches(`${start} ${timeZone}`, () => {
    const stretches: Stretch[] = []
    const first = Temporal.Instant.fromEpochMilliseconds(start - dayMs).toZonedDateTimeISO(timeZone)
    let at: Temporal.ZonedDateTime | null = first
    while (at && at.epochMilliseconds < start + weekMs + dayMs) {
      const change: Temporal.ZonedDateTime | null = at.getTimeZoneTransition('next')
      const untilMs = change ? change.epochMilliseconds - start : Number.POSITIVE_INFINITY
      const offsetMs = at.offsetNanoseconds / 1_000_000
      stretches.push({ fromMs: at.epochMilliseconds - start, untilMs, offsetMs })
      at = change
    }
    return stretches
  })
}

/** When the clock shows this first; never, if it is set forward over it. */
function instantOf(onClockMs: number, stretches: readonly Stretch[]): number | undefined {
  for (const { fromMs, untilMs, offsetMs } of stretches) {
    const at = onClockMs - offsetMs
    if (at >= fromMs && at < untilMs) return at
  }
  return undefined
}
