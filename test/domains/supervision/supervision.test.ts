import t, { type Test } from 'tap'
import { competencyGroups } from '../../../src/domains/supervision/codes.ts'
import { sampleMentor } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'
import { heldBack } from '../qualifications/hold.ts'

async function ready(t: Test) {
  const started = await startService(t)
  const { time, stored } = started
  const world = await started.createWorld()
  const operator = await started.as(world.operator)
  const mentor = async (changes: object = {}) => {
    const { id } = (await operator.post('/v1/mentors', sampleMentor(changes))).body
    await operator.post(`/v1/mentors/${id}/status`, { status: 'active' })
    return id as string
  }
  const sample = (mentorIds: readonly string[], changes: object = {}) => ({
    at: time.now().toISOString(),
    kind: 'individual',
    minutes: 50,
    mentorIds,
    supervisorName: 'Sample Supervisor',
    ...changes,
  })
  const session = (mentorIds: readonly string[], changes: object = {}) =>
    operator.post('/v1/supervision-sessions', sample(mentorIds, changes))
  const dueOf = async (id: string) => {
    const [row] = await stored<{ supervised_at: Date | null; supervision_due_at: Date | null }>(
      'select supervised_at, supervision_due_at from mentors where id = $1',
      [id],
    )
    return row?.supervision_due_at?.toISOString() ?? null
  }
  return { ...started, world, operator, mentor, sample, session, dueOf }
}

const faults = ({ body }: { body: { errors?: { pointer: string; code: string }[] } }) =>
  (body.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`).sort()

t.test('a session is recorded for those who were there, and found by each of them', async (t) => {
  const { mentor, session, operator, stored } = await ready(t)
  const [one, other, absent] = [await mentor(), await mentor(), await mentor()]
  const made = await session([other, one, one], {
    kind: 'group',
    topics: [...competencyGroups],
    actions: 'Practise.',
  })
  t.equal(made.status, 201)
  t.equal(made.headers.location, `/v1/supervision-sessions/${made.body.id}`)
  t.match(made.body, {
    mentorIds: [one, other],
    kind: 'group',
    topics: [...competencyGroups],
    supervisorOrganizationId: null,
    supervisorHasPeerBackground: null,
    actions: 'Practise.',
  })
  t.same((await operator.get(`/v1/supervision-sessions/${made.body.id}`)).body, made.body)
  const { body: own } = await session([one])
  const listed = async (query: string) =>
    (await operator.get(`/v1/supervision-sessions${query}`)).body.data.map(({ id }: { id: string }) => id)
  t.same(await listed(''), [own.id, made.body.id])
  t.same(await listed(`?mentorId=${one}`), [own.id, made.body.id])
  t.same(await listed(`?mentorId=${other}`), [made.body.id])
  t.same(await listed(`?mentorId=${absent}`), [])
  const page = (await operator.get(`/v1/supervision-sessions?mentorId=${one}&limit=1`)).body
  t.same(
    (await operator.get(`/v1/supervision-sessions?mentorId=${one}&limit=1&cursor=${page.nextCursor}`)).body,
    { data: [made.body], nextCursor: null },
  )
  t.match(await stored(`select type, codes from events where subject_id = $1`, [own.id]), [
    { type: 'supervision_session.recorded', codes: { kind: 'individual' } },
  ])
})

t.test('supervision is due weekly in the first month, then every two weeks', async (t) => {
  const { mentor, session, dueOf, time } = await ready(t)
  const id = await mentor()
  // Active since noon of 18 November: the first month is over at noon of 18 December.
  await session([id])
  t.equal(await dueOf(id), '2026-11-25T19:00:00.000Z')
  time.set('2026-12-18T18:59:00Z')
  await session([id])
  t.equal(await dueOf(id), '2026-12-25T18:59:00.000Z')
  time.set('2026-12-18T19:00:00Z')
  await session([id], { kind: 'group' })
  t.equal(await dueOf(id), '2027-01-01T19:00:00.000Z')
})

t.test('a session that is recorded late moves no date back', async (t) => {
  const { mentor, session, dueOf, time } = await ready(t)
  const [one, other] = [await mentor(), await mentor()]
  time.forward({ days: 5 })
  await session([one])
  const due = await dueOf(one)
  t.equal(due, '2026-11-30T19:00:00.000Z')
  t.equal((await session([one, other], { at: '2026-11-20T19:00:00Z', kind: 'group' })).status, 201)
  t.equal(await dueOf(one), due)
  t.equal(
    await dueOf(other),
    '2026-11-27T19:00:00.000Z',
    'of each who was there it is the latest that counts',
  )
})

t.test('of sessions that are recorded at once the latest counts, whichever comes first', async (t) => {
  const { mentor, session, dueOf, time, owner } = await ready(t)
  const id = await mentor()
  time.forward({ days: 6 })
  const days = ['2026-11-22', '2026-11-23', '2026-11-20', '2026-11-21']
  const answers = await heldBack(
    owner,
    id,
    days.map((day) => () => session([id], { at: `${day}T10:00:00Z` })),
  )
  t.same(
    answers.map(({ status }) => status),
    days.map(() => 201),
  )
  t.equal(await dueOf(id), '2026-11-30T10:00:00.000Z')
})

t.test('whoever is not active yet is due once they are', async (t) => {
  const { operator, session, dueOf, time } = await ready(t)
  const { id } = (await operator.post('/v1/mentors', sampleMentor())).body
  await session([id])
  t.equal(await dueOf(id), null)
  time.forward({ days: 3 })
  await operator.post(`/v1/mentors/${id}/status`, { status: 'active' })
  t.equal(await dueOf(id), '2026-11-28T19:00:00.000Z', 'a week from the activation, not from the training')
})

t.test('whoever employs a clinician does not supervise them', async (t) => {
  const { mentor, session, world, stored } = await ready(t)
  const clinician = await mentor({ type: 'clinician_ally', employerIds: [world.clinic.organizationId] })
  const peer = await mentor()
  const inLine = { supervisorOrganizationId: world.clinic.organizationId }
  t.match(await session([peer, clinician], inLine), { status: 409, body: { code: 'conflict_of_interest' } })
  t.same(await stored('select id from supervision_sessions'), [])
  t.equal((await session([peer], inLine)).status, 201)
  const outside = { supervisorOrganizationId: world.otherOperator.organizationId }
  t.match((await session([peer, clinician], outside)).body, outside)
})

t.test('what cannot be is refused where it stands', async (t) => {
  const { mentor, session, as, world, unknownId, stored, time } = await ready(t)
  const id = await mentor()
  const theirs = (await (await as(world.otherOperator)).post('/v1/mentors', sampleMentor())).body.id
  const inMinutes = (minutes: number) => new Date(time.now().getTime() + minutes * 60_000).toISOString()
  t.same(
    faults(
      await session([id, theirs, unknownId()], { at: inMinutes(6), supervisorOrganizationId: unknownId() }),
    ),
    [
      '#/at session_in_future',
      '#/mentorIds/1 unknown_mentor',
      '#/mentorIds/2 unknown_mentor',
      '#/supervisorOrganizationId unknown_organization',
    ],
  )
  t.same(faults(await session([], { minutes: 0, topics: ['gossip'], kind: 'lunch' })), [
    '#/kind invalid_code',
    '#/mentorIds too_few',
    '#/minutes too_small',
    '#/topics/0 invalid_code',
  ])
  t.same(faults(await session(Array.from({ length: 51 }, () => id))), ['#/mentorIds too_many'])
  t.same(await stored('select id from supervision_sessions'), [])
  t.equal((await session([id], { at: inMinutes(5) })).status, 201, 'clocks differ by a little')
})

t.test('sessions are the organization’s own', async (t) => {
  const { mentor, session, sample, as, world } = await ready(t)
  const id = await mentor()
  const { body } = await session([id])
  const stranger = await as(world.otherOperator)
  t.equal((await stranger.get(`/v1/supervision-sessions/${body.id}`)).status, 404)
  t.same((await stranger.get(`/v1/supervision-sessions?mentorId=${id}`)).body.data, [])
  const forbidden = { status: 403, body: { code: 'insufficient_scope' } }
  const reader = await as(world.operator, ['mentors:read'])
  t.match(await reader.post('/v1/supervision-sessions', sample([id])), forbidden)
  const writer = await as(world.operator, ['mentors:write'])
  t.match(await writer.get(`/v1/supervision-sessions/${body.id}`), forbidden)
})
