import t, { type Test } from 'tap'
import { sampleConsent, samplePatient, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

async function ready(t: Test) {
  const started = await startService(t)
  const world = await started.createWorld()
  const clinic = await started.as(world.clinic)
  const operator = await started.as(world.operator)
  const agree = (changes: object = {}) =>
    clinic.post('/v1/agreements', {
      kind: 'qsoa',
      counterpartyOrganizationId: world.operator.organizationId,
      justification: 'Sample: keeps records for the program.',
      signedOn: '2026-11-01',
      ...changes,
    })
  const withoutConsent = () => sampleReferral(world.programId, { consent: undefined })
  return { ...started, world, clinic, operator, agree, withoutConsent }
}

t.test(
  'without an agreement every other organization needs a consent; with one it serves, and no notice is due',
  async (t) => {
    const { clinic, operator, agree, withoutConsent, stored, world } = await ready(t)
    t.match(await clinic.post('/v1/referrals', withoutConsent()), {
      status: 422,
      body: { errors: [{ pointer: '#/consent', code: 'required' }] },
    })
    t.match(await agree(), { status: 201, body: { inForce: true } })
    const made = await clinic.post('/v1/referrals', withoutConsent())
    t.match(made, { status: 201, body: { consentId: null } })
    const seen = (await operator.get(`/v1/referrals/${made.body.id}`)).body
    t.match(seen, { status: 'requested', reason: ['transition_of_care'] })
    t.notOk('disclosure' in seen, 'a communication with a service organization is no disclosure')
    t.same(await stored('select id from disclosures'), [])
    const asked = {
      patientId: made.body.patientId,
      recipient: { organizationId: world.operator.organizationId },
      dataClasses: ['identity'],
    }
    t.match((await clinic.post('/v1/consents/check', asked)).body, {
      decision: 'permit',
      relationship: 'qso',
    })
  },
)

t.test('under administrative control it says too what was left out', async (t) => {
  const { clinic, operator, agree, withoutConsent } = await ready(t)
  const some = { kind: 'administrative_control', dataClasses: ['identity', 'referral_status'] }
  t.equal((await agree(some)).status, 201)
  const { patientId } = (await clinic.post('/v1/referrals', withoutConsent())).body
  const seen = (await operator.get(`/v1/patients/${patientId}`)).body
  t.match(seen, { name: 'Sample Patient', redacted: ['contact'] })
  t.notOk('contact' in seen)
  t.notOk('disclosure' in seen, 'within one administration it is no disclosure')
})

t.test('nobody opens the records of another by an agreement of their own making', async (t) => {
  const { clinic, operator, world, stored } = await ready(t)
  const narrow = sampleConsent({
    recipients: [{ organizationId: world.operator.organizationId }],
    dataClasses: ['identity', 'referral_status'],
  })
  const { patientId, consentId } = (
    await clinic.post('/v1/referrals', sampleReferral(world.programId, { consent: narrow }))
  ).body
  for (const kind of ['qsoa', 'administrative_control'])
    t.match(
      await operator.post('/v1/agreements', {
        kind,
        counterpartyOrganizationId: world.clinic.organizationId,
        justification: 'Sample: says that the clinic is its own.',
        signedOn: '2026-11-01',
      }),
      { status: 201 },
      'it may say so of its own records',
    )
  const path = `/v1/patients/${patientId}`
  t.match(
    (await operator.get(path)).body,
    { redacted: ['contact'], disclosure: { consentId } },
    'and still reads no more than the person has allowed',
  )
  t.equal((await clinic.post(`/v1/consents/${consentId}/revoke`, {})).status, 200)
  t.equal((await operator.get(path)).status, 404)
  t.match(await stored('select reader_ids from patients where id = $1', [patientId]), [{ reader_ids: [] }])
})

t.test('an agreement that ends takes with it what rested on it alone', async (t) => {
  const { clinic, operator, agree, withoutConsent, world } = await ready(t)
  const agreement = (await agree()).body
  const alone = (await clinic.post('/v1/referrals', withoutConsent())).body
  const consented = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
  t.equal(
    (await operator.post(`/v1/agreements/${agreement.id}/terminate`, {})).status,
    404,
    'not the counterparty’s to end',
  )
  t.match((await clinic.post(`/v1/agreements/${agreement.id}/terminate`, { reason: 'Sample' })).body, {
    inForce: false,
  })
  t.match((await clinic.get(`/v1/referrals/${alone.id}`)).body, { status: 'cancelled' })
  t.equal((await operator.get(`/v1/referrals/${alone.id}`)).status, 404)
  t.equal((await operator.get(`/v1/referrals/${consented.id}`)).status, 200)
  t.equal((await clinic.post(`/v1/agreements/${agreement.id}/terminate`, {})).status, 409)
})

t.test(
  'a service organization needs a reason on file; a court order needs a subpoena; a BAA permits nothing',
  async (t) => {
    const { clinic, agree, withoutConsent, unknownId, world } = await ready(t)
    const faults = async (changes: object) =>
      (await agree(changes)).body.errors.map(
        ({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`,
      )
    t.strictSame(await faults({ justification: undefined }), ['#/justification required'])
    t.strictSame(await faults({ kind: 'court_order', justification: undefined }), [
      '#/patientId required',
      '#/orderSection required',
      '#/subpoenaReference required',
      '#/endsOn required',
    ])
    t.strictSame(await faults({ endsOn: '2026-10-01' }), ['#/endsOn ends_before_start'])
    t.strictSame(await faults({ counterpartyOrganizationId: unknownId() }), [
      '#/counterpartyOrganizationId unknown_organization',
    ])
    t.strictSame(await faults({ counterpartyOrganizationId: world.clinic.organizationId }), [
      '#/counterpartyOrganizationId unknown_organization',
    ])
    t.equal((await agree({ kind: 'baa' })).status, 201)
    t.equal((await clinic.post('/v1/referrals', withoutConsent())).status, 422)
  },
)

t.test('a court order opens one record, for that purpose, until it ends, and is in the ledger', async (t) => {
  const { clinic, as, world, agree, stored, time } = await ready(t)
  const court = await as(world.otherClinic)
  const patient = (await clinic.post('/v1/patients', samplePatient())).body
  const another = (await clinic.post('/v1/patients', samplePatient())).body
  const order = await agree({
    kind: 'court_order',
    justification: undefined,
    counterpartyOrganizationId: world.otherClinic.organizationId,
    patientId: patient.id,
    dataClasses: ['identity'],
    reference: 'SAMPLE-ORDER-1',
    orderSection: '2.64',
    subpoenaReference: 'SAMPLE-SUBPOENA-1',
    endsOn: '2026-11-30',
  })
  t.equal(order.status, 201)
  const path = `/v1/patients/${patient.id}`
  const purpose = { 'x-purpose-of-use': 'legal_proceeding' }
  t.equal((await court.get(path)).status, 404, 'not for treatment')
  t.match(await court.get(path, purpose), {
    status: 200,
    body: { name: 'Sample Patient', redacted: ['contact'] },
  })
  t.equal((await court.get(`/v1/patients/${another.id}`, purpose)).status, 404)
  t.match(await stored('select basis, purpose from disclosures'), [
    { basis: 'court_order', purpose: 'legal_proceeding' },
  ])
  time.set('2026-12-01T00:00:00Z')
  t.equal((await court.get(path, purpose)).status, 404)
  t.match(await court.get(path, { 'x-purpose-of-use': 'curiosity' }), {
    status: 400,
    body: { code: 'invalid_purpose' },
  })
})

t.test(
  'a general designation covers whoever treats the person, from when it is said until it ends',
  async (t) => {
    const { clinic, as, world } = await ready(t)
    const hospital = await as(world.otherClinic)
    const patient = (await clinic.post('/v1/patients', samplePatient())).body
    const general = sampleConsent({ kind: 'tpo_single', recipients: [{ designation: 'general' }] })
    t.equal((await clinic.post('/v1/consents', { patientId: patient.id, ...general })).status, 201)
    const path = `/v1/patients/${patient.id}`
    t.equal((await hospital.get(path)).status, 404, 'nobody said that it treats them')
    const treats = await clinic.post(`${path}/treating-relationships`, {
      treatingOrganizationId: world.otherClinic.organizationId,
    })
    t.equal(treats.status, 201)
    t.match((await hospital.get(path)).body, { name: 'Sample Patient', disclosure: { basis: 'consent' } })
    t.equal(
      (
        await clinic.post(`${path}/treating-relationships`, {
          treatingOrganizationId: world.otherClinic.organizationId,
        })
      ).status,
      409,
    )
    t.match((await clinic.post(`/v1/treating-relationships/${treats.body.id}/end`, {})).body, {
      endedOn: '2026-11-18',
    })
    t.equal((await hospital.get(path)).status, 404)
    const notTpo = sampleConsent({ purposes: ['patient_request'], recipients: [{ designation: 'general' }] })
    t.match(await clinic.post('/v1/consents', { patientId: patient.id, ...notTpo }), {
      status: 422,
      body: { errors: [{ code: 'consent_general_designation_not_allowed' }] },
    })
  },
)

t.test('an intermediary is designated with its members, and they receive as they are named', async (t) => {
  const { clinic, operator, as, world } = await ready(t)
  const other = await as(world.otherOperator)
  const hub = world.operator.organizationId
  await operator.patch(`/v1/organizations/${hub}`, { part2Status: ['intermediary'] }, { 'if-match': '*' })
  const patient = (await clinic.post('/v1/patients', samplePatient())).body
  const designate = (recipient: object) =>
    clinic.post('/v1/consents', { patientId: patient.id, ...sampleConsent({ recipients: [recipient] }) })
  const missing = 'consent_intermediary_members_missing'
  t.match(await designate({ organizationId: hub }), { status: 422, body: { errors: [{ code: missing }] } })
  t.match(await designate({ designation: 'intermediary', organizationId: hub }), {
    body: { errors: [{ code: missing }] },
  })
  const members = [{ organizationId: world.otherOperator.organizationId }]
  t.equal((await designate({ designation: 'intermediary', organizationId: hub, members })).status, 201)
  t.equal((await other.get(`/v1/patients/${patient.id}`)).status, 200)
  t.equal((await (await as(world.otherClinic)).get(`/v1/patients/${patient.id}`)).status, 404)
})

// compliance: a general designation under an intermediary without treating relationship is denied.
t.test('through an intermediary whoever treats the person receives, and nobody else', async (t) => {
  const { clinic, operator, as, world } = await ready(t)
  const hub = world.operator.organizationId
  await operator.patch(`/v1/organizations/${hub}`, { part2Status: ['intermediary'] }, { 'if-match': '*' })
  const patient = (await clinic.post('/v1/patients', samplePatient())).body
  const recipients = [{ designation: 'intermediary', organizationId: hub, treatingParticipants: true }]
  await clinic.post('/v1/consents', { patientId: patient.id, ...sampleConsent({ recipients }) })
  const hospital = await as(world.otherClinic)
  const asked = {
    patientId: patient.id,
    recipient: { organizationId: world.otherClinic.organizationId },
    dataClasses: ['identity'],
  }
  t.match((await clinic.post('/v1/consents/check', asked)).body, {
    decision: 'deny',
    reasons: ['treating_relationship_missing'],
  })
  t.equal((await hospital.get(`/v1/patients/${patient.id}`)).status, 404)
  await clinic.post(`/v1/patients/${patient.id}/treating-relationships`, {
    treatingOrganizationId: world.otherClinic.organizationId,
  })
  t.equal((await hospital.get(`/v1/patients/${patient.id}`)).status, 200)
})

t.test('a recipient bound by HIPAA is told of only with the statement that it may redisclose', async (t) => {
  const { clinic, operator, world } = await ready(t)
  await operator.patch(
    `/v1/organizations/${world.operator.organizationId}`,
    { part2Status: ['covered_entity'] },
    { 'if-match': '*' },
  )
  const statements = { rightToRevoke: true, redisclosurePotential: true, refusalConsequences: true }
  const refer = (said: object) =>
    clinic.post(
      '/v1/referrals',
      sampleReferral(world.programId, {
        consent: sampleConsent({
          recipients: [{ organizationId: world.operator.organizationId }],
          statements: said,
        }),
      }),
    )
  t.equal((await refer(statements)).status, 201, 'one statement of redisclosure is enough where it is made')
  t.match(await refer({ ...statements, hipaaRedisclosure: false }), {
    status: 422,
    body: {
      errors: [
        { pointer: '#/consent/statements/hipaaRedisclosure', code: 'consent_hipaa_statement_missing' },
      ],
    },
  })
})
