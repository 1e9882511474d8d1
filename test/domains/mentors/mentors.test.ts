import t from 'tap'
import { mentorStatuses } from '../../../src/domains/mentors/codes.ts'
import { sampleMentor } from '../../support/samples.ts'
import { done, ready } from '../offers/ready.ts'

t.test(
  'a change of a mentor is made on the version that was read, and leaves the rest as it is',
  async (t) => {
    const { operator, applicant, getMentor } = await ready(t)
    const id = await applicant({ substances: ['alcohol'], boundaries: 'No loans.', capacity: 5 })
    const patch = (body: object, version?: string) =>
      operator.patch(`/v1/mentors/${id}`, body, version === undefined ? {} : { 'if-match': version })
    t.match(await patch({ capacity: 4 }), { status: 428, body: { code: 'precondition_required' } })
    t.match(await patch({ capacity: 4 }, '"v2"'), { status: 412, body: { code: 'version_conflict' } })
    const changed = await patch({ capacity: 4, boundaries: null }, '"v1"')
    t.match(changed, { status: 200, body: { capacity: 4, boundaries: null, version: 2 } })
    t.equal(changed.headers.etag, '"v2"')
    t.same((await getMentor(id)).substances, ['alcohol'])
    t.match(await patch({ capacity: 3 }, '"v1"'), { status: 412 })
    const both = await Promise.all([patch({ capacity: 6 }, '"v2"'), patch({ capacity: 7 }, '"v2"')])
    t.same(
      both.map(({ status }) => status).sort(),
      [200, 412],
      'of two who read the same, one is told to look again',
    )
  },
)

t.test('the type, the organization and the load of a mentor are not for changing', async (t) => {
  const { applicant, patchMentor } = await ready(t)
  const id = await applicant()
  for (const body of [
    { type: 'community_ally' },
    { organizationId: id },
    { load: 0 },
    { status: 'active' },
    { eligibleUntil: null },
  ])
    t.match(await patchMentor(id, body), { status: 422, body: { errors: [{ code: 'unknown_field' }] } })
})

t.test('employers and supervisors are organizations of the network', async (t) => {
  const { operator, applicant, patchMentor, unknownId, createWorld, world } = await ready(t)
  const elsewhere = (await createWorld()).clinic.organizationId
  for (const stranger of [unknownId(), elsewhere]) {
    const employed = sampleMentor({ employerIds: [world.clinic.organizationId, stranger] })
    t.match(await operator.post('/v1/mentors', employed), {
      status: 422,
      body: { errors: [{ pointer: '#/employerIds/1', code: 'unknown_organization' }] },
    })
    t.match(await operator.post('/v1/mentors', sampleMentor({ supervisorOrganizationId: stranger })), {
      status: 422,
      body: { errors: [{ pointer: '#/supervisorOrganizationId', code: 'unknown_organization' }] },
    })
    const id = await applicant()
    t.match(await patchMentor(id, { employerIds: [stranger] }), {
      status: 422,
      body: { errors: [{ pointer: '#/employerIds/0', code: 'unknown_organization' }] },
    })
  }
})

t.test('nobody supervises a mentor from within the line that employs them', async (t) => {
  const { operator, applicant, patchMentor, world } = await ready(t)
  const [clinic, hospital] = [world.clinic.organizationId, world.otherClinic.organizationId]
  const refused = {
    status: 422,
    body: { errors: [{ pointer: '#/supervisorOrganizationId', code: 'supervisor_in_line' }] },
  }
  t.match(
    await operator.post(
      '/v1/mentors',
      sampleMentor({ employerIds: [hospital, clinic], supervisorOrganizationId: clinic }),
    ),
    refused,
  )
  const id = await applicant({ employerIds: [clinic], supervisorOrganizationId: hospital })
  t.match(await patchMentor(id, { supervisorOrganizationId: clinic }), refused)
  t.match(
    await patchMentor(id, { employerIds: [clinic, hospital] }),
    refused,
    'nor when the employer comes later',
  )
  t.equal((await patchMentor(id, { employerIds: [hospital], supervisorOrganizationId: clinic })).status, 200)
  t.equal(
    (await patchMentor(id, { supervisorOrganizationId: null, employerIds: [clinic, hospital] })).status,
    200,
  )
})

t.test('a rule of availability that says nothing is refused by its place', async (t) => {
  const { operator, applicant, patchMentor } = await ready(t)
  const availability = ['FREQ=WEEKLY;BYDAY=TU;BYHOUR=18', 'Tuesdays at six']
  const refused = { status: 422, body: { errors: [{ pointer: '#/availability/1' }] } }
  const answer = await operator.post('/v1/mentors', sampleMentor({ availability }))
  t.match(answer, refused)
  t.match(answer.body.errors[0].code, /^[a-z_]+$/)
  t.notMatch(answer.body.errors[0].detail, /Tuesdays/, 'what was sent is not sent back')
  t.match(await patchMentor(await applicant(), { availability }), refused)
})

/** The machine as it was promised: forward in any step, a pause and back, and an end that is one. */
const forward = ['applicant', 'screening', 'in_training', 'ready', 'active']
function allowed(from: string, to: string): boolean {
  if (to === 'ended') return from !== 'ended'
  if (from === 'active') return to === 'paused'
  if (from === 'paused') return to === 'active'
  return forward.includes(from) && forward.indexOf(to) > forward.indexOf(from)
}

t.test('a mentor moves forward, pauses and returns, and ends once', async (t) => {
  const { applicant, become, getMentor } = await ready(t)
  const reach: Record<string, readonly string[]> = {
    applicant: [],
    screening: ['screening'],
    in_training: ['in_training'],
    ready: ['ready'],
    active: ['active'],
    paused: ['active', 'paused'],
    ended: ['ended'],
  }
  for (const from of mentorStatuses)
    for (const to of mentorStatuses) {
      const id = await applicant()
      for (const step of reach[from] ?? []) await done(become(id, step))
      const moved = await become(id, to)
      if (allowed(from, to)) t.match(moved, { status: 200, body: { status: to } }, `${from} to ${to}`)
      else {
        t.match(moved, { status: 409, body: { code: 'transition_not_allowed' } }, `${from} to ${to}`)
        t.equal((await getMentor(id)).status, from)
      }
    }
})

t.test('a pause says why and until when, and both end with it', async (t) => {
  const { mentor, become, getMentor } = await ready(t)
  const id = await mentor()
  t.match(await become(id, 'paused', { pauseReason: 'wellbeing', pausedUntil: '2026-12-24' }), {
    status: 200,
    body: { status: 'paused', statusReason: 'wellbeing', pausedUntil: '2026-12-24' },
  })
  await done(become(id, 'active'))
  t.match(await getMentor(id), { status: 'active', statusReason: null, pausedUntil: null })
  t.match(await become(id, 'paused', { pauseReason: 'holiday' }), {
    status: 422,
    body: { errors: [{ pointer: '#/pauseReason', code: 'invalid_code' }] },
  })
  for (const [member, value] of [
    ['pauseReason', 'leave'],
    ['pausedUntil', '2026-12-24'],
  ] as const)
    t.match(await become(id, 'ended', { [member]: value }), {
      status: 422,
      body: { errors: [{ pointer: `#/${member}`, code: 'conflicting_members' }] },
    })
  t.equal((await become(id, 'paused')).status, 200, 'no reason need be given')
})

t.test('a mentor of another organization does not exist', async (t) => {
  const { mentor, as, world, operator } = await ready(t)
  const id = await mentor()
  const stranger = await as(world.otherOperator)
  t.equal((await stranger.get(`/v1/mentors/${id}`)).status, 404)
  t.equal((await stranger.patch(`/v1/mentors/${id}`, { capacity: 0 }, { 'if-match': '"v1"' })).status, 404)
  t.equal((await stranger.post(`/v1/mentors/${id}/status`, { status: 'ended' })).status, 404)
  t.same((await stranger.get('/v1/mentors')).body.data, [])
  t.match((await operator.get(`/v1/mentors/${id}`)).body, { status: 'active', capacity: 3 })
})

t.test('mentors are listed by status and type', async (t) => {
  const { mentor, applicant, operator } = await ready(t)
  const one = await mentor()
  const two = await applicant({ type: 'family_peer' })
  const listed = async (query: string) =>
    (await operator.get(`/v1/mentors?${query}`)).body.data.map(({ id }: { id: string }) => id)
  t.same(await listed('status=active'), [one])
  t.same(await listed('type=family_peer'), [two])
  t.same(await listed('status=active&type=family_peer'), [])
  t.same(await listed(''), [two, one])
})
