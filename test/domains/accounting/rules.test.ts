import t from 'tap'
import {
  dueAt,
  earliestDay,
  extendedDueAt,
  instantsOf,
  periodOf,
} from '../../../src/domains/accounting/rules.ts'

const denver = 'America/Denver'

t.test('an accounting reaches back three years to the day, through leap days', async (t) => {
  t.equal(earliestDay('2026-11-18'), '2023-11-18')
  t.equal(earliestDay('2028-02-29'), '2025-02-28', 'no such day then: the one before it')
  t.equal(earliestDay('2027-02-28'), '2024-02-28', 'and 29 February 2024 is in it')
  t.equal(earliestDay('2027-03-01'), '2024-03-01')
})

t.test('the patient may choose fewer days, and no others', async (t) => {
  const asked = (from?: string, to?: string) => periodOf('2026-11-18', denver, { from, to })
  t.same(asked(), { from: '2023-11-18', to: '2026-11-18', timeZone: denver })
  t.same(asked('2026-01-01', '2026-01-01'), { from: '2026-01-01', to: '2026-01-01', timeZone: denver })
  t.equal(asked('2023-11-17'), 'period_too_early')
  t.equal(asked(undefined, '2026-11-19'), 'period_in_future')
  t.equal(asked('2026-02-02', '2026-02-01'), 'period_reversed')
})

t.test('days begin and end as they do there, also where a clock is set forward', async (t) => {
  const day = (from: string, timeZone: string) => {
    const { start, end } = instantsOf({ from, to: from, timeZone })
    return [start.toISOString(), end.toISOString()]
  }
  t.same(day('2026-11-18', denver), ['2026-11-18T07:00:00.000Z', '2026-11-19T07:00:00.000Z'])
  t.same(day('2026-03-08', denver), ['2026-03-08T07:00:00.000Z', '2026-03-09T06:00:00.000Z'])
  t.same(day('2024-02-29', denver), ['2024-02-29T07:00:00.000Z', '2024-03-01T07:00:00.000Z'])
})

t.test('sixty days, thirty more for a reason, thirty for an intermediary', async (t) => {
  const asked = new Date('2026-11-18T19:00:00Z')
  t.equal(dueAt('accounting', asked).toISOString(), '2027-01-17T19:00:00.000Z')
  t.equal(extendedDueAt(dueAt('accounting', asked)).toISOString(), '2027-02-16T19:00:00.000Z')
  t.equal(dueAt('intermediary_list', asked).toISOString(), '2026-12-18T19:00:00.000Z')
})
