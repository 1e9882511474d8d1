import fc from 'fast-check'
import t from 'tap'
import { Temporal } from 'temporal-polyfill'
import { dateIn, endOfDate } from '../../../src/domains/clocks/calendar.ts'
import { type Priority, priorities } from '../../../src/domains/clocks/contract.ts'
import { after, dueAt, type Span } from '../../../src/domains/clocks/rules.ts'

const denver = 'America/Denver'
const everyWeekday = (timeZone: string) => ({ timeZone, calendar: {} })

type Case = [promise: string, span: Span, from: string, due: string, timeZone?: string]

const bd = (businessDays: number): Span => ({ businessDays })
const hours = (count: number): Span => ({ hours: count })
const sameDay = (sameDayAtLeastHours: number): Span => ({ sameDayAtLeastHours })

// biome-ignore format: a table reads by its lines
const table: Record<string, Case[]> = {
  'business days pass over weekends': [
    ['the next day, at the same time', bd(1), '2026-11-18T12:00-07:00', '2026-11-19T12:00-07:00'],
    ['two days on', bd(2), '2026-11-18T12:00-07:00', '2026-11-20T12:00-07:00'],
    ['from Friday to Monday', bd(1), '2026-11-20T17:30-07:00', '2026-11-23T17:30-07:00'],
    ['from Thursday over the weekend', bd(2), '2026-11-19T12:00-07:00', '2026-11-23T12:00-07:00'],
    ['five are a week', bd(5), '2026-11-18T12:00-07:00', '2026-11-25T12:00-07:00'],
    ['eleven are two weeks and a day', bd(11), '2026-11-18T12:00-07:00', '2026-12-03T12:00-07:00'],
    ['the last moment of Friday is Friday still', bd(1), '2026-11-20T23:59:59.999-07:00', '2026-11-23T23:59:59.999-07:00'],
    ['the first moment of Monday is Monday', bd(1), '2026-11-23T00:00-07:00', '2026-11-24T00:00-07:00'],
    ['Friday evening in Denver is Friday, though Saturday in UTC', bd(1), '2026-11-21T03:00Z', '2026-11-23T20:00-07:00'],
    ['the same instant is Saturday in Tokyo', bd(1), '2026-11-21T03:00Z', '2026-11-24T00:00+09:00', 'Asia/Tokyo'],
  ],
  'what starts on a weekend has the whole of Monday first': [
    ['Saturday morning', bd(1), '2026-11-21T10:00-07:00', '2026-11-24T00:00-07:00'],
    ['the first moment of Saturday', bd(1), '2026-11-21T00:00-07:00', '2026-11-24T00:00-07:00'],
    ['the last moment of Sunday', bd(1), '2026-11-22T23:59:59.999-07:00', '2026-11-24T00:00-07:00'],
    ['two days from Saturday', bd(2), '2026-11-21T10:00-07:00', '2026-11-25T00:00-07:00'],
    ['five days from Saturday end with Friday, and Monday begins', bd(5), '2026-11-21T10:00-07:00', '2026-11-30T00:00-07:00'],
  ],
  'business days keep the time of day when the clocks change': [
    ['over the spring weekend', bd(1), '2026-03-06T12:00-07:00', '2026-03-09T12:00-06:00'],
    ['over the autumn weekend', bd(1), '2026-10-30T12:00-06:00', '2026-11-02T12:00-07:00'],
    ['two days over the autumn weekend', bd(2), '2026-10-30T12:00-06:00', '2026-11-03T12:00-07:00'],
    ['from the Saturday before spring', bd(1), '2026-03-07T10:00-07:00', '2026-03-10T00:00-06:00'],
    ['from the Sunday of autumn, in its hour that comes twice', bd(1), '2026-11-01T01:30-06:00', '2026-11-03T00:00-07:00'],
    ['and in the second of the two', bd(1), '2026-11-01T01:30-07:00', '2026-11-03T00:00-07:00'],
    ['at a time of day that the Sunday between does not have', bd(1), '2026-03-06T02:30-07:00', '2026-03-09T02:30-06:00'],
    ['at a time of day that the Sunday between has twice', bd(1), '2026-10-30T01:30-06:00', '2026-11-02T01:30-07:00'],
  ],
  'hours are hours': [
    ['over midnight', hours(4), '2026-11-18T22:00-07:00', '2026-11-19T02:00-07:00'],
    ['on weekends too', hours(24), '2026-11-20T17:00-07:00', '2026-11-21T17:00-07:00'],
    ['a day of spring has 23', hours(24), '2026-03-07T12:00-07:00', '2026-03-08T13:00-06:00'],
    ['a day of autumn has 25', hours(24), '2026-10-31T12:00-06:00', '2026-11-01T11:00-07:00'],
  ],
  'the same day, but at least so many hours': [
    ['in the morning, until midnight', sameDay(4), '2026-11-18T08:00-07:00', '2026-11-19T00:00-07:00'],
    ['with as many hours left exactly', sameDay(4), '2026-11-18T20:00-07:00', '2026-11-19T00:00-07:00'],
    ['with a moment less', sameDay(4), '2026-11-18T20:00:00.001-07:00', '2026-11-19T00:00:00.001-07:00'],
    ['late in the evening', sameDay(4), '2026-11-18T23:00-07:00', '2026-11-19T03:00-07:00'],
    ['on the first moment of a day', sameDay(4), '2026-11-18T00:00-07:00', '2026-11-19T00:00-07:00'],
    ['on the short day of spring', sameDay(4), '2026-03-08T00:30-07:00', '2026-03-09T00:00-06:00'],
    ['on the long day of autumn', sameDay(4), '2026-11-01T00:30-06:00', '2026-11-02T00:00-07:00'],
    ['into the short day of spring', sameDay(4), '2026-03-07T23:00-07:00', '2026-03-08T04:00-06:00'],
    ['where the day itself began at one o’clock', sameDay(4), '2026-09-06T12:00-03:00', '2026-09-07T00:00-03:00', 'America/Santiago'],
    ['where the next one does', sameDay(4), '2026-09-05T12:00-04:00', '2026-09-06T01:00-03:00', 'America/Santiago'],
  ],
}

for (const [chapter, cases] of Object.entries(table)) {
  t.test(chapter, async (t) => {
    for (const [promise, span, from, due, timeZone = denver] of cases) {
      t.equal(
        after(span, new Date(from), everyWeekday(timeZone)).toISOString(),
        new Date(due).toISOString(),
        promise,
      )
    }
  })
}

t.test('a date is over when the next one begins, there', async (t) => {
  const over = (date: string, timeZone = denver) => endOfDate(date, timeZone).toISOString()
  t.equal(over('2026-11-30'), '2026-12-01T07:00:00.000Z')
  t.equal(over('2026-12-31'), '2027-01-01T07:00:00.000Z')
  t.equal(over('2028-02-28'), '2028-02-29T07:00:00.000Z')
  t.equal(over('2026-03-07'), '2026-03-08T07:00:00.000Z', 'the day before spring')
  t.equal(over('2026-03-08'), '2026-03-09T06:00:00.000Z', 'the short day')
  t.equal(over('2026-11-01'), '2026-11-02T07:00:00.000Z', 'the long day')
  t.equal(over('2026-11-30', 'UTC'), '2026-12-01T00:00:00.000Z')
  t.equal(over('2026-09-05', 'America/Santiago'), '2026-09-06T04:00:00.000Z', 'where the next begins at one')
})

t.test('today is what the calendar says there', async (t) => {
  const at = new Date('2026-11-21T06:59:59.999Z')
  t.equal(dateIn(denver, at), '2026-11-20')
  t.equal(dateIn(denver, new Date(at.getTime() + 1)), '2026-11-21')
  t.equal(dateIn('UTC', at), '2026-11-21')
  t.equal(dateIn('Asia/Tokyo', at), '2026-11-21')
})

t.test('each next action may take as long as the reference has it, by priority', async (t) => {
  // From Wednesday noon in Denver.
  // biome-ignore format: a table reads by its lines
  const expected: Record<Parameters<typeof dueAt>[0], string[]> = {
    acknowledge: ['2026-11-20T12:00-07:00', '2026-11-19T12:00-07:00', '2026-11-18T16:00-07:00', '2026-11-18T13:00-07:00'],
    offer_mentor: ['2026-11-20T12:00-07:00', '2026-11-19T12:00-07:00', '2026-11-18T20:00-07:00', '2026-11-18T14:00-07:00'],
    reassign_mentor: ['2026-11-20T12:00-07:00', '2026-11-19T12:00-07:00', '2026-11-18T20:00-07:00', '2026-11-18T14:00-07:00'],
    answer_offer: ['2026-11-19T12:00-07:00', '2026-11-19T00:00-07:00', '2026-11-18T16:00-07:00', '2026-11-18T13:00-07:00'],
    attempt_first_contact: ['2026-11-19T12:00-07:00', '2026-11-19T00:00-07:00', '2026-11-18T16:00-07:00', '2026-11-18T13:00-07:00'],
    restore_eligibility: Array(4).fill('2026-12-02T12:00-07:00'),
    reach_person: ['2026-11-20T12:00-07:00', '2026-11-19T12:00-07:00', '2026-11-19T12:00-07:00', '2026-11-18T13:00-07:00'],
  }
  const order: Priority[] = ['routine', 'urgent', 'asap', 'stat']
  t.strictSame(new Set(order), new Set(priorities))
  const noon = new Date('2026-11-18T12:00-07:00')
  for (const [action, dues] of Object.entries(expected) as [keyof typeof expected, string[]][]) {
    const actual = order.map((priority) => dueAt(action, priority, noon, everyWeekday(denver)).toISOString())
    t.strictSame(
      actual,
      dues.map((due) => new Date(due).toISOString()),
      action,
    )
  }
})

/** Zones whose clocks change on Sundays, if ever: a business day there always has its time of day once. */
const timeZones = fc.constantFrom(
  denver,
  'America/New_York',
  'America/Anchorage',
  'America/Phoenix',
  'Pacific/Honolulu',
  'UTC',
)
const spans = fc.oneof(
  fc.integer({ min: 1, max: 12 }).map(bd),
  fc.integer({ min: 1, max: 72 }).map(hours),
  fc.integer({ min: 1, max: 12 }).map(sameDay),
)
const businessSpans = fc.integer({ min: 1, max: 12 }).map(bd)
const minute = 60_000
const around = (at: string) => {
  const middle = Date.parse(at)
  return fc.integer({ min: -4 * 1440, max: 2 * 1440 }).map((minutes) => middle + minutes * minute)
}
/** Any instant of four years, and often one of the days about a change of the clocks. */
const instants = fc
  .oneof(
    fc.integer({ min: Date.parse('2026-01-01T00:00Z'), max: Date.parse('2030-01-01T00:00Z') }),
    around('2026-03-08T09:00Z'),
    around('2026-11-01T08:00Z'),
  )
  .map((at) => new Date(at))
const localOf = (at: Date, timeZone: string) =>
  Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone)
const fixed = { seed: 20_261_118, numRuns: 600 }

t.test('a clock runs out after it starts', async () => {
  fc.assert(
    fc.property(
      spans,
      instants,
      timeZones,
      (span, from, timeZone) => after(span, from, everyWeekday(timeZone)) > from,
    ),
    fixed,
  )
})

t.test('business days never run out on a weekend', async () => {
  fc.assert(
    fc.property(businessSpans, instants, timeZones, (span, from, timeZone) => {
      return localOf(after(span, from, everyWeekday(timeZone)), timeZone).dayOfWeek <= 5
    }),
    fixed,
  )
})

t.test('what starts on a business day runs out at the same time of day', async () => {
  fc.assert(
    fc.property(businessSpans, instants, timeZones, (span, from, timeZone) => {
      const start = localOf(from, timeZone)
      fc.pre(start.dayOfWeek <= 5)
      return localOf(after(span, from, everyWeekday(timeZone)), timeZone)
        .toPlainTime()
        .equals(start.toPlainTime())
    }),
    fixed,
  )
})

t.test('who starts later is never due earlier', async () => {
  const delays = fc.oneof(fc.integer({ min: 0, max: 180 }), fc.integer({ min: 0, max: 4 * 1440 }))
  fc.assert(
    fc.property(spans, instants, delays, timeZones, (span, from, minutes, timeZone) => {
      const later = new Date(from.getTime() + minutes * minute)
      return after(span, later, everyWeekday(timeZone)) >= after(span, from, everyWeekday(timeZone))
    }),
    fixed,
  )
})

t.test('a longer span is never due earlier', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), instants, timeZones, (count, from, timeZone) => {
      return [bd, hours, sameDay].every(
        (span) =>
          after(span(count + 1), from, everyWeekday(timeZone)) >=
          after(span(count), from, everyWeekday(timeZone)),
      )
    }),
    fixed,
  )
})
