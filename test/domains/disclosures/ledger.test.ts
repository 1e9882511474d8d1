import t from 'tap'
import { sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

t.test(
  'each disclosure is a whole entry, read by the one that made it and the one that received it',
  async (t) => {
    const { as, createWorld } = await startService(t)
    const world = await createWorld()
    const [clinic, operator, other] = [
      await as(world.clinic),
      await as(world.operator),
      await as(world.otherOperator),
    ]
    const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
    const read = (await operator.get(`/v1/referrals/${referral.id}`, { 'x-request-id': 'reading-1' })).body
    const [entry] = (await clinic.get(`/v1/disclosures?patientId=${referral.patientId}`)).body.data
    t.match(entry, {
      id: read.disclosure.id,
      organizationId: world.clinic.organizationId,
      patientId: referral.patientId,
      recipient: {
        organizationId: world.operator.organizationId,
        name: 'Sample Recovery Community',
        clientId: world.operator.clientId,
      },
      basis: 'consent',
      consentId: referral.consentId,
      designation: 'named',
      purpose: 'treatment',
      dataClasses: ['referral_status', 'referral_reason'],
      description: 'The status of the referral; the reason of the referral',
      fieldsHash: /^[0-9a-f]{64}$/,
      subjectType: 'referral',
      subjectId: referral.id,
      method: 'api',
      viaEhr: true,
      noticeVersion: '2024-1',
      consentCopySent: true,
      ruleVersion: 'decide-3',
      requestId: 'reading-1',
      manual: false,
    })
    t.same((await operator.get(`/v1/disclosures/${entry.id}`)).body, entry, 'the recipient reads the same')
    t.match(await other.get(`/v1/disclosures/${entry.id}`), { status: 404 })
    t.same((await other.get('/v1/disclosures')).body.data, [])
    const toOperator = `recipientOrganizationId=${world.operator.organizationId}`
    t.equal((await clinic.get(`/v1/disclosures?${toOperator}`)).body.data.length, 1)
    t.same((await clinic.get(`/v1/disclosures?${toOperator}&to=2026-11-18T18:59:59Z`)).body.data, [])
  },
)

t.test(
  'what was said or faxed is entered by hand, sealed where it names people, and corrected by a further entry',
  async (t) => {
    const { as, createWorld, stored } = await startService(t)
    const world = await createWorld()
    const clinic = await as(world.clinic)
    const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
    const said = {
      patientId: referral.patientId,
      at: '2026-11-17T16:00:00Z',
      recipient: { name: 'Sample Hospital', person: 'Sample Nurse', address: '1 Sample Street' },
      basis: 'consent',
      consentId: referral.consentId,
      purpose: 'treatment',
      dataClasses: ['identity'],
      method: 'fax',
    }
    const first = await clinic.post('/v1/disclosures', said)
    t.match(first, {
      status: 201,
      body: { manual: true, recipient: said.recipient, method: 'fax', viaEhr: false },
    })
    const rows = await stored<{ row: string }>('select row_to_json(d)::text as row from disclosures d')
    t.notMatch(rows.map(({ row }) => row).join(), /Sample Nurse|Sample Street/, 'people are sealed at rest')
    const corrected = await clinic.post('/v1/disclosures', {
      ...said,
      method: 'phone',
      correctsId: first.body.id,
    })
    t.match(corrected, { status: 201, body: { correctsId: first.body.id } })
    t.match((await clinic.get(`/v1/disclosures/${first.body.id}`)).body, { correctedById: corrected.body.id })
    t.match(
      await clinic.post('/v1/disclosures', { ...said, correctsId: first.body.id }),
      { status: 409, body: { code: 'transition_not_allowed' } },
      'once: the correction is what is corrected next',
    )
    const accounting = (await clinic.get(`/v1/patients/${referral.patientId}/accounting`)).body
    t.match(accounting.lines, [{ recipient: { name: 'Sample Hospital', address: '1 Sample Street' } }])
    t.equal(accounting.lines.length, 1, 'only what stands now is accounted for')
  },
)

t.test('an entry that names what is not there is refused, fault by fault', async (t) => {
  const { as, createWorld, unknownId } = await startService(t)
  const world = await createWorld()
  const elsewhere = await createWorld()
  const clinic = await as(world.clinic)
  const answer = await clinic.post('/v1/disclosures', {
    patientId: unknownId(),
    at: '2026-11-19T00:00:00Z',
    recipient: { organizationId: elsewhere.operator.organizationId },
    basis: 'consent',
    consentId: unknownId(),
    purpose: 'treatment',
    dataClasses: ['identity'],
    method: 'verbal',
    correctsId: unknownId(),
  })
  t.same(
    answer.body.errors.map(({ code }: { code: string }) => code),
    ['unknown_patient', 'unknown_consent', 'unknown_organization', 'unknown_disclosure', 'in_future'],
  )
})

t.test('the person reads who was told what, and who looked, with a token of their own', async (t) => {
  const { as, createWorld, withToken } = await startService(t)
  const world = await createWorld()
  const [clinic, operator] = [await as(world.clinic), await as(world.operator)]
  const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
  const another = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
  await operator.get(`/v1/referrals/${referral.id}`)
  await operator.get(`/v1/referrals/${another.id}`)
  const tokenOf = async (id: string) => {
    const asked = await clinic.post('/v1/portal-tokens', { subject: { type: 'patient', id } })
    return withToken(asked.body.accessToken)
  }
  const patient = await tokenOf(referral.patientId)
  const path = `/v1/patients/${referral.patientId}`
  const told = (await patient.get(`${path}/disclosures`)).body.data
  t.match(told, [{ subjectId: referral.id, recipient: { name: 'Sample Recovery Community' } }])
  t.equal(told.length, 1)
  const looked = (await patient.get(`${path}/accesses`)).body.data
  t.ok(
    looked.some(
      (one: { organizationName: string; action: string; day: string }) =>
        one.organizationName === 'Sample Recovery Community' &&
        one.action === 'referrals.get' &&
        one.day === '2026-11-18',
    ),
    'by organization, day and kind',
  )
  const byHolder = (await clinic.get(`${path}/accesses`)).body.data
  t.ok(byHolder.length > 0)
  t.ok(
    byHolder.every(
      ({ organizationId }: { organizationId: string }) => organizationId === world.clinic.organizationId,
    ),
    'the holder reads what its own clients did: the work of another is the person’s to see',
  )
  t.same((await clinic.get(`${path}/disclosures`)).body.data.length, 1, 'the holder reads it too')
  for (const what of ['disclosures', 'accesses', 'accounting'])
    for (const [who, api] of [
      ['another patient', await tokenOf(another.patientId)],
      ['the recipient', operator],
    ] as const)
      t.match(await api.get(`${path}/${what}`), { status: 404 }, `${who}: ${what}`)
  t.match(await patient.get('/v1/disclosures'), { status: 403 })
  t.match(await patient.get('/v1/audit-events'), { status: 403 })
})

t.test('no row of the ledger, no data', async (t) => {
  const { as, createWorld, stored } = await startService(t)
  const world = await createWorld()
  const [clinic, operator] = [await as(world.clinic), await as(world.operator)]
  const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
  await stored('revoke insert on disclosures from alongside_app')
  t.teardown(() => stored('grant insert on disclosures to alongside_app'))
  const read = await operator.get(`/v1/referrals/${referral.id}`)
  t.equal(read.status, 500)
  t.notOk(JSON.stringify(read.body).includes(referral.patientId))
})

t.test('under a qualified service agreement it is audited and no disclosure; an audit is both', async (t) => {
  const { as, createWorld } = await startService(t)
  const world = await createWorld()
  const [clinic, operator, inspector] = [
    await as(world.clinic),
    await as(world.operator),
    await as(world.otherClinic),
  ]
  const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
  const agree = (body: object) =>
    clinic.post('/v1/agreements', { signedOn: '2026-11-01', ...body }).then(({ body }) => body)
  const qsoa = await agree({
    kind: 'qsoa',
    counterpartyOrganizationId: world.operator.organizationId,
    justification: 'Sample: runs the program’s telephone line.',
  })
  t.match(await operator.get(`/v1/referrals/${referral.id}`), { status: 200 })
  t.same((await clinic.get('/v1/disclosures')).body.data, [])
  t.match((await operator.get('/v1/audit-events?action=referrals.get')).body.data, [
    { basis: { kind: 'qso', id: qsoa.id } },
  ])
  const approval = await agree({
    kind: 'audit',
    counterpartyOrganizationId: world.otherClinic.organizationId,
    patientId: referral.patientId,
    reference: 'Sample audit 1',
    endsOn: '2026-12-31',
  })
  const looked = await inspector.get(`/v1/patients/${referral.patientId}`, { 'x-purpose-of-use': 'audit' })
  t.match(looked, { status: 200 })
  t.match((await clinic.get('/v1/disclosures')).body.data, [
    { basis: 'audit', approvalId: approval.id, consentId: null, noticeVersion: null, purpose: 'audit' },
  ])
})
