import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { runSweep } from '../../../src/jobs/run.ts'
import { sweeps } from '../../../src/jobs/sweeps.ts'
import { sampleConsent, samplePatient, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

async function ready(t: Test) {
  const started = await startService(t)
  const world = await started.createWorld()
  const clinic = await started.as(world.clinic)
  const operator = await started.as(world.operator)
  const recipients = [{ organizationId: world.operator.organizationId }]
  const refer = async (changes: object = {}) =>
    (await clinic.post('/v1/referrals', sampleReferral(world.programId, changes))).body
  const sweep = async (name: string) => {
    const one = sweeps.find((sweep) => sweep.name === name)
    if (!one) throw new Error(`no sweep ${name}`)
    const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
    await runSweep(one, { service: started.service, time: started.time, log: silent })
  }
  const events = async (subjectId: string) =>
    (
      await started.stored<{ type: string }>('select type from events where subject_id = $1 order by id', [
        subjectId,
      ])
    ).map(({ type }) => type)
  return { ...started, world, clinic, operator, recipients, refer, sweep, events }
}

t.test('a draft may lack what it lacks; it permits nothing until it is whole and signed', async (t) => {
  const { clinic, operator, recipients, world, events } = await ready(t)
  const patient = (await clinic.post('/v1/patients', samplePatient())).body
  const draft = await clinic.post('/v1/consents', { patientId: patient.id, draft: true, recipients })
  t.match(draft, { status: 201, body: { status: 'draft', patientNameAsSigned: null, signedOn: null } })
  const { id } = draft.body
  t.equal((await operator.get(`/v1/patients/${patient.id}`)).status, 404, 'nothing is found by a draft')
  t.equal((await operator.get(`/v1/consents/${id}`)).status, 404)
  const incomplete = await clinic.post(`/v1/consents/${id}/sign`, {})
  t.match(incomplete, { status: 422, body: { code: 'consent_incomplete' } })
  t.ok(incomplete.body.errors.length >= 8, 'every missing element is named')
  const { signatures, signedOn, ...elements } = sampleConsent()
  const changed = await clinic.patch(`/v1/consents/${id}`, { ...elements, recipients }, { 'if-match': '*' })
  t.match(changed, { status: 200, body: { status: 'draft', patientNameAsSigned: 'Sample Patient' } })
  const signed = await clinic.post(`/v1/consents/${id}/sign`, { signatures, signedOn })
  t.match(signed, { status: 200, body: { id, status: 'active', review: 'not_needed' } })
  t.match((await operator.get(`/v1/patients/${patient.id}`)).body, { name: 'Sample Patient' })
  t.strictSame(await events(id), ['consent.drafted', 'consent.drafted', 'consent.granted'])
  t.match(
    await clinic.patch(`/v1/consents/${id}`, { purposeText: 'Another' }, { 'if-match': '*' }),
    { status: 409, body: { code: 'transition_not_allowed' } },
    'what is signed is never changed',
  )
  t.match(
    await clinic.post('/v1/referrals', {
      ...sampleReferral(world.programId, { consent: undefined, patient: undefined }),
      patientId: patient.id,
      consentId: id,
    }),
    { status: 201 },
  )
})

t.test(
  'a suspended consent discloses nothing from that moment on, and everything again once reinstated',
  async (t) => {
    const { clinic, operator, refer, events } = await ready(t)
    const { id, patientId, consentId } = await refer()
    t.equal((await operator.get(`/v1/referrals/${id}`)).status, 200)
    const suspended = await clinic.post(`/v1/consents/${consentId}/suspend`, { reason: 'oral_revocation' })
    t.match(suspended, { status: 200, body: { status: 'suspended', suspensionReason: 'oral_revocation' } })
    for (const path of [`/v1/referrals/${id}`, `/v1/patients/${patientId}`, `/v1/consents/${consentId}`])
      t.equal((await operator.get(path)).status, 404, path)
    t.match((await clinic.get(`/v1/referrals/${id}/engagement`)).body.code, 'consent_not_in_force')
    t.match(
      (await clinic.get(`/v1/referrals/${id}`)).body,
      { status: 'requested' },
      'nobody is cancelled by a doubt',
    )
    t.match(await clinic.post(`/v1/consents/${consentId}/reinstate`, {}), {
      status: 200,
      body: { status: 'active' },
    })
    for (const path of [`/v1/referrals/${id}`, `/v1/patients/${patientId}`, `/v1/consents/${consentId}`])
      t.equal((await operator.get(path)).status, 200, path)
    t.strictSame(await events(consentId), ['consent.granted', 'consent.suspended', 'consent.reinstated'])
  },
)

t.test('a part can be taken back: a class, a recipient, and the rest stays', async (t) => {
  const { clinic, operator, refer, as, world, recipients } = await ready(t)
  const other = await as(world.otherOperator)
  const both = [...recipients, { organizationId: world.otherOperator.organizationId }]
  const { id, patientId, consentId } = await refer({ consent: sampleConsent({ recipients: both }) })
  t.equal((await other.get(`/v1/patients/${patientId}`)).status, 200)
  const revoke = (scope: object) => clinic.post(`/v1/consents/${consentId}/revoke`, { scope })
  t.match(await revoke({ dataClasses: ['contact'] }), {
    status: 200,
    body: { status: 'active', revokedDataClasses: ['contact'] },
  })
  t.match((await operator.get(`/v1/patients/${patientId}`)).body, {
    name: 'Sample Patient',
    redacted: ['contact'],
  })
  const gone = await revoke({ recipientOrganizationIds: [world.otherOperator.organizationId] })
  t.match(gone.body, { status: 'active', recipients: [{ revokedAt: null }, { revokedAt: /^2026/ }] })
  t.equal((await other.get(`/v1/patients/${patientId}`)).status, 404)
  t.equal((await operator.get(`/v1/referrals/${id}`)).status, 200)
  const unknown = await revoke({ recipientOrganizationIds: [world.otherClinic.organizationId] })
  t.match(unknown, { status: 422, body: { errors: [{ code: 'recipient_not_named' }] } })
  const last = await revoke({ recipientOrganizationIds: [world.operator.organizationId] })
  t.match(last.body, { status: 'revoked' }, 'where nobody is left, the whole is revoked')
  t.match((await clinic.get(`/v1/referrals/${id}`)).body, {
    status: 'cancelled',
    statusReason: { code: 'consent_withdrawn' },
  })
  t.equal((await clinic.get(`/v1/consents/${consentId}/revocations`)).body.data.length, 3)
})

t.test('a patient takes back their own consent with their own token, and nobody else’s', async (t) => {
  const { clinic, operator, refer, withToken } = await ready(t)
  const { id, patientId, consentId } = await refer()
  const another = await refer()
  const subject = { type: 'patient', id: patientId }
  const { accessToken } = (await clinic.post('/v1/portal-tokens', { subject })).body
  const patient = withToken(accessToken)
  t.match((await patient.get('/v1/consents')).body.data, [{ id: consentId }])
  t.equal((await patient.get('/v1/consents')).body.data.length, 1)
  t.match((await patient.get(`/v1/consents/${consentId}/document`)).body.text, /Patient: Sample Patient/)
  t.equal((await patient.post(`/v1/consents/${another.consentId}/revoke`, {})).status, 404)
  t.match(await patient.post(`/v1/consents/${consentId}/revoke`, { form: 'electronic' }), {
    status: 200,
    body: { status: 'revoked' },
  })
  t.equal((await operator.get(`/v1/referrals/${id}`)).status, 404)
  t.match((await clinic.get(`/v1/consents/${consentId}/revocations`)).body.data, [{ byPatient: true }])
})

t.test(
  'a consent ends with its day: before it the parties are told, after it nobody finds rows by it',
  async (t) => {
    const { operator, refer, time, sweep, events, stored, clinic } = await ready(t)
    const { id, patientId, consentId } = await refer({
      consent: sampleConsent({ expiration: { on: '2026-12-10' } }),
    })
    await sweep('consents.expire')
    t.strictSame(await events(consentId), ['consent.granted'])
    time.set('2026-11-27T12:00:00Z')
    await sweep('consents.expire')
    await sweep('consents.expire')
    t.strictSame(await events(consentId), ['consent.granted', 'consent.expiring'], 'once, in good time')
    time.set('2026-12-10T23:59:59.999Z')
    const later = await operator.get(`/v1/patients/${patientId}`)
    t.equal(later.status, 200, 'to its last moment')
    time.set('2026-12-11T00:00:00Z')
    t.equal((await operator.get(`/v1/patients/${patientId}`)).status, 404, 'without waiting for a sweep')
    await sweep('consents.expire')
    t.match((await clinic.get(`/v1/consents/${consentId}`)).body, { status: 'expired' })
    t.match(await stored('select reader_ids from patients where id = $1', [patientId]), [{ reader_ids: [] }])
    t.match(
      (await clinic.get(`/v1/referrals/${id}`)).body,
      { status: 'requested' },
      'the person is not dropped',
    )
  },
)

t.test('one that ends by an event ends when it is said to have occurred', async (t) => {
  const { clinic, operator, refer } = await ready(t)
  const byEvent = sampleConsent({ expiration: { event: 'End of the mentorship' } })
  const { patientId, consentId } = await refer({ consent: byEvent })
  t.match(await clinic.post(`/v1/consents/${consentId}/expire`, {}), { body: { status: 'expired' } })
  t.equal((await operator.get(`/v1/patients/${patientId}`)).status, 404)
  const dated = await refer()
  t.equal((await clinic.post(`/v1/consents/${dated.consentId}/expire`, {})).status, 409)
})

t.test('a consent takes the place of another in one moment: there is none without either', async (t) => {
  const { clinic, operator, refer, recipients, stored } = await ready(t)
  const { id, patientId, consentId } = await refer()
  const next = await clinic.post('/v1/consents', {
    patientId,
    supersedesId: consentId,
    ...sampleConsent({ recipients, dataClasses: ['identity', 'referral_status'] }),
  })
  t.match(next, { status: 201, body: { status: 'active', supersedesId: consentId } })
  t.match((await clinic.get(`/v1/consents/${consentId}`)).body, { status: 'superseded' })
  t.match((await operator.get(`/v1/referrals/${id}`)).body, {
    redacted: ['referral_reason'],
    disclosure: { consentId: next.body.id },
  })
  const [times] = await stored<{ same: boolean }>(
    'select count(distinct xmin::text) = 1 as same from consents where patient_id = $1',
    [patientId],
  )
  t.ok(times?.same, 'in one transaction')
})

t.test('what is on file beside it neither saves a referral from a withdrawal nor loses it', async (t) => {
  const { clinic, refer, recipients, time, world } = await ready(t)
  const statusOf = async (id: string) => (await clinic.get(`/v1/referrals/${id}`)).body.status
  const another = async (patientId: string, changes: object): Promise<{ id: string }> => {
    const said = { patientId, ...sampleConsent({ recipients }), ...changes }
    const { status, body } = await clinic.post('/v1/consents', said)
    t.equal(status, 201)
    return body
  }
  const end = async (consentId: string, command = 'revoke') =>
    t.equal((await clinic.post(`/v1/consents/${consentId}/${command}`, {})).status, 200)

  const first = await refer({ consent: sampleConsent({ expiration: { on: '2026-11-20' } }) })
  const second = await refer()
  await another(second.patientId, { draft: true })
  const third = await refer()
  const forAnother = sampleConsent({ recipients: [{ organizationId: world.otherOperator.organizationId }] })
  const elsewhere = await another(third.patientId, forAnother)
  const fourth = await refer({ consent: sampleConsent({ expiration: { on: '2026-11-20' } }) })
  time.set('2026-11-21T12:00:00Z')
  const current = await another(first.patientId, {})

  await end(current.id)
  t.equal(
    await statusOf(first.id),
    'cancelled',
    'an older one that has expired does not outlive the word of the person',
  )
  await end(second.consentId)
  t.equal(await statusOf(second.id), 'cancelled', 'nor does a draft')
  await end(elsewhere.id)
  t.equal(await statusOf(third.id), 'requested', 'what named somebody else takes nothing from this one')
  const ofOther = await another(fourth.patientId, forAnother)
  await end(ofOther.id)
  const mistaken = await another(fourth.patientId, {})
  await end(mistaken.id, 'enter-in-error')
  t.equal(
    await statusOf(fourth.id),
    'requested',
    'a consent that has only expired drops nobody by a slip of the pen',
  )
})

t.test('whom a consent names no more that takes the place of another is parted from', async (t) => {
  const { clinic, operator, refer, world } = await ready(t)
  const { id, patientId, consentId } = await refer()
  const recipients = [{ organizationId: world.otherOperator.organizationId }]
  const next = await clinic.post('/v1/consents', {
    patientId,
    supersedesId: consentId,
    ...sampleConsent({ recipients }),
  })
  t.match(next, { status: 201, body: { status: 'active' } })
  t.match((await clinic.get(`/v1/referrals/${id}`)).body, {
    status: 'cancelled',
    statusReason: { code: 'consent_withdrawn' },
  })
  t.equal((await operator.get(`/v1/referrals/${id}`)).status, 404)
})

t.test('what is revoked for a person who stays goes on without the clinic', async (t) => {
  const { clinic, operator, refer, stored } = await ready(t)
  const { id, patientId, consentId } = await refer()
  await operator.post(`/v1/referrals/${id}/accept`, {})
  const mentor = (
    await operator.post('/v1/mentors', {
      displayName: 'Sample Mentor',
      type: 'peer_certified',
      languages: ['en'],
      modes: ['phone'],
      capacity: 1,
    })
  ).body
  await operator.post(`/v1/mentors/${mentor.id}/status`, { status: 'active' })
  const offer = (await operator.post(`/v1/referrals/${id}/offers`, { mentorId: mentor.id })).body
  const { mentorshipId } = (await operator.post(`/v1/offers/${offer.id}/accept`, {})).body
  const before = (await operator.get(`/v1/mentorships/${mentorshipId}`)).body
  const revoked = await clinic.post(`/v1/consents/${consentId}/revoke`, { continueAsSelfReferral: true })
  t.equal(revoked.status, 200)
  t.match((await clinic.get(`/v1/referrals/${id}`)).body, {
    status: 'cancelled',
    statusReason: { code: 'consent_withdrawn' },
  })
  t.equal(
    (await clinic.get('/v1/referrals')).body.data.length,
    1,
    'of what follows the clinic learns nothing',
  )
  const own = (await operator.get('/v1/referrals')).body.data
  t.match(own, [{ status: 'accepted', replacesId: id, consentId: null }])
  t.match(own[0], { nextAction: { code: /./ }, owner: { role: /./ } }, 'somebody has the next action')
  t.match(
    await stored('select status, version > $2 as changed from mentorships where id = $1', [
      mentorshipId,
      before.version,
    ]),
    [{ status: 'closed', changed: true }],
    'who read it before cannot change it unawares',
  )
  const living = (await operator.get(`/v1/mentorships?status=active`)).body.data
  t.match(living, [{ mentorId: mentor.id, referralId: own[0].id, continuityOfId: mentorshipId }])
  t.not(own[0].patientId, patientId, 'the person is the organization’s own now')
  t.match((await operator.get(`/v1/patients/${own[0].patientId}`)).body, { name: 'Sample Patient' })
  t.match((await operator.get(`/v1/mentors/${mentor.id}`)).body, { load: 1 }, 'the place is taken once')
  const call = { at: '2026-11-18T19:00:00Z', mode: 'phone', direction: 'outgoing', result: 'two_way' }
  t.equal((await operator.post(`/v1/mentorships/${living[0].id}/contacts`, call)).status, 201)
  t.equal((await operator.get(`/v1/patients/${patientId}`)).status, 404)
  t.same(
    await stored(
      `select id from referrals where organization_id <> receiving_organization_id and cardinality(reader_ids) > 0`,
    ),
    [],
  )
})

t.test('the signed document is kept with its digest; a forged one is refused', async (t) => {
  const { clinic, operator, refer, stored, world } = await ready(t)
  const content = Buffer.from('Signed by Sample Patient').toString('base64')
  const digest = createHash('sha256').update('Signed by Sample Patient').digest()
  const document = { mediaType: 'text/plain', content }
  const signedWith = (evidenceHash: string) =>
    sampleConsent({
      document,
      signatures: [
        { role: 'patient', name: 'Sample Patient', signedAt: '2026-11-17T15:00:00Z', evidenceHash },
      ],
    })
  const forged = signedWith(`sha256:${'0'.repeat(64)}`)
  t.match(await clinic.post('/v1/referrals', sampleReferral(world.programId, { consent: forged })), {
    status: 422,
    body: {
      code: 'consent_incomplete',
      errors: [{ pointer: '#/consent/signatures/0/evidenceHash', code: 'consent_evidence_hash_mismatch' }],
    },
  })
  t.same(await stored('select id from consents'), [], 'nothing is stored')
  for (const hash of [`sha256:${digest.toString('hex')}`, `sha256:${digest.toString('base64')}`]) {
    const { consentId } = await refer({ consent: signedWith(hash) })
    const kept = (await clinic.get(`/v1/consents/${consentId}/document`)).body
    t.match(kept, { consentId, signed: { mediaType: 'text/plain', content, sha256: digest.toString('hex') } })
    t.match(kept.text, /I may revoke this consent in writing/)
    const copy = (await operator.get(`/v1/consents/${consentId}/document`)).body
    t.match(copy, { signed: null, disclosure: { consentId } }, 'the file is the holder’s')
  }
  t.notMatch(JSON.stringify(await stored('select content::text from consent_documents')), /Signed by/)
})

t.test('who reads the copy of a consent is in the ledger, and sees names only under identity', async (t) => {
  const { operator, refer, stored } = await ready(t)
  const { consentId } = await refer({ consent: sampleConsent({ dataClasses: ['referral_status'] }) })
  const copy = (await operator.get(`/v1/consents/${consentId}`)).body
  t.notOk('patientNameAsSigned' in copy || 'signatures' in copy)
  t.match(copy, { redacted: ['identity'], disclosure: { consentId } })
  t.match(await stored('select subject_type, subject_id from disclosures'), [
    { subject_type: 'consent', subject_id: consentId },
  ])
})
