import t, { type Test } from 'tap'
import { sampleConsent, samplePatient, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

async function ready(t: Test) {
  const started = await startService(t)
  const world = await started.createWorld()
  const clinic = await started.as(world.clinic)
  const operator = await started.as(world.operator)
  const refer = async (changes: object = {}) =>
    (await clinic.post('/v1/referrals', sampleReferral(world.programId, changes))).body
  return { ...started, world, clinic, operator, refer }
}

t.test(
  'the receiving organization sees a referral under the consent, with notice, scope and ledger row',
  async (t) => {
    const { operator, refer, stored, world } = await ready(t)
    const { id, patientId, consentId } = await refer()
    const { body } = await operator.get(`/v1/referrals/${id}`)
    t.match(body, {
      id,
      status: 'requested',
      reason: ['transition_of_care'],
      disclosure: {
        basis: 'consent',
        consentId,
        notice: {
          version: '2024-1',
          form: 'long',
          text: /^This record which has been disclosed to you is protected/,
        },
        consentCopy: { href: `/v1/consents/${consentId}`, sha256: /^[0-9a-f]{64}$/ },
        scope: {
          recipients: ['Sample Recovery Community'],
          purposes: ['treatment'],
          expiresOn: '2040-06-30',
          explanation: /through 2040-06-30/,
        },
      },
    })
    const ledger = await stored('select * from disclosures order by id')
    t.match(ledger, [
      {
        id: body.disclosure.id,
        organization_id: world.clinic.organizationId,
        recipient_organization_id: world.operator.organizationId,
        recipient_client_id: world.operator.clientId,
        patient_id: patientId,
        consent_id: consentId,
        purpose: 'treatment',
        subject_type: 'referral',
        subject_id: id,
        notice_version: '2024-1',
      },
    ])
    t.match((await operator.get(body.disclosure.consentCopy.href)).body, {
      id: consentId,
      status: 'active',
      documentSha256: body.disclosure.consentCopy.sha256,
    })
  },
)

t.test('an own record carries no notice and no ledger row', async (t) => {
  const { clinic, refer, stored } = await ready(t)
  const { id, patientId } = await refer()
  t.notOk((await clinic.get(`/v1/referrals/${id}`)).body.disclosure)
  t.notOk((await clinic.get(`/v1/patients/${patientId}`)).body.disclosure)
  t.same(await stored('select * from disclosures'), [])
})

t.test(
  'every read and write of patient data leaves an audit row that names caller, action and person',
  async (t) => {
    const { clinic, operator, refer, stored, world } = await ready(t)
    const { id, patientId } = await refer()
    await operator.get(`/v1/referrals/${id}`, { 'x-acting-user': 'nurse-7', 'x-request-id': 'req-42' })
    await clinic.get('/v1/referrals')
    const rows = await stored(
      `select action, organization_id, actor_client_id, acting_user, request_id from audit_events where patient_id = $1 and subject_type = 'referral' order by id`,
      [patientId],
    )
    t.match(rows, [
      { action: 'referrals.create', organization_id: world.clinic.organizationId },
      {
        action: 'referrals.get',
        organization_id: world.operator.organizationId,
        actor_client_id: world.operator.clientId,
        acting_user: 'nurse-7',
        request_id: 'req-42',
      },
      { action: 'referrals.list', organization_id: world.clinic.organizationId },
    ])
  },
)

t.test('if the ledger row cannot be written, no data is given', async (t) => {
  const { operator, refer, stored } = await ready(t)
  const { id } = await refer()
  t.teardown(() => stored('grant insert on disclosures, audit_events to alongside_app'))
  await stored('revoke insert on disclosures from alongside_app')
  const { status, body } = await operator.get(`/v1/referrals/${id}`)
  t.equal(status, 500)
  t.notMatch(JSON.stringify(body), /transition_of_care/)
  await stored(
    'revoke insert on audit_events from alongside_app; grant insert on disclosures to alongside_app',
  )
  t.equal((await operator.get(`/v1/referrals/${id}`)).status, 500)
})

t.test('what the consent does not cover is absent and named', async (t) => {
  const { operator, refer } = await ready(t)
  const narrow = sampleConsent({ dataClasses: ['identity', 'referral_status'] })
  const { id, patientId } = await refer({ consent: narrow })
  const { body } = await operator.get(`/v1/referrals/${id}`)
  t.match(body, { status: 'requested', redacted: ['referral_reason'] })
  for (const member of ['reason', 'note', 'preferences']) t.notOk(member in body, member)
  const patient = (await operator.get(`/v1/patients/${patientId}`)).body
  t.match(patient, { name: 'Sample Patient', redacted: ['contact'] })
  for (const member of ['contactPoints', 'postalCode', 'identifiers']) t.notOk(member in patient, member)
})

t.test('without both directions, the clinic is not told of engagement', async (t) => {
  const { clinic, operator, refer } = await ready(t)
  const oneWay = await refer({ consent: sampleConsent({ bothDirections: false }) })
  t.match(await clinic.get(`/v1/referrals/${oneWay.id}/engagement`), {
    status: 409,
    body: { code: 'consent_not_in_force', detail: /recipient_not_named/ },
  })
  const noClass = await refer({ consent: sampleConsent({ dataClasses: ['identity', 'referral_status'] }) })
  t.match(await clinic.get(`/v1/referrals/${noClass.id}/engagement`), {
    status: 409,
    body: { detail: /class_not_covered/ },
  })
  const statusOnly = await refer({
    consent: sampleConsent({ dataClasses: ['referral_status', 'engagement_status'] }),
  })
  const { body } = await clinic.get(`/v1/referrals/${statusOnly.id}/engagement`)
  t.match(body, { status: 'awaiting_match', redacted: ['contact_summary'] })
  for (const member of ['firstContactAt', 'lastTwoWayContactAt', 'contactsLast30Days'])
    t.notOk(member in body, member)
  t.equal((await operator.get(`/v1/referrals/${oneWay.id}/engagement`)).status, 200, 'its own data')
})

t.test('revocation works at once, on everything, for both sides', async (t) => {
  const { clinic, operator, refer, stored, world } = await ready(t)
  const { id, patientId, consentId } = await refer()
  await operator.post(`/v1/referrals/${id}/accept`, {})
  const mentor = (
    await operator.post('/v1/mentors', { displayName: 'Sample Mentor', type: 'peer_volunteer' })
  ).body
  await operator.post(`/v1/mentors/${mentor.id}/status`, { status: 'active' })
  const offer = (await operator.post(`/v1/referrals/${id}/offers`, { mentorId: mentor.id })).body
  const { mentorshipId } = (await operator.post(`/v1/offers/${offer.id}/accept`, {})).body
  const revoked = await clinic.post(`/v1/consents/${consentId}/revoke`, { reason: 'By letter' })
  t.match(revoked.body, { status: 'revoked', revocationReason: 'By letter' })

  for (const path of [
    `/v1/referrals/${id}`,
    `/v1/referrals/${id}/history`,
    `/v1/referrals/${id}/engagement`,
    `/v1/referrals/${id}/allowed-transitions`,
    `/v1/patients/${patientId}`,
    `/v1/consents/${consentId}`,
  ]) {
    t.match(await operator.get(path), { status: 404, body: { code: 'not_found' } }, path)
  }
  t.same((await operator.get('/v1/referrals')).body.data, [])
  t.equal((await operator.post(`/v1/referrals/${id}/cancel`, { reason: 'person_declined' })).status, 404)

  t.match((await clinic.get(`/v1/referrals/${id}`)).body, {
    status: 'cancelled',
    statusReason: { code: 'consent_withdrawn' },
    nextAction: null,
  })
  const { body } = await clinic.get(`/v1/referrals/${id}/engagement`)
  t.match(body, { status: 'ended', mentorship: null, redacted: ['engagement_status', 'contact_summary'] })
  t.equal((await clinic.get(`/v1/mentorships/${mentorshipId}`)).status, 404)
  t.match(
    (await operator.get(`/v1/mentorships/${mentorshipId}`)).body,
    { status: 'closed', outcome: 'person_ended' },
    'its own record stays',
  )
  t.match((await operator.get(`/v1/mentors/${mentor.id}`)).body, { load: 0 })
  const events = await stored(
    `select reader_ids from events where type in ('consent.revoked', 'referral.cancelled') order by id`,
  )
  for (const event of events)
    t.match(event, { reader_ids: [world.operator.organizationId] }, 'the recipient is told, by id')
  t.match(await clinic.post(`/v1/consents/${consentId}/revoke`, {}), {
    status: 200,
    body: { revokedAt: revoked.body.revokedAt, revocationReason: 'By letter' },
  })
})

t.test('a second consent keeps what it covers when the first is withdrawn', async (t) => {
  const { clinic, operator, refer, world } = await ready(t)
  const { id, patientId, consentId } = await refer()
  const recipients = [{ organizationId: world.operator.organizationId }]
  t.equal(
    (
      await clinic.post('/v1/consents', {
        patientId,
        ...sampleConsent({ recipients, dataClasses: ['referral_status'] }),
      })
    ).status,
    201,
  )
  await clinic.post(`/v1/consents/${consentId}/revoke`, {})
  t.match((await operator.get(`/v1/referrals/${id}`)).body, {
    status: 'requested',
    redacted: ['referral_reason'],
  })
})

t.test('a consent ends by itself on its day, evaluated at the moment of the request', async (t) => {
  const { clinic, operator, refer, time } = await ready(t)
  const { id, consentId } = await refer({ consent: sampleConsent({ expiration: { on: '2026-11-30' } }) })
  time.set('2026-11-30T23:59:59.999Z')
  t.equal((await operator.get(`/v1/referrals/${id}`)).status, 200)
  time.set('2026-12-01T00:00:00.000Z')
  t.equal((await operator.get(`/v1/referrals/${id}`)).status, 404)
  t.same((await operator.get('/v1/referrals')).body.data, [])
  t.equal((await operator.post(`/v1/referrals/${id}/accept`, {})).status, 404)
  t.match((await clinic.get(`/v1/consents/${consentId}`)).body, { status: 'expired' })
  t.match(await clinic.get(`/v1/referrals/${id}/engagement`), {
    status: 409,
    body: { code: 'consent_not_in_force', detail: /consent_expired/ },
  })
  t.same((await clinic.get('/v1/consents?status=active')).body.data, [])
  t.match((await clinic.get('/v1/consents?status=expired')).body.data, [{ id: consentId }])
})

t.test('a referral goes nowhere without a consent that lets it', async (t) => {
  const { clinic, world, stored } = await ready(t)
  const refused = async (changes: object, errors: object[]) =>
    t.match(await clinic.post('/v1/referrals', sampleReferral(world.programId, changes)), {
      status: 422,
      body: { errors },
    })
  await refused({ consent: undefined }, [{ pointer: '#/consent', code: 'required' }])
  await refused(
    { consent: sampleConsent({ recipients: [{ organizationId: world.otherOperator.organizationId }] }) },
    [{ pointer: '#/consent', code: 'recipient_not_named' }],
  )
  await refused({ consent: sampleConsent({ purposes: ['research'] }) }, [
    { pointer: '#/consent', code: 'purpose_not_covered' },
  ])
  await refused({ consent: sampleConsent({ kind: 'counseling_notes' }) }, [{ pointer: '#/consent' }])
  await refused({ consent: sampleConsent({ dataClasses: ['identity'] }) }, [
    { pointer: '#/consent', code: 'class_not_covered' },
  ])
  await refused({ consent: sampleConsent({ signedOn: '2026-11-25' }) }, [
    { pointer: '#/consent/signedOn', code: 'consent_signed_on_future' },
  ])
  await refused({ consent: sampleConsent({ expiration: { on: '2026-11-17' } }) }, [
    { pointer: '#/consent/expiration/on', code: 'consent_expired' },
  ])
  await refused({ consent: undefined, consentId: '01938f3e-7c00-7aaa-8bbb-0123456789ab' }, [
    { pointer: '#/consentId', code: 'unknown_consent' },
  ])
  t.same(await stored('select count(*)::int as n from patients'), [{ n: 0 }], 'and nothing stays behind')
  t.same(await stored('select count(*)::int as n from consents'), [{ n: 0 }])
})

t.test('a consent on file serves the next referral of the same patient only', async (t) => {
  const { clinic, refer, world, as } = await ready(t)
  const first = await refer()
  const next = { consent: undefined, consentId: first.consentId }
  const again = await clinic.post(
    '/v1/referrals',
    sampleReferral(world.programId, { ...next, patient: undefined, patientId: first.patientId }),
  )
  t.match(again, { status: 201, body: { consentId: first.consentId, patientId: first.patientId } })
  t.match(await clinic.post('/v1/referrals', sampleReferral(world.programId, next)), {
    status: 422,
    body: { errors: [{ code: 'unknown_consent' }] },
  })
  const stranger = await as(world.otherClinic)
  t.match(await stranger.post('/v1/referrals', sampleReferral(world.programId, next)), {
    status: 422,
    body: { errors: [{ code: 'unknown_consent' }] },
  })
  t.match(
    await stranger.post(
      '/v1/referrals',
      sampleReferral(world.programId, { patient: undefined, patientId: first.patientId }),
    ),
    {
      status: 422,
      body: { errors: [{ pointer: '#/patientId', code: 'unknown_patient' }] },
    },
  )
})

t.test('a recipient of another network, or none at all, is refused', async (t) => {
  const { clinic, world, createWorld, unknownId } = await ready(t)
  const elsewhere = await createWorld()
  const patient = (await clinic.post('/v1/patients', samplePatient())).body
  for (const organizationId of [elsewhere.operator.organizationId, unknownId()]) {
    const consent = sampleConsent({
      recipients: [{ organizationId: world.operator.organizationId }, { organizationId }],
    })
    t.match(await clinic.post('/v1/consents', { patientId: patient.id, ...consent }), {
      status: 422,
      body: { errors: [{ pointer: '#/recipients/1/organizationId', code: 'unknown_organization' }] },
    })
    t.match(await clinic.post('/v1/referrals', sampleReferral(world.programId, { consent })), {
      status: 422,
      body: { errors: [{ pointer: '#/consent/recipients/1/organizationId', code: 'unknown_organization' }] },
    })
  }
})

t.test('the decision can be asked for before anything is sent', async (t) => {
  const { clinic, operator, refer, world, unknownId } = await ready(t)
  const { patientId, consentId } = await refer()
  const ask = (changes: object) =>
    clinic.post('/v1/consents/check', {
      patientId,
      recipient: { organizationId: world.operator.organizationId },
      purpose: 'treatment',
      dataClasses: ['engagement_status'],
      ...changes,
    })
  t.match((await ask({})).body, { decision: 'permit', consentIds: [consentId], reasons: [] })
  t.match((await ask({ dataClasses: ['engagement_status', 'recovery_plan'] })).body, {
    decision: 'permit_redacted',
    permittedClasses: ['engagement_status'],
    reasons: ['class_not_covered'],
  })
  t.match((await ask({ recipient: { organizationId: world.otherOperator.organizationId } })).body, {
    decision: 'deny',
    reasons: ['recipient_not_named'],
    consentIds: [],
  })
  t.match((await ask({ purpose: 'legal_proceeding' })).body, {
    decision: 'deny',
    reasons: ['proceedings_barred'],
  })
  const unknown = { status: 422, body: { errors: [{ pointer: '#/patientId', code: 'unknown_patient' }] } }
  t.match(await ask({ patientId: unknownId() }), unknown)
  const asked = {
    patientId,
    recipient: { organizationId: world.clinic.organizationId },
    dataClasses: ['identity'],
  }
  t.match(await operator.post('/v1/consents/check', asked), unknown)
})

t.test('what a stranger asks for does not exist, in the same words as what truly does not', async (t) => {
  const { refer, as, world, createWorld, unknownId } = await ready(t)
  const { id, patientId, consentId } = await refer()
  const elsewhere = await createWorld()
  for (const member of [world.otherClinic, world.otherOperator, elsewhere.clinic, elsewhere.operator]) {
    const stranger = await as(member)
    for (const path of [
      `/v1/referrals/${id}`,
      `/v1/referrals/${id}/engagement`,
      `/v1/referrals/${id}/history`,
      `/v1/patients/${patientId}`,
      `/v1/consents/${consentId}`,
    ]) {
      const theirs = await stranger.get(path)
      const absent = await stranger.get(path.replace(/[0-9a-f-]{36}/, unknownId()))
      t.equal(theirs.status, 404, path)
      t.same({ ...theirs.body, requestId: 0 }, { ...absent.body, requestId: 0 })
    }
    t.same((await stranger.get('/v1/referrals')).body.data, [])
    t.same((await stranger.get('/v1/patients')).body.data, [])
  }
})
