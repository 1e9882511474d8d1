import { readFileSync } from 'node:fs'
import t from 'tap'
import { heldBack } from './hold.ts'
import { ready, sampleCredential, sampleScreening } from './ready.ts'

const faults = ({ body }: { body: { errors?: { pointer: string; code: string }[] } }) =>
  (body.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`).sort()

t.test(
  'a screening keeps the class of its result and the decision, and has no place for a report',
  async (t) => {
    const { mentor, operator, eligibility } = await ready(t)
    const id = await mentor()
    const path = `/v1/mentors/${id}/screenings`
    const { status, body, headers } = await operator.post(path, sampleScreening({ rationale: 'Reviewed.' }))
    t.equal(status, 201)
    t.equal(headers.location, `/v1/screenings/${body.id}`)
    t.match(body, {
      mentorId: id,
      resultClass: 'clear',
      decision: 'eligible',
      enteredInError: false,
      version: 1,
    })
    t.same((await operator.get(`/v1/screenings/${body.id}`)).body, body)
    t.same((await operator.get(path)).body, { data: [body], nextCursor: null })
    const reported = await operator.post(
      path,
      sampleScreening({ report: 'ZZ', reportUrl: 'https://zz.example' }),
    )
    t.same(faults(reported), ['#/report unknown_field', '#/reportUrl unknown_field'])
    t.match(await eligibility(id), { eligible: true })
  },
)

t.test(
  'a decision is taken anew by naming who takes it, and never on what was entered in error',
  async (t) => {
    const { mentor, operator, screening, stored } = await ready(t)
    const { id } = await screening(await mentor(), { decision: undefined })
    const path = `/v1/screenings/${id}`
    t.match((await operator.get(path)).body, { decision: 'pending' })
    t.same(faults(await operator.post(`${path}/decide`, { decision: 'eligible' })), ['#/decidedBy required'])
    const by = { decidedBy: 'Sample Lead' }
    t.same(faults(await operator.post(`${path}/decide`, { decision: 'pending', ...by })), [
      '#/decision invalid_code',
    ])
    const decided = await operator.post(`${path}/decide`, {
      decision: 'not_eligible',
      rationale: 'Reviewed.',
      ...by,
    })
    t.match(decided.body, { decision: 'not_eligible', rationale: 'Reviewed.', ...by, version: 2 })
    const stale = await operator.post(
      `${path}/decide`,
      { decision: 'eligible', ...by },
      { 'if-match': '"v1"' },
    )
    t.match(stale, { status: 412, body: { code: 'version_conflict' } })
    t.match((await operator.post(`${path}/decide`, { decision: 'eligible', ...by })).body, {
      decision: 'eligible',
      rationale: null,
      version: 3,
    })
    t.match((await operator.post(`${path}/enter-in-error`, {})).body, { enteredInError: true, version: 4 })
    t.match(
      (await operator.post(`${path}/enter-in-error`, {})).body,
      { version: 4 },
      'saying it twice changes nothing',
    )
    t.match(await operator.post(`${path}/decide`, { decision: 'eligible', ...by }), {
      status: 409,
      body: { code: 'transition_not_allowed' },
    })
    const events = await stored<{ type: string; codes: object }>(
      `select type, codes from events where subject_id = $1 order by id`,
      [id],
    )
    t.same(
      events.map(({ type }) => type),
      ['screening.recorded', 'screening.updated', 'screening.updated', 'screening.updated'],
    )
    for (const { codes } of events) t.same(codes, { kind: 'background_check' }, 'an event tells no result')
  },
)

t.test('a credential is verified, revoked, or found to be an error', async (t) => {
  const { mentor, operator, credential } = await ready(t)
  const id = await mentor()
  const made = await credential(id)
  t.match(made, { status: 'active', verification: 'self_declared', verifiedBy: null, verifiedOn: null })
  const path = `/v1/credentials/${made.id}`
  t.same((await operator.get(path)).body, made)
  const verified = {
    verification: 'issuer_confirmed',
    verifiedBy: 'Sample Coordinator',
    verifiedOn: '2026-11-18',
  }
  t.match((await operator.post(`${path}/verify`, verified)).body, { ...verified, version: 2 })
  t.match((await operator.post(`${path}/revoke`, {})).body, { status: 'revoked', version: 3 })
  t.match((await operator.post(`${path}/revoke`, {})).body, { version: 3 }, 'saying it twice changes nothing')
  t.match(await operator.post(`${path}/verify`, verified), {
    status: 409,
    body: { code: 'transition_not_allowed' },
  })
  t.match((await operator.post(`${path}/enter-in-error`, {})).body, {
    status: 'entered_in_error',
    version: 4,
  })
  t.match((await operator.post(`${path}/enter-in-error`, {})).body, { version: 4 })
  t.match(await operator.post(`${path}/revoke`, {}), {
    status: 409,
    body: { code: 'transition_not_allowed' },
  })
  t.match((await operator.get(`/v1/mentors/${id}/credentials`)).body, {
    data: [{ id: made.id }],
    nextCursor: null,
  })
})

t.test('two credentials of a code and jurisdiction never hold on the same day', async (t) => {
  const { mentor, operator, credential } = await ready(t)
  const id = await mentor()
  await credential(id, { issuedOn: '2024-11-18', expiresOn: '2026-11-17' })
  const record = (changes: object) =>
    operator.post(`/v1/mentors/${id}/credentials`, sampleCredential(changes))
  const refused = { status: 409, body: { code: 'credential_overlaps' } }
  t.match(await record({ issuedOn: '2026-11-17', expiresOn: '2028-11-17' }), refused, 'the last day is a day')
  t.match(await record({ issuedOn: '2022-11-18', expiresOn: '2024-11-18' }), refused, 'so is the first')
  t.match(await record({ issuedOn: '2025-01-01', expiresOn: '2025-02-01' }), refused, 'within')
  t.match(
    await record({ issuedOn: '2020-01-01', expiresOn: undefined }),
    refused,
    'what never ends covers all',
  )
  t.equal(
    (await record({ issuedOn: '2022-11-18', expiresOn: '2024-11-17' })).status,
    201,
    'the one before it',
  )
  const renewed = await record({ issuedOn: '2026-11-18', expiresOn: undefined })
  t.equal(renewed.status, 201, 'a renewal begins the day after')
  t.match(await record({ issuedOn: '2026-11-18', expiresOn: '2028-01-01' }), refused, 'it has no end')
  t.equal((await record({ jurisdiction: 'US-CO' })).status, 201, 'elsewhere it is another')
  t.equal((await record({ jurisdiction: undefined })).status, 201)
  t.match(await record({ jurisdiction: undefined }), refused, 'no jurisdiction is one too')
  t.equal((await record({ code: 'ncprss' })).status, 201)
  t.equal((await operator.post(`/v1/mentors/${await mentor()}/credentials`, sampleCredential())).status, 201)
  await operator.post(`/v1/credentials/${renewed.body.id}/revoke`, {})
  t.equal((await record({ issuedOn: '2026-11-18' })).status, 201, 'one that was revoked holds on no day')
})

t.test('of many that record an overlapping credential at once, one is recorded', async (t) => {
  const { mentor, operator, stored, owner } = await ready(t)
  const id = await mentor()
  const days = ['2026-01-01', '2026-02-01', '2026-03-01', '2026-04-01']
  const record = (issuedOn: string) => () =>
    operator.post(`/v1/mentors/${id}/credentials`, sampleCredential({ issuedOn }))
  const answers = await heldBack(owner, id, days.map(record))
  t.same(answers.map(({ status }) => status).sort(), [201, 409, 409, 409])
  t.same(await stored('select count(*)::int as n from mentor_credentials'), [{ n: 1 }])
})

t.test('dates that cannot be are refused where they stand', async (t) => {
  const { mentor, operator, stored, credential } = await ready(t)
  const id = await mentor()
  const credentialWith = (changes: object) =>
    operator.post(`/v1/mentors/${id}/credentials`, sampleCredential(changes))
  const screeningWith = (changes: object) =>
    operator.post(`/v1/mentors/${id}/screenings`, sampleScreening(changes))
  t.same(faults(await credentialWith({ issuedOn: '2026-11-18', expiresOn: '2026-11-17' })), [
    '#/expiresOn expires_before_start',
  ])
  t.same(faults(await credentialWith({ issuedOn: '2026-11-18', expiresOn: '2026-11-18' })), [
    '#/expiresOn expires_before_start',
  ])
  t.same(faults(await screeningWith({ performedOn: '2026-11-02', expiresOn: '2026-11-01' })), [
    '#/expiresOn expires_before_start',
  ])
  const seen = { verification: 'document_seen', verifiedBy: 'Sample Coordinator' }
  t.same(
    faults(
      await credentialWith({
        issuedOn: '2026-11-20',
        expiresOn: undefined,
        ...seen,
        verifiedOn: '2026-11-20',
      }),
    ),
    ['#/issuedOn date_in_future', '#/verifiedOn date_in_future'],
  )
  t.same(faults(await screeningWith({ performedOn: '2026-11-20' })), ['#/performedOn date_in_future'])
  t.same(await stored('select id from mentor_credentials union all select id from mentor_screenings'), [])
  t.equal(
    (await screeningWith({ performedOn: '2026-11-19' })).status,
    201,
    'east of here it is tomorrow already',
  )
  const { id: paper } = await credential(id)
  t.same(
    faults(await operator.post(`/v1/credentials/${paper}/verify`, { ...seen, verifiedOn: '2026-11-20' })),
    ['#/verifiedOn date_in_future'],
  )
})

t.test('members that go together are asked for together', async (t) => {
  const { mentor, operator } = await ready(t)
  const id = await mentor()
  const record = async (changes: object) =>
    faults(await operator.post(`/v1/mentors/${id}/credentials`, sampleCredential(changes)))
  t.same(await record({ verification: 'document_seen' }), ['#/verifiedBy required', '#/verifiedOn required'])
  t.same(await record({ verifiedBy: 'Sample Coordinator' }), ['#/verifiedBy conflicting_members'])
  t.same(await record({ jurisdiction: 'Delaware', code: 'IC&RC PR', number: 7 }), [
    '#/code invalid_format',
    '#/jurisdiction invalid_format',
    '#/number invalid_type',
  ])
  const demand = async (body: object) => faults(await operator.post('/v1/mentor-requirements', body))
  t.same(await demand({ item: 'screening', code: 'icrc_pr', leastVerification: 'document_seen' }), [
    '#/code invalid_code',
    '#/leastVerification conflicting_members',
  ])
  t.same(await demand({ item: 'credential', code: 'icrc_pr', validMonths: 0, mentorTypes: ['sponsor'] }), [
    '#/mentorTypes/0 invalid_code',
    '#/validMonths too_small',
  ])
  t.same(await demand({}), ['#/code required', '#/item required'])
})

t.test('the papers of a mentor are nobody else’s', async (t) => {
  const { mentor, screening, credential, demand, as, world, unknownId } = await ready(t)
  const id = await mentor()
  const [check, paper, requirement] = [await screening(id), await credential(id), await demand()]
  const stranger = await as(world.otherOperator)
  const reads = [
    `/v1/mentors/${id}/eligibility`,
    `/v1/mentors/${id}/screenings`,
    `/v1/mentors/${id}/credentials`,
    `/v1/screenings/${check.id}`,
    `/v1/credentials/${paper.id}`,
    `/v1/mentor-requirements/${requirement.id}`,
    `/v1/mentors/${unknownId()}/eligibility`,
  ]
  const verified = { verification: 'document_seen', verifiedBy: 'Nobody', verifiedOn: '2026-11-18' }
  const writes: [string, object][] = [
    [`/v1/mentors/${id}/screenings`, sampleScreening()],
    [`/v1/mentors/${id}/credentials`, sampleCredential({ code: 'ncprss' })],
    [`/v1/screenings/${check.id}/decide`, { decision: 'eligible', decidedBy: 'Nobody' }],
    [`/v1/screenings/${check.id}/enter-in-error`, {}],
    [`/v1/credentials/${paper.id}/verify`, verified],
    [`/v1/credentials/${paper.id}/revoke`, {}],
    [`/v1/credentials/${paper.id}/enter-in-error`, {}],
    [`/v1/mentor-requirements/${requirement.id}/end`, {}],
  ]
  for (const path of reads)
    t.match(await stranger.get(path), { status: 404, body: { code: 'not_found' } }, path)
  for (const [path, body] of writes)
    t.match(await stranger.post(path, body), { status: 404, body: { code: 'not_found' } }, path)
  const reader = await as(world.operator, ['mentors:read'])
  for (const [path, body] of writes)
    t.match(await reader.post(path, body), { status: 403, body: { code: 'insufficient_scope' } }, path)
  const writer = await as(world.operator, ['mentors:write'])
  for (const path of reads)
    t.match(await writer.get(path), { status: 403, body: { code: 'insufficient_scope' } }, path)
})

t.test(
  'every example of the guide can be demanded as it stands there, together with the others',
  async (t) => {
    const { operator } = await ready(t)
    const guide = readFileSync(
      new URL('../../../docs/guides/mentor-requirements.md', import.meta.url),
      'utf8',
    )
    const bodies = [...guide.matchAll(/```json\n([\s\S]*?)```/g)].map(([, body = '']) => body)
    t.ok(bodies.length > 8)
    for (const body of bodies)
      t.equal((await operator.post('/v1/mentor-requirements', body)).status, 201, body)
  },
)
