import t from 'tap'
import { addBusinessDays, mondayToFriday } from '../../../src/domains/clocks/calendar.ts'
import { climbsAt, dueAt, ladder } from '../../../src/domains/clocks/rules.ts'
import { sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

const timeZone = 'America/Denver'
const days = (calendar: object) => ({ timeZone, calendar: { ...mondayToFriday, ...calendar } })
const added = (calendar: object, from: string, count: number) =>
  addBusinessDays(days(calendar), new Date(from), count).toISOString()

t.test('holidays and closures are no business days, and another week is another week', async (t) => {
  const wednesday = '2026-11-25T12:00-07:00'
  t.equal(added({}, wednesday, 1), '2026-11-26T19:00:00.000Z')
  t.equal(added({ holidays: ['2026-11-26'] }, wednesday, 1), '2026-11-27T19:00:00.000Z', 'over a holiday')
  t.equal(
    added({ holidays: ['2026-11-26', '2026-11-27'] }, wednesday, 1),
    '2026-11-30T19:00:00.000Z',
    'and the weekend behind it',
  )
  const winter = { closures: [{ from: '2026-12-24', to: '2027-01-03' }] }
  t.equal(
    added(winter, '2026-12-23T12:00-07:00', 2),
    '2027-01-05T19:00:00.000Z',
    'over a closure, both days included',
  )
  t.equal(
    added(winter, '2026-12-24T12:00-07:00', 1),
    '2027-01-05T07:00:00.000Z',
    'what starts in it has the first day whole',
  )
  t.equal(
    added({ workdays: [7] }, wednesday, 1),
    '2026-12-06T07:00:00.000Z',
    'an organization that works on Sundays',
  )
  const never = {
    closures: Array.from({ length: 20 }, (_, at) => ({
      from: `${2026 + at}-01-01`,
      to: `${2026 + at}-12-31`,
    })),
  }
  t.ok(
    new Date(added(never, wednesday, 1)) > new Date(wednesday),
    'always closed: it gives in, and does not run for ever',
  )
})

t.test('deadlines of a referral follow the calendar and the spans of who was asked', async (t) => {
  const { as, createWorld } = await startService(t)
  const world = await createWorld()
  const [clinic, operator] = [await as(world.clinic), await as(world.operator)]
  const patched = async (path: string, body: object) => {
    const { headers } = await operator.get(path)
    return operator.patch(path, body, { 'if-match': String(headers.etag) })
  }
  const due = async (priority: string) =>
    (await clinic.post('/v1/referrals', sampleReferral(world.programId, { priority }))).body.nextAction.dueAt
  t.equal(await due('urgent'), '2026-11-19T19:00:00.000Z')
  const closed = {
    businessCalendar: { holidays: ['2026-11-19'], closures: [{ from: '2026-11-20', to: '2026-11-22' }] },
  }
  t.match((await patched(`/v1/organizations/${world.operator.organizationId}`, closed)).status, 200)
  t.equal(await due('urgent'), '2026-11-23T19:00:00.000Z', 'closed until Monday')
  t.equal(await due('stat'), '2026-11-18T20:00:00.000Z', 'an hour is an hour')
  await patched(`/v1/programs/${world.programId}`, { clockSpans: { acknowledge: { stat: { hours: 0.5 } } } })
  t.equal(await due('stat'), '2026-11-18T19:30:00.000Z', 'the program’s own span')
  t.equal(await due('urgent'), '2026-11-23T19:00:00.000Z', 'and the default where it has none')
  t.match(
    await patched(`/v1/organizations/${world.operator.organizationId}`, {
      businessCalendar: { closures: [{ from: '2026-12-01', to: '2027-12-01' }] },
    }),
    {
      status: 422,
      body: { errors: [{ pointer: '#/businessCalendar/closures/0/to', code: 'closure_out_of_range' }] },
    },
  )
})

t.test('the rungs of the ladder stand at half the time, the whole, one and a half and twice', async (t) => {
  const [from, to] = [new Date('2026-11-18T19:00:00Z'), new Date('2026-11-18T23:00:00Z')]
  t.same(
    ladder.map((_, step) => climbsAt(ladder, step, from, to)?.toISOString().slice(11, 16)),
    ['21:00', '23:00', '01:00', '03:00'],
  )
  t.equal(climbsAt(ladder, ladder.length, from, to), null)
  t.ok(
    (climbsAt(ladder, 3, to, from)?.getTime() ?? 0) > (climbsAt(ladder, 1, to, from)?.getTime() ?? 0),
    'one that was late from the start climbs rung by rung',
  )
  t.equal(dueAt('restore_eligibility', 'routine', from, days({})).toISOString(), '2026-12-02T19:00:00.000Z')
})
