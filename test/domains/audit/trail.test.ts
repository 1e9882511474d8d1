import t from 'tap'
import { sampleConsent, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

const refusalsOf = (body: { data: { outcome: string }[] }) =>
  body.data.filter(({ outcome }) => outcome === 'denied')

t.test('a reading says who, for whom, from where, by which way and on what basis', async (t) => {
  const { as, createWorld } = await startService(t)
  const world = await createWorld()
  const [clinic, operator] = [await as(world.clinic), await as(world.operator)]
  const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
  await operator.get(`/v1/referrals/${referral.id}`, {
    'x-acting-user': 'coordinator-7',
    'x-request-id': 'reading-1',
  })
  const theirs = (await operator.get('/v1/audit-events?action=referrals.get')).body.data
  t.match(theirs, [
    {
      action: 'referrals.get',
      outcome: 'allowed',
      code: null,
      subjectType: 'referral',
      subjectId: referral.id,
      patientId: referral.patientId,
      clientId: world.operator.clientId,
      actingUser: 'coordinator-7',
      face: 'rest',
      clientAddress: '127.0.0.1',
      basis: { kind: 'consent', id: referral.consentId },
      requestId: 'reading-1',
    },
  ])
  const ours = (await clinic.get(`/v1/audit-events?patientId=${referral.patientId}`)).body.data
  t.ok(ours.length > 0)
  for (const event of ours) t.same(event.basis, { kind: 'own', id: null }, event.action)
})

t.test('what is refused leaves one row with its code and nothing of anybody', async (t) => {
  const { as, createWorld, stored } = await startService(t)
  const world = await createWorld()
  const elsewhere = await createWorld()
  const clinic = await as(world.clinic)
  const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
  const stranger = await as(world.otherOperator)
  const reader = await as(world.otherClinic, ['audit:read'])
  const attempts = [
    {
      what: 'another organization’s referral',
      by: world.otherOperator,
      attempt: () => stranger.get(`/v1/referrals/${referral.id}`),
      row: { action: 'referrals.get', code: 'not_found', subjectId: referral.id },
    },
    {
      what: 'a scope that the token lacks',
      by: world.otherClinic,
      attempt: () => reader.get(`/v1/patients/${referral.patientId}`),
      row: { action: 'patients.get', code: 'insufficient_scope', subjectId: referral.patientId },
    },
    {
      what: 'a consent that lacks an element',
      by: world.clinic,
      attempt: () =>
        clinic.post('/v1/consents', { patientId: referral.patientId, ...sampleConsent({ signatures: [] }) }),
      row: { action: 'consents.create', code: /^(consent_incomplete|invalid_input)$/ },
    },
    {
      what: 'a recipient of another network',
      by: world.clinic,
      attempt: () =>
        clinic.post('/v1/consents', {
          patientId: referral.patientId,
          ...sampleConsent(),
          recipients: [{ designation: 'named', organizationId: elsewhere.operator.organizationId }],
        }),
      row: { action: 'consents.create', code: /./ },
    },
  ]
  for (const { what, by, attempt, row } of attempts) {
    const before = (await stored<{ id: string }>(`select id from audit_events`)).map(({ id }) => id)
    const answer = await attempt()
    t.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.status}`)
    const all = await stored<{ id: string }>(`select * from audit_events`)
    const added = all.filter(({ id }) => !before.includes(id))
    t.equal(added.length, 1, `${what} is one row`)
    t.match(added, [{ outcome: 'denied', organization_id: by.organizationId, patient_id: null, basis: null }])
    const shown = (await (await as(by)).get('/v1/audit-events?outcome=denied&limit=1')).body.data
    t.match(shown, [{ ...row, outcome: 'denied', patientId: null, subjectType: null }], what)
  }
})

t.test('a misspelt request looked at nothing and leaves no row', async (t) => {
  const { as, createWorld, stored } = await startService(t)
  const world = await createWorld()
  t.match(await (await as(world.clinic)).post('/v1/referrals', { misspelt: true }), { status: 422 })
  t.same(await stored(`select * from audit_events where outcome = 'denied'`), [])
})

t.test('no row, no answer: neither to what is allowed nor to what is refused', async (t) => {
  const { as, createWorld, stored, unknownId } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
  await stored('revoke insert on audit_events from alongside_app')
  t.teardown(() => stored('grant insert on audit_events to alongside_app'))
  const read = await clinic.get(`/v1/referrals/${referral.id}`)
  t.equal(read.status, 500)
  t.notOk(JSON.stringify(read.body).includes(referral.patientId), 'no data')
  t.match(await clinic.get(`/v1/referrals/${unknownId()}`), {
    status: 503,
    body: { code: 'service_unavailable' },
  })
})

t.test(
  'the trail is searched by each of its members, page by page, and by its own organization only',
  async (t) => {
    const { as, createWorld, time } = await startService(t)
    const world = await createWorld()
    const [clinic, operator] = [await as(world.clinic), await as(world.operator)]
    const first = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
    time.forward({ hours: 1 })
    const between = time.now().toISOString()
    time.forward({ hours: 1 })
    await clinic.get(`/v1/referrals/${first.id}`, { 'x-acting-user': 'nurse-1' })
    await clinic.get(`/v1/referrals/${first.id}`)
    const search = async (query: string) => (await clinic.get(`/v1/audit-events?${query}`)).body.data
    t.equal((await search('actingUser=nurse-1')).length, 1)
    t.equal((await search(`subjectId=${first.id}&action=referrals.get`)).length, 2)
    t.equal((await search(`subjectType=referral&from=${between}`)).length, 2)
    const before = await search(`patientId=${first.patientId}&to=${between}`)
    t.ok(before.length > 0)
    for (const { action } of before) t.equal(action, 'referrals.create')
    t.same(await search(`clientId=${world.operator.clientId}`), [])
    t.same(refusalsOf({ data: await search('outcome=denied') }), [])
    t.same((await operator.get(`/v1/audit-events?patientId=${first.patientId}`)).body.data, [])

    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { data: { id: string }[]; nextCursor: string | null } = (
        await clinic.get(
          `/v1/audit-events?clientId=${world.clinic.clientId}&to=2027-01-01T00:00:00Z&limit=2${cursor && `&cursor=${cursor}`}`,
        )
      ).body
      seen.push(...page.data.map(({ id }) => id))
      cursor = page.nextCursor
      if (seen.length > 30) break
    }
    t.equal(new Set(seen).size, seen.length)
    t.ok(seen.length > 5)
  },
)

t.test('who looks into the trail is in it', async (t) => {
  const { as, createWorld } = await startService(t)
  const clinic = await as((await createWorld()).clinic)
  await clinic.get('/v1/audit-events')
  t.match((await clinic.get('/v1/audit-events')).body.data, [{ action: 'auditEvents.list' }])
})
