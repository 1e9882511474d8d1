import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { Temporal } from 'temporal-polyfill'
import {
  Availability,
  overlapHours,
  type WeekHours,
  weeklyHours,
  wishedHours,
  wishedTimes,
} from '../../../src/domains/mentors/availability.ts'

const denver = 'America/Denver'
const hourMs = 3_600_000

/** The hours of a mask as people say them, in UTC. */
const named = (hours: WeekHours) =>
  Array.from({ length: 168 }, (_, hour) => hour)
    .filter((hour) => isMarked(hours, hour))
    .map((hour) => `${['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'][Math.floor(hour / 24)]} ${hour % 24}`)
const isMarked = (hours: WeekHours, hour: number) => (((hours[hour >>> 5] ?? 0) >>> (hour & 31)) & 1) === 1

const open = (rule: string, week: string, timeZone = denver) =>
  named(weeklyHours([rule], timeZone, new Date(week)))

t.test('a rule that says when, week by week, is taken', async (t) => {
  const rules = [
    'FREQ=WEEKLY;BYDAY=TU,TH;BYHOUR=18',
    'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=0,23;BYMINUTE=0,30',
    'FREQ=DAILY;BYHOUR=7',
    'FREQ=DAILY;BYDAY=MO;BYHOUR=07',
    'BYHOUR=18;BYDAY=SA;FREQ=WEEKLY',
    'FREQ=WEEKLY;INTERVAL=1;WKST=MO;BYDAY=SA;BYHOUR=18;BYMINUTE=0;BYSECOND=0',
    'FREQ=WEEKLY;BYDAY=SA;BYHOUR=18;BYMONTH=9,10,11,12',
    `FREQ=DAILY;BYHOUR=${Array.from({ length: 24 }, (_, hour) => hour).join(',')}`,
  ]
  for (const rule of rules) t.equal(Availability.parse(rule), rule)
})

t.test('one form of a rule is kept', async (t) => {
  t.equal(Availability.parse(' rrule:freq=daily;byhour=7\n'), 'FREQ=DAILY;BYHOUR=7')
  t.equal(Availability.parse(Availability.parse('RRULE:FREQ=DAILY;BYHOUR=7')), 'FREQ=DAILY;BYHOUR=7')
})

t.test('a rule that does not say when is refused, with what is wrong', async (t) => {
  const weekly = 'FREQ=WEEKLY;BYDAY=TU;BYHOUR=18'
  // biome-ignore format: a table reads by its lines
  const table: [rule: string, says: RegExp][] = [
    ['', /joined by semicolons/],
    ['Tuesdays at six', /joined by semicolons/],
    [`${weekly};`, /joined by semicolons/],
    [`${weekly};BYMINUTE`, /joined by semicolons/],
    [`DTSTART:20260101T000000Z\nRRULE:${weekly}`, /can be used/],
    [`${weekly}\nEXDATE:20260101T180000Z`, /BYHOUR lists hours/],
    ['RRULE:RRULE:FREQ=DAILY;BYHOUR=7', /can be used/],
    ['BYDAY=TU;BYHOUR=18', /FREQ is missing/],
    ['FREQ=DAILY', /BYHOUR is missing/],
    ['FREQ=WEEKLY;BYHOUR=18', /BYDAY is missing/],
    ['FREQ=MONTHLY;BYDAY=TU;BYHOUR=18', /FREQ is DAILY or WEEKLY/],
    ['FREQ=YEARLY;BYDAY=TU;BYHOUR=18', /FREQ is DAILY or WEEKLY/],
    ['FREQ=HOURLY;BYHOUR=18', /FREQ is DAILY or WEEKLY/],
    ['FREQ=SECONDLY;BYHOUR=18', /FREQ is DAILY or WEEKLY/],
    [`${weekly};INTERVAL=2`, /INTERVAL can only be 1/],
    [`${weekly};INTERVAL=99999999999999999999`, /INTERVAL can only be 1/],
    [`${weekly};COUNT=3`, /no start, count or end/],
    [`${weekly};UNTIL=20261231T000000Z`, /no start, count or end/],
    [`${weekly};BYSETPOS=1`, /can be used/],
    [`${weekly};BYMONTHDAY=1`, /can be used/],
    [`${weekly};X-ROOM=1`, /can be used/],
    [`${weekly};__PROTO__=1`, /can be used/],
    [`${weekly}; BYMINUTE=30`, /can be used/],
    [`${weekly};BYHOUR=19`, /once/],
    ['FREQ=WEEKLY;BYDAY=1TU;BYHOUR=18', /BYDAY lists weekdays/],
    ['FREQ=WEEKLY;BYDAY=TUE;BYHOUR=18', /BYDAY lists weekdays/],
    ['FREQ=WEEKLY;BYDAY=TU,;BYHOUR=18', /BYDAY lists weekdays/],
    ['FREQ=WEEKLY;BYDAY=TU;BYHOUR=24', /BYHOUR lists hours/],
    ['FREQ=WEEKLY;BYDAY=TU;BYHOUR=', /BYHOUR lists hours/],
    ['FREQ=WEEKLY;BYDAY=TU;BYHOUR=18.5', /BYHOUR lists hours/],
    ['FREQ=WEEKLY;BYDAY=TU;BYHOUR=-1', /BYHOUR lists hours/],
    [`${weekly};BYMINUTE=60`, /BYMINUTE lists minutes/],
    [`${weekly};BYSECOND=0,1,2,3,4,5`, /BYSECOND can only be 0/],
    [`${weekly};BYMONTH=13`, /BYMONTH lists months/],
    [`${weekly};WKST=XX`, /WKST is a weekday/],
    [`FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12;BYMINUTE=0,30`, /more than 24 times a day/],
  ]
  for (const [rule, says] of table) {
    const { error } = Availability.safeParse(rule)
    t.match(error?.issues.map(({ message }) => message).join(' '), says, rule)
    for (const issue of error?.issues ?? []) {
      t.match(issue, { code: 'custom', params: { code: 'invalid_availability' } }, rule)
      t.notMatch(issue.message, /Tuesdays|X-ROOM|TUE/, 'and what was sent is not repeated')
    }
  }
  const both = Availability.safeParse('FREQ=MONTHLY;BYHOUR=99').error?.issues
  t.equal(both?.length, 2, 'every fault is named at once')
  const long = Availability.safeParse(`${weekly};BYMINUTE=${'0,'.repeat(300)}0`).error?.issues
  t.strictSame(
    long?.map(({ code }) => code),
    ['too_big'],
  )
})

t.test('each occurrence opens one hour, in the mentor’s time zone', async (t) => {
  const tuesday = 'FREQ=WEEKLY;BYDAY=TU;BYHOUR=18'
  t.strictSame(open(tuesday, '2026-11-24T12:00Z', 'UTC'), ['Tu 18'])
  t.strictSame(open(tuesday, '2026-11-24T12:00Z', 'Asia/Tokyo'), ['Tu 9'])
  t.strictSame(open(tuesday, '2026-11-24T12:00Z'), ['We 1'])
  t.strictSame(
    open('FREQ=WEEKLY;BYDAY=SU;BYHOUR=18', '2026-11-24T12:00Z'),
    ['Mo 1'],
    'Sunday, of the week before',
  )
  t.strictSame(open('FREQ=WEEKLY;BYDAY=MO;BYHOUR=7', '2026-11-24T12:00Z', 'Asia/Tokyo'), ['Su 22'])
  t.strictSame(open('FREQ=WEEKLY;BYDAY=TU;BYHOUR=18,19', '2026-11-24T12:00Z', 'UTC'), ['Tu 18', 'Tu 19'])
  t.equal(open('FREQ=DAILY;BYHOUR=18', '2026-11-24T12:00Z').length, 7)
})

t.test('a week is from Monday to Sunday in UTC, and any moment of it stands for it', async (t) => {
  const rule = 'FREQ=WEEKLY;BYDAY=MO;BYHOUR=1;BYMONTH=11'
  for (const within of ['2026-11-30T00:00Z', '2026-12-06T23:59:59.999Z'])
    t.strictSame(open(rule, within, 'UTC'), ['Mo 1'])
  t.strictSame(open(rule, '2026-12-07T00:00Z', 'UTC'), [])
  t.strictSame(open(rule, '1969-11-03T00:00Z', 'UTC'), ['Mo 1'], 'also before 1970')
})

t.test('an hour counts of which half or more is open', async (t) => {
  const at = (minute: number) =>
    open(`FREQ=WEEKLY;BYDAY=TU;BYHOUR=18;BYMINUTE=${minute}`, '2026-11-24', 'UTC')
  t.strictSame([0, 15, 29].flatMap(at), ['Tu 18', 'Tu 18', 'Tu 18'])
  t.strictSame(at(30), ['Tu 18', 'Tu 19'])
  t.strictSame([31, 45].flatMap(at), ['Tu 19', 'Tu 19'])
  const evening = 'FREQ=WEEKLY;BYDAY=TU;BYHOUR=18'
  t.strictSame(open(evening, '2026-11-24', 'Asia/Kolkata'), ['Tu 12', 'Tu 13'])
  t.strictSame(open(evening, '2026-11-24', 'Asia/Kathmandu'), ['Tu 12'])
  t.strictSame(open('FREQ=WEEKLY;BYDAY=SU;BYHOUR=23;BYMINUTE=30', '2026-11-24', 'UTC'), ['Mo 0', 'Su 23'])
})

t.test('an hour on the clock stays that hour when the clocks change', async (t) => {
  const noon = 'FREQ=WEEKLY;BYDAY=SA,SU;BYHOUR=12'
  t.strictSame(open(noon, '2026-03-03'), ['Sa 19', 'Su 18'])
  t.strictSame(open(noon, '2026-10-27'), ['Sa 18', 'Su 19'])
  t.strictSame(open(noon, '2026-03-24', 'Europe/Berlin'), ['Sa 11', 'Su 10'])
  t.strictSame(open(noon, '2026-10-20', 'Europe/Berlin'), ['Sa 10', 'Su 11'])
  t.strictSame(open(noon, '2026-03-31', 'Australia/Lord_Howe'), ['Sa 1', 'Su 1', 'Su 2'])
  t.strictSame(open(noon, '2026-09-29', 'Australia/Lord_Howe'), ['Sa 1', 'Sa 2', 'Su 1'])
})

t.test('an hour that is left out does not open, and of one that comes twice the first does', async (t) => {
  const daily = (hour: number) => `FREQ=DAILY;BYHOUR=${hour}`
  t.equal(open(daily(2), '2026-03-03').length, 6)
  t.strictSame(open(daily(3), '2026-03-03').slice(-1), ['Su 9'])
  t.strictSame(open(daily(1), '2026-10-27').slice(-1), ['Su 7'])
  t.equal(open(daily(1), '2026-10-27').length, 7)
})

t.test('months close a rule for the rest of the year, by the mentor’s calendar', async (t) => {
  const rule = 'FREQ=DAILY;BYHOUR=20;BYMONTH=11'
  t.strictSame(open(rule, '2026-12-01'), ['Mo 3', 'Tu 3'], 'the evenings of Sunday and Monday, 30 November')
  t.strictSame(open(rule, '2026-12-08'), [])
  t.equal(open(rule, '2026-11-10').length, 7)
})

t.test('rules together open what each of them opens, and those that are refused open nothing', async (t) => {
  const both = ['FREQ=WEEKLY;BYDAY=TU;BYHOUR=18', 'whenever', 'rrule:freq=weekly;byday=we;byhour=9']
  t.strictSame(named(weeklyHours(both, 'UTC', new Date('2026-11-24'))), ['Tu 18', 'We 9'])
  t.strictSame(named(weeklyHours([], 'UTC', new Date('2026-11-24'))), [])
  t.strictSame(open(`FREQ=WEEKLY;BYDAY=TU;BYHOUR=${'18,'.repeat(200)}18`, '2026-11-24'), [])
})

t.test('whoever changes an answer does not change the next one', async (t) => {
  const ask = () => weeklyHours(['FREQ=WEEKLY;BYDAY=TU;BYHOUR=18'], 'UTC', new Date('2026-11-24'))
  ask().fill(0)
  t.strictSame(named(ask()), ['Tu 18'])
})

t.test('wishes are hours of the patient’s day', async (t) => {
  const wished = (codes: string[], timeZone = 'UTC', week = '2026-11-24') =>
    named(wishedHours(codes, timeZone, new Date(week)))
  t.strictSame(wished(['weekend_evening']), [
    'Sa 17',
    'Sa 18',
    'Sa 19',
    'Sa 20',
    'Su 17',
    'Su 18',
    'Su 19',
    'Su 20',
  ])
  t.strictSame(wished(['weekday_evening'], denver).slice(-4), ['Sa 0', 'Sa 1', 'Sa 2', 'Sa 3'], 'Friday’s')
  t.equal(wished(['night']).length, 63)
  t.equal(wished(['night'], denver, '2026-03-03').length, 62, 'a night of spring is shorter')
  t.strictSame(wished([]), [])
  t.strictSame(wished(['some_day', 'toString', '__proto__']), [])
})

t.test('the guide says the hours that are used', async (t) => {
  const guide = readFileSync('docs/guides/availability-and-import.md', 'utf8')
  const rows = [...guide.matchAll(/^\| `(\w+)` \| (.+?) \| (\d\d):00 \| (\d\d):00/gm)]
  t.strictSame(
    rows.map(([, code]) => code),
    wishedTimes,
  )
  const days: Record<string, string> = {
    'Monday to Friday': 'MO,TU,WE,TH,FR',
    'Saturday and Sunday': 'SA,SU',
  }
  for (const [, code = '', on = '', from, until] of rows) {
    const length = (Number(until) - Number(from) + 24) % 24
    const hours = Array.from({ length }, (_, at) => (Number(from) + at) % 24).join(',')
    const rule = `FREQ=DAILY;BYDAY=${days[on] ?? 'MO,TU,WE,TH,FR,SA,SU'};BYHOUR=${hours}`
    const week = new Date('2026-11-24')
    t.strictSame(named(wishedHours([code], 'UTC', week)), named(weeklyHours([rule], 'UTC', week)), code)
  }
  for (const [, rule = ''] of guide.matchAll(/`(FREQ=[^`]+)`/g))
    t.ok(Availability.safeParse(rule).success, rule)
})

t.test('what both have is counted', async (t) => {
  const week = new Date('2026-11-24')
  const mentor = weeklyHours(['FREQ=WEEKLY;BYDAY=TU,TH;BYHOUR=18'], denver, week)
  t.equal(overlapHours(mentor, wishedHours(['weekday_evening'], denver, week)), 2)
  t.equal(overlapHours(mentor, wishedHours(['weekday_evening'], 'America/New_York', week)), 2)
  t.equal(overlapHours(mentor, wishedHours(['weekday_evening'], 'Asia/Tokyo', week)), 0)
  t.equal(overlapHours(mentor, wishedHours(['weekday_morning'], 'Asia/Tokyo', week)), 2)
  const always = wishedHours(wishedTimes, denver, week)
  t.equal(overlapHours(always, always), 168)
  const each = wishedTimes.map((code) => wishedHours([code], denver, week))
  const counts = each.map((one) => overlapHours(one, always))
  t.strictSame(counts, [30, 25, 20, 12, 10, 8, 63], 'every hour belongs to exactly one wish')
})

/** Weeks in which clocks change somewhere below, and any others. */
const weeks = fc.oneof(
  fc
    .constantFrom(
      '2026-03-08',
      '2026-11-01',
      '2026-03-29',
      '2026-10-25',
      '2026-04-05',
      '2026-10-04',
      '2026-09-06',
    )
    .map((date) => new Date(date)),
  fc.date({ min: new Date('2020-01-01'), max: new Date('2036-01-01'), noInvalidDate: true }),
)
const timeZones = fc.constantFrom(
  denver,
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'America/St_Johns',
  'America/Santiago',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Etc/GMT+12',
)
const days = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
const parts = fc.record({
  frequency: fc.constantFrom('DAILY', 'WEEKLY'),
  byDay: fc.subarray(days, { minLength: 1 }),
  byHour: fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 6 }),
  byMinute: fc.subarray([0, 15, 30, 45], { minLength: 1 }),
  byMonth: fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1 })),
})
type Parts = typeof parts extends fc.Arbitrary<infer Value> ? Value : never
const ruleOf = ({ frequency, byDay, byHour, byMinute, byMonth }: Parts) =>
  [
    `FREQ=${frequency};BYDAY=${byDay};BYHOUR=${byHour};BYMINUTE=${byMinute}`,
    ...(byMonth ? [`BYMONTH=${byMonth}`] : []),
  ].join(';')

const mondayOf = (at: Date) => {
  const day = Temporal.PlainDate.from(at.toISOString().slice(0, 10))
  return Date.parse(day.subtract({ days: day.dayOfWeek - 1 }).toString())
}
const there = (at: number, timeZone: string) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone)

/** Whether an opening begins at this moment: the clock shows such a time, and shows it for the first time. */
function begins(at: number, timeZone: string, { byDay, byHour, byMinute, byMonth }: Parts): boolean {
  const local = there(at, timeZone)
  return (
    byDay.includes(days[local.dayOfWeek - 1] ?? '') &&
    byHour.includes(local.hour) &&
    byMinute.includes(local.minute) &&
    (byMonth?.includes(local.month) ?? true) &&
    local.toPlainDateTime().toZonedDateTime(timeZone).epochMilliseconds === at
  )
}

/** An hour is open if an opening begins at most half an hour after it, and at most half an hour before. */
function walks(hours: WeekHours, stated: Parts[], timeZone: string, week: Date): boolean {
  const monday = mondayOf(week)
  return Array.from({ length: 168 }, (_, hour) => hour).every((hour) => {
    const middle = monday + (hour + 0.5) * hourMs
    const moments = [0, 15, 30, 45, 60].map((minutes) => middle - minutes * 60_000)
    const walked = moments.some((at) => stated.some((each) => begins(at, timeZone, each)))
    return walked === isMarked(hours, hour)
  })
}

t.test('a mask is what walking through the week, hour by hour, finds', async () => {
  fc.assert(
    fc.property(parts, timeZones, weeks, (stated, timeZone, week) =>
      walks(weeklyHours([ruleOf(stated)], timeZone, week), [stated], timeZone, week),
    ),
    { seed: 20_261_118, numRuns: 100 },
  )
})

t.test('a wish is what walking through the week, hour by hour, finds', async () => {
  const clock: Record<string, number[]> = {
    morning: [6, 7, 8, 9, 10, 11],
    afternoon: [12, 13, 14, 15, 16],
    evening: [17, 18, 19, 20],
    night: [21, 22, 23, 0, 1, 2, 3, 4, 5],
  }
  const partsOf = (code: string): Parts => {
    const [, on = '', part = ''] = /^(weekday|weekend)?_?(\w+)$/.exec(code) ?? []
    const byDay = on === 'weekday' ? days.slice(0, 5) : on === 'weekend' ? days.slice(5) : days
    return { frequency: 'DAILY', byDay, byHour: clock[part] ?? [], byMinute: [0], byMonth: null }
  }
  fc.assert(
    fc.property(fc.subarray(wishedTimes), timeZones, weeks, (codes, timeZone, week) =>
      walks(wishedHours(codes, timeZone, week), codes.map(partsOf), timeZone, week),
    ),
    { seed: 20_261_118, numRuns: 50 },
  )
})

t.test('whatever is stated, nothing fails, and only what is taken opens', async () => {
  const alphabet = 'FREQ=;BYDAYHOURMINUTE,TUTHWEEKLY0123456789:RRULE \n'.split('')
  const torn = fc.tuple(
    parts.map(ruleOf),
    fc.nat(80),
    fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 4 }),
  )
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    parts.map(ruleOf),
    torn.map(([rule, at, piece]) => rule.slice(0, at) + piece + rule.slice(at)),
  )
  fc.assert(
    fc.property(anything, timeZones, weeks, (stated, timeZone, week) => {
      const { success, data } = Availability.safeParse(stated)
      const hours = named(weeklyHours([stated], timeZone, week))
      return success
        ? Availability.parse(data) === data && (hours.length > 0 || /BYMONTH/.test(data))
        : hours.length === 0
    }),
    { seed: 20_261_118, numRuns: 500 },
  )
})

t.test('the rule of most hours that is taken opens each hour of its week once', async (t) => {
  const hours = Array.from({ length: 24 }, (_, hour) => hour)
  const rule = `FREQ=DAILY;BYMONTH=11;BYHOUR=${hours}`
  t.equal(named(weeklyHours([rule], denver, new Date(Date.UTC(2026, 10, 14)))).length, 7 * 24)
})
