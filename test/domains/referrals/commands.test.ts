import t, { type Test } from 'tap'
import { samplePatient, sampleReferral } from '../../support/samples.ts'
import { type Api, startService } from '../../support/service.ts'

async function ready(t: Test) {
  const started = await startService(t)
  const world = await started.createWorld()
  const clinic = await started.as(world.clinic)
  const operator = await started.as(world.operator)
  const refer = async (changes: object = {}) =>
    (await clinic.post('/v1/referrals', sampleReferral(world.programId, changes))).body
  return { ...started, world, clinic, operator, refer }
}

const commands = (api: Api, id: string) =>
  api
    .get(`/v1/referrals/${id}/allowed-transitions`)
    .then(({ body }) => body.transitions.map(({ command }: { command: string }) => command))

t.test('each side is offered what it may do, and nothing else', async (t) => {
  const { clinic, operator, refer } = await ready(t)
  const { id } = await refer()
  t.same(await commands(clinic, id), ['cancel', 'enter_in_error'])
  t.same(await commands(operator, id), ['accept', 'reject', 'cancel'])
  await operator.post(`/v1/referrals/${id}/accept`, {})
  t.same(await commands(clinic, id), ['cancel', 'enter_in_error'])
  t.same(await commands(operator, id), ['cancel', 'hold', 'complete', 'fail', 'waitlist'])
  await operator.post(`/v1/referrals/${id}/cancel`, { reason: 'person_declined' })
  t.same(await commands(clinic, id), ['reopen'])
  t.same(await commands(operator, id), [])
  t.match(await clinic.post(`/v1/referrals/${id}/accept`, {}), {
    status: 409,
    body: { code: 'transition_not_allowed' },
  })
  t.match(await operator.post(`/v1/referrals/${id}/accept`, {}), {
    status: 409,
    body: { code: 'transition_not_allowed' },
  })
})

t.test('a referral is rejected with a coded reason, and a text where the code says nothing', async (t) => {
  const { clinic, operator, refer } = await ready(t)
  const { id } = await refer()
  t.match(await operator.post(`/v1/referrals/${id}/reject`, {}), {
    status: 422,
    body: { errors: [{ pointer: '#/reason', code: 'required' }] },
  })
  t.match(await operator.post(`/v1/referrals/${id}/reject`, { reason: 'person_declined' }), {
    status: 422,
    body: { errors: [{ pointer: '#/reason', code: 'invalid_code' }] },
  })
  t.match(await operator.post(`/v1/referrals/${id}/reject`, { reason: 'other' }), {
    status: 422,
    body: { errors: [{ pointer: '#/text', code: 'required' }] },
  })
  const rejected = await operator.post(`/v1/referrals/${id}/reject`, {
    reason: 'other',
    text: 'Sample reason',
  })
  t.match(rejected.body, {
    status: 'rejected',
    businessStatus: 'declined',
    statusReason: { code: 'other', text: 'Sample reason' },
    owner: null,
    nextAction: null,
  })
  t.match((await clinic.get(`/v1/referrals/${id}`)).body, {
    status: 'rejected',
    statusReason: { code: 'other' },
  })
})

t.test('a hold has an end, stops nothing else, and resuming starts the next clock', async (t) => {
  const { operator, clinic, refer, time } = await ready(t)
  const { id } = await refer()
  t.match(
    await operator.post(`/v1/referrals/${id}/hold`, { reason: 'incarcerated', resumeBy: '2026-12-01' }),
    { status: 409 },
  )
  await operator.post(`/v1/referrals/${id}/accept`, {})
  t.match(await operator.post(`/v1/referrals/${id}/hold`, { reason: 'incarcerated' }), {
    status: 422,
    body: { errors: [{ pointer: '#/resumeBy', code: 'required' }] },
  })
  for (const resumeBy of ['2026-11-17', '2028-11-17']) {
    t.match(await operator.post(`/v1/referrals/${id}/hold`, { reason: 'incarcerated', resumeBy }), {
      status: 422,
      body: { errors: [{ code: 'resume_by_out_of_range' }] },
    })
  }
  const held = await operator.post(`/v1/referrals/${id}/hold`, {
    reason: 'incarcerated',
    resumeBy: '2026-12-01',
  })
  t.match(held.body, {
    status: 'on_hold',
    resumeBy: '2026-12-01',
    nextAction: { code: 'review_hold', dueAt: '2026-12-02T07:00:00.000Z' },
    owner: { role: 'coordinator' },
  })
  t.match((await clinic.get(`/v1/referrals/${id}/engagement`)).body, {
    status: 'paused',
    reasons: [{ code: 'referral_on_hold' }],
  })
  time.forward({ days: 3 })
  t.match((await operator.post(`/v1/referrals/${id}/resume`, {})).body, {
    status: 'in_progress',
    businessStatus: 'awaiting_match',
    resumeBy: null,
    nextAction: { code: 'offer_mentor' },
  })
})

t.test('nobody completes what never began, or gives up without having tried', async (t) => {
  const { operator, refer } = await ready(t)
  const { id } = await refer()
  await operator.post(`/v1/referrals/${id}/accept`, {})
  t.match(await operator.post(`/v1/referrals/${id}/complete`, { outcome: 'goals_met' }), {
    status: 409,
    body: { code: 'two_way_contact_required' },
  })
  t.match(await operator.post(`/v1/referrals/${id}/fail`, { reason: 'unable_to_contact' }), {
    status: 409,
    body: { code: 'contact_attempts_required' },
  })
  t.match((await operator.post(`/v1/referrals/${id}/fail`, { reason: 'moved_away' })).body, {
    status: 'failed',
    businessStatus: 'not_completed',
  })
})

t.test('a closed referral is followed by a new one, once', async (t) => {
  const { clinic, operator, refer } = await ready(t)
  const first = await refer()
  t.match(await clinic.post(`/v1/referrals/${first.id}/reopen`, {}), {
    status: 409,
    body: { code: 'transition_not_allowed' },
  })
  await operator.post(`/v1/referrals/${first.id}/reject`, { reason: 'no_capacity' })
  t.match(await clinic.post(`/v1/referrals/${first.id}/reopen`, { placerId: first.placerId }), {
    status: 409,
    body: { code: 'natural_key_taken' },
  })
  const again = await clinic.post(`/v1/referrals/${first.id}/reopen`, {
    placerId: 'EHR-ORDER-AGAIN',
    priority: 'stat',
  })
  t.match(again, { status: 201, headers: { location: `/v1/referrals/${again.body.id}` } })
  t.match(again.body, {
    status: 'requested',
    replacesId: first.id,
    patientId: first.patientId,
    consentId: first.consentId,
    priority: 'stat',
    reason: first.reason,
  })
  t.match(await clinic.post(`/v1/referrals/${first.id}/reopen`, {}), {
    status: 409,
    body: { code: 'transition_not_allowed' },
  })
  t.match((await operator.get(`/v1/referrals/${again.body.id}`)).body, { status: 'requested' })
})

t.test('what was entered in error is marked so, and stays in the history', async (t) => {
  const { clinic, refer } = await ready(t)
  const { id } = await refer()
  t.match((await clinic.post(`/v1/referrals/${id}/enter-in-error`, { text: 'Wrong patient' })).body, {
    status: 'entered_in_error',
    nextAction: null,
  })
  const { body } = await clinic.get(`/v1/referrals/${id}/history`)
  t.match(body.data, [
    { command: 'request', fromStatus: null, status: 'requested' },
    { command: 'enter_in_error', fromStatus: 'requested', status: 'entered_in_error', text: 'Wrong patient' },
  ])
})

t.test('a change made with stale knowledge is refused, and a read without news is short', async (t) => {
  const { clinic, operator, refer } = await ready(t)
  const { id } = await refer()
  const { etag } = (await clinic.get(`/v1/referrals/${id}`)).headers
  t.match(etag, /^"v\d+"$/)
  t.match(await clinic.get(`/v1/referrals/${id}`, { 'if-none-match': String(etag) }), {
    status: 304,
    body: '',
  })
  await operator.post(`/v1/referrals/${id}/accept`, {}, { 'if-match': String(etag) })
  t.equal((await clinic.get(`/v1/referrals/${id}`, { 'if-none-match': String(etag) })).status, 200)
  const stale = { 'if-match': String(etag) }
  t.match(await clinic.post(`/v1/referrals/${id}/cancel`, { reason: 'person_declined' }, stale), {
    status: 412,
    body: { code: 'version_conflict' },
  })
  t.equal(
    (await clinic.post(`/v1/referrals/${id}/cancel`, { reason: 'person_declined' }, { 'if-match': '*' }))
      .status,
    200,
  )
})

t.test('of commands that race, one wins and the rest are told the new state', async (t) => {
  const { clinic, operator, refer, stored } = await ready(t)
  const { id } = await refer()
  const answers = await Promise.all([
    operator.post(`/v1/referrals/${id}/accept`, {}),
    operator.post(`/v1/referrals/${id}/reject`, { reason: 'no_capacity' }),
    clinic.post(`/v1/referrals/${id}/cancel`, { reason: 'requester_withdrew' }),
    operator.post(`/v1/referrals/${id}/accept`, {}),
  ])
  for (const { status } of answers) t.ok(status === 200 || status === 409, `${status}`)
  t.ok(answers.some(({ status }) => status === 200))
  const running = await stored('select count(*)::int as n from clocks where stopped_at is null')
  const { status } = (await clinic.get(`/v1/referrals/${id}`)).body
  t.same(running, [{ n: status === 'accepted' ? 1 : 0 }])
  const versions = await stored<{ version: number }>('select version from referrals')
  const steps = await stored<{ n: number }>('select count(*)::int as n from referral_transitions')
  t.same(versions, [{ version: steps[0]?.n }], 'each version is one step of the history')
})

t.test('lists page without gap or double, newest first, and follow changes in order', async (t) => {
  const { clinic, operator, refer, time, world, as } = await ready(t)
  const made: string[] = []
  for (let order = 0; order < 5; order += 1) {
    made.unshift((await refer()).id)
    time.forward({ minutes: 1 })
  }
  async function walk(api: Api, query: string) {
    const ids: string[] = []
    for (let path = `/v1/referrals?limit=2${query}`; path; ) {
      const { body, headers } = await api.get(path)
      ids.push(...body.data.map(({ id }: { id: string }) => id))
      t.equal(headers.link !== undefined, body.nextCursor !== null)
      path = body.nextCursor ? `/v1/referrals?limit=2${query}&cursor=${body.nextCursor}` : ''
    }
    return ids
  }
  t.same(await walk(clinic, ''), made)
  t.same(await walk(operator, ''), made)
  t.same(await walk(await as(world.otherClinic), ''), [])
  t.same(await walk(await as(world.otherOperator), ''), [])
  const since = time.now().toISOString()
  await operator.post(`/v1/referrals/${made[3]}/accept`, {})
  time.forward({ minutes: 1 })
  await operator.post(`/v1/referrals/${made[1]}/accept`, {})
  t.same(await walk(clinic, `&modifiedSince=${since}`), [made[3], made[1]])
  t.same(await walk(clinic, '&status=accepted'), [made[1], made[3]])
  const { placerId, patientId } = (await clinic.get(`/v1/referrals/${made[0]}`)).body
  t.same(await walk(clinic, `&placerId=${placerId}`), [made[0]])
  t.same(await walk(clinic, `&patientId=${patientId}`), [made[0]])
  t.equal((await walk(clinic, `&programId=${world.programId}`)).length, 5)
  t.same(await walk(clinic, `&programId=${world.otherProgramId}`), [])
})

t.test('without a program the network finds one that speaks, meets and serves as it must', async (t) => {
  const { clinic, world, as } = await ready(t)
  const other = await as(world.otherOperator)
  const spanish = (
    await other.post('/v1/programs', {
      name: 'Sample Linea',
      modes: ['phone'],
      languages: ['es'],
      serviceArea: ['802'],
    })
  ).body
  const open = (changes: object) => sampleReferral(world.programId, { programId: undefined, ...changes })
  const must = { preferences: { must: { languages: ['es'] } } }
  t.match((await clinic.post('/v1/referrals', open(must))).body, {
    programId: spanish.id,
    receivingOrganizationId: world.otherOperator.organizationId,
  })
  t.match(
    await clinic.post('/v1/referrals', open({ ...must, patient: samplePatient({ postalCode: '10001' }) })),
    { status: 422, body: { code: 'no_program_available' } },
  )
  t.match(
    (await clinic.post('/v1/referrals', open({ organizationId: world.operator.organizationId }))).body,
    { programId: world.programId },
  )
  t.match(
    await clinic.post(
      '/v1/referrals',
      open({ programId: world.programId, organizationId: world.otherOperator.organizationId }),
    ),
    {
      status: 422,
      body: { errors: [{ pointer: '#/organizationId', code: 'conflicting_members' }] },
    },
  )
  const { id, version } = (await other.get(`/v1/programs/${spanish.id}`)).body
  await other.patch(`/v1/programs/${id}`, { status: 'paused' }, { 'if-match': `"v${version}"` })
  t.match(await clinic.post('/v1/referrals', open({ programId: id })), {
    status: 422,
    body: { code: 'no_program_available' },
  })
})

t.test('an organization that serves its own patients needs no consent to refer to itself', async (t) => {
  const { operator, world } = await ready(t)
  const own = await operator.post('/v1/referrals', sampleReferral(world.programId, { consent: undefined }))
  t.match(own, {
    status: 201,
    body: {
      consentId: null,
      organizationId: world.operator.organizationId,
      receivingOrganizationId: world.operator.organizationId,
    },
  })
  t.equal((await operator.post(`/v1/referrals/${own.body.id}/accept`, {})).status, 200)
  const { body } = await operator.get(`/v1/referrals/${own.body.id}/engagement`)
  t.match(body, { status: 'awaiting_match' })
  t.notOk(body.disclosure, 'within one organization nothing is disclosed')
})
