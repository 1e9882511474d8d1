import t from 'tap'
import { openSystemContext } from '../../../src/db/access.ts'
import { sweepEligibility } from '../../../src/domains/qualifications/sweep.ts'
import { serverUrl } from '../../support/database.ts'
import { holding } from './hold.ts'
import { ready, sampleScreening } from './ready.ts'

t.test(
  'when papers run out a clock starts, once, with the organization, and ends when they are in order',
  async (t) => {
    const { mentor, demand, screening, credential, sweep, time, clocksOf, running, eventsOf, shadow, world } =
      await ready(t)
    const id = await mentor()
    await screening(id, { expiresOn: '2026-12-01' })
    await credential(id, { issuedOn: '2024-12-02', expiresOn: '2026-12-01' })
    await demand()
    await demand({ item: 'credential', code: 'icrc_pr' })
    time.set('2026-12-01T23:59:59Z')
    t.equal(await sweep(), 0)
    t.same(await clocksOf(id), [])
    time.set('2026-12-02T16:00:00Z')
    t.equal(await sweep(), 1)
    t.equal(await sweep(), 0, 'once')
    const organizationId = world.operator.organizationId
    t.same(await clocksOf(id), [
      {
        action: 'restore_eligibility',
        running: true,
        // Ten business days on: a Wednesday morning in Denver, two weeks later.
        due_at: new Date('2026-12-16T16:00:00Z'),
        owner_role: 'coordinator',
        organization_id: organizationId,
      },
    ])
    const lapsed = {
      type: 'mentor.eligibility_lapsed',
      codes: { items: 'background_check icrc_pr' },
      organization_id: organizationId,
    }
    t.same(await eventsOf(id), [lapsed])
    await screening(id, { performedOn: '2026-12-02' })
    t.same(await running(id), [true], 'one item is still out')
    await credential(id, { issuedOn: '2026-12-02', expiresOn: '2028-12-01' })
    t.same(await running(id), [false])
    t.match(await shadow(id), { clock: null, until: new Date('2028-12-02T00:00:00Z') })
    t.same(await eventsOf(id), [
      lapsed,
      { type: 'mentor.eligibility_restored', codes: {}, organization_id: organizationId },
    ])
    t.equal(await sweep(), 0)
  },
)

t.test('a change that takes eligibility away starts the clock at once', async (t) => {
  const { mentor, demand, screening, credential, operator, clocksOf, running, eventsOf } = await ready(t)
  const [one, other] = [await mentor(), await mentor()]
  await screening(other)
  const requirement = await demand()
  t.same(await running(one), [true], 'a requirement')
  t.same(await clocksOf(other), [])
  await operator.post(`/v1/mentor-requirements/${requirement.id}/end`, {})
  t.same(await running(one), [false], 'and its end')
  t.same(
    (await eventsOf(one)).map(({ type }) => type),
    ['mentor.eligibility_lapsed', 'mentor.eligibility_restored'],
  )
  const paper = await credential(one)
  await demand({ item: 'credential', code: 'icrc_pr', mentorTypes: ['peer_certified'] })
  t.same(await running(one), [false])
  await operator.post(`/v1/credentials/${paper.id}/revoke`, {})
  t.same(await running(one), [false, true], 'a revocation')
  const { id } = await credential(one)
  t.same(await running(one), [false, false])
  await operator.post(`/v1/credentials/${id}/enter-in-error`, {})
  t.same(await running(one), [false, false, true], 'an error')
})

t.test(
  'the clock is of active mentors: a pause or an end stops it, and coming back starts it anew',
  async (t) => {
    const { mentor, demand, become, sweep, running, eventsOf, shadow } = await ready(t)
    const id = await mentor()
    await demand()
    await become(id, 'paused')
    t.equal(await sweep(), 1)
    t.same(await running(id), [false])
    t.match(await shadow(id), { clock: null, until: new Date(0) })
    t.same(
      (await eventsOf(id)).map(({ type }) => type),
      ['mentor.eligibility_lapsed'],
      'nothing was restored',
    )
    t.equal(await sweep(), 0)
    await become(id, 'active')
    t.equal(await sweep(), 1)
    t.same(await running(id), [false, true])
    await become(id, 'ended')
    t.equal(await sweep(), 1)
    t.same(await running(id), [false, false])
  },
)

t.test('an applicant who lacks papers has no clock until they are active', async (t) => {
  const { operator, demand, sweep, running, shadow, become } = await ready(t)
  const { id } = (
    await operator.post('/v1/mentors', { displayName: 'Sample Mentor', type: 'peer_certified' })
  ).body
  await demand()
  t.match(await shadow(id), { until: new Date(0), clock: null })
  t.equal(await sweep(), 0)
  await become(id, 'active')
  await sweep()
  t.same(await running(id), [true])
})

t.test(
  'the sweep takes so many at a time, of every organization, and two at once share the work',
  async (t) => {
    const { mentor, screening, as, world, sweep, time, stored, service, operator } = await ready(t)
    const theirs = await as(world.otherOperator)
    for (const [count, api] of [
      [3, operator],
      [2, theirs],
    ] as const) {
      for (let one = 0; one < count; one += 1) {
        const { id } = (await api.post('/v1/mentors', { displayName: 'Sample Mentor', type: 'family_peer' }))
          .body
        await api.post(`/v1/mentors/${id}/status`, { status: 'active' })
        await api.post(`/v1/mentors/${id}/screenings`, sampleScreening({ expiresOn: '2026-12-01' }))
      }
      await api.post('/v1/mentor-requirements', { item: 'screening', code: 'background_check' })
    }
    const spared = await mentor()
    await screening(spared, { expiresOn: '2026-12-02' })
    time.set('2026-12-02T12:00:00Z')
    const first = await sweep(1)
    const now = time.now()
    const open = () => openSystemContext(service, world.networkId, { requestId: 'sweep', now })
    const rest = await Promise.all(
      [1, 2, 3].map(() => open().transaction((ctx) => sweepEligibility(ctx, 100), { action: 'test' })),
    )
    t.equal(first, 1)
    t.equal(
      rest.reduce((sum, settled) => sum + settled, 0),
      4,
    )
    t.equal(await sweep(), 0)
    const running = await stored<{ organization_id: string; n: number }>(
      `select organization_id, count(*)::int as n from clocks where subject_type = 'mentor' and stopped_at is null group by 1 order by 2`,
    )
    t.same(running, [
      { organization_id: world.otherOperator.organizationId, n: 2 },
      { organization_id: world.operator.organizationId, n: 3 },
    ])
    const events = await stored<{ n: number }>(
      `select count(*)::int as n from events where type = 'mentor.eligibility_lapsed' group by organization_id order by n`,
    )
    t.same(events, [{ n: 2 }, { n: 3 }])
  },
)

t.test('another network’s mentors are not touched', async (t) => {
  const { mentor, demand, createWorld, service, time, clocksOf, screening } = await ready(t)
  const id = await mentor()
  await screening(id, { expiresOn: '2026-12-01' })
  await demand()
  const elsewhere = await createWorld()
  time.set('2026-12-02T12:00:00Z')
  const ctx = openSystemContext(service, elsewhere.networkId, { requestId: 'sweep', now: time.now() })
  t.equal(await ctx.transaction((tx) => sweepEligibility(tx, 100), { action: 'test' }), 0)
  t.same(await clocksOf(id), [])
})

t.test(
  'the sweep passes over a mentor whom somebody else is changing, and comes back to them',
  { skip: !serverUrl && 'the embedded engine serves one transaction at a time' },
  async (t) => {
    const { mentor, demand, screening, sweep, time, owner, running } = await ready(t)
    const [busy, other] = [await mentor(), await mentor()]
    for (const id of [busy, other]) await screening(id, { expiresOn: '2026-12-01' })
    await demand()
    time.set('2026-12-02T12:00:00Z')
    await holding(owner, busy, async () => {
      t.equal(await sweep(), 1)
      t.same(await running(busy), [])
      t.same(await running(other), [true])
    })
    t.equal(await sweep(), 1)
    t.same(await running(busy), [true])
  },
)
