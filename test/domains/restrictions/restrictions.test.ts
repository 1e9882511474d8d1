import t, { type Test } from 'tap'
import { sampleMentor, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

async function ready(t: Test) {
  const started = await startService(t)
  const world = await started.createWorld()
  const clinic = await started.as(world.clinic)
  const operator = await started.as(world.operator)
  const refer = async (changes: object = {}) =>
    (await clinic.post('/v1/referrals', sampleReferral(world.programId, changes))).body
  const restrict = (patientId: string, changes: object) =>
    clinic.post(`/v1/patients/${patientId}/restrictions`, { text: 'As the person said it.', ...changes })
  return { ...started, world, clinic, operator, refer, restrict }
}

t.test(
  'what the person has ruled out is left out of the very next answer, whatever the consent says',
  async (t) => {
    const { operator, refer, restrict, clinic } = await ready(t)
    const { id, patientId } = await refer()
    t.ok((await operator.get(`/v1/referrals/${id}`)).body.reason)
    const made = await restrict(patientId, { dataClasses: ['referral_reason', 'contact'] })
    t.match(made, { status: 201, body: { status: 'agreed', requestedBy: 'organization' } })
    const seen = (await operator.get(`/v1/referrals/${id}`)).body
    t.match(seen, { status: 'requested', redacted: ['referral_reason'] })
    t.notOk('reason' in seen || 'note' in seen)
    t.match((await operator.get(`/v1/patients/${patientId}`)).body, { redacted: ['contact'] })
    t.match(await clinic.get(`/v1/patients/${patientId}/restrictions`), {
      body: { data: [{ id: made.body.id }] },
    })
    t.equal(
      (await operator.get(`/v1/patients/${patientId}/restrictions`)).status,
      404,
      'not the recipient’s to read',
    )
    const ended = await clinic.post(`/v1/restrictions/${made.body.id}/end`, { basis: 'patient_request' })
    t.match(ended.body, { status: 'ended' })
    t.ok((await operator.get(`/v1/referrals/${id}`)).body.reason, 'and permitted again once it ends')
  },
)

t.test('ruled out altogether, the recipient finds nothing, and an open referral parts', async (t) => {
  const { operator, refer, restrict, clinic, world, stored } = await ready(t)
  const { id, patientId, consentId } = await refer()
  await restrict(patientId, { recipientOrganizationId: world.operator.organizationId })
  for (const path of [`/v1/referrals/${id}`, `/v1/patients/${patientId}`])
    t.equal((await operator.get(path)).status, 404, path)
  t.match((await clinic.get(`/v1/referrals/${id}`)).body, { status: 'cancelled' })
  t.match(await stored('select reader_ids from patients where id = $1', [patientId]), [{ reader_ids: [] }])
  const again = await clinic.post('/v1/referrals', {
    ...sampleReferral(world.programId, { patient: undefined, consent: undefined }),
    patientId,
    consentId,
  })
  t.match(again, { status: 422, body: { errors: [{ code: 'restriction' }] } }, 'nor is it asked again')
  const asked = {
    patientId,
    recipient: { organizationId: world.operator.organizationId },
    dataClasses: ['identity'],
  }
  t.match((await clinic.post('/v1/consents/check', asked)).body, {
    decision: 'deny',
    reasons: ['restriction'],
  })
})

t.test('what a person asks for by their own token binds once it is agreed to', async (t) => {
  const { operator, refer, clinic, withToken } = await ready(t)
  const { patientId, id } = await refer()
  const subject = { type: 'patient', id: patientId }
  const patient = withToken((await clinic.post('/v1/portal-tokens', { subject })).body.accessToken)
  const asked = await patient.post(`/v1/patients/${patientId}/restrictions`, {
    dataClasses: ['referral_reason'],
    text: 'Not why.',
  })
  t.match(asked, { status: 201, body: { status: 'requested', requestedBy: 'patient' } })
  t.ok((await operator.get(`/v1/referrals/${id}`)).body.reason)
  t.equal(
    (await operator.post(`/v1/restrictions/${asked.body.id}/decide`, { outcome: 'denied' })).status,
    404,
  )
  t.match(await clinic.post(`/v1/restrictions/${asked.body.id}/decide`, { outcome: 'agreed' }), {
    body: { status: 'agreed' },
  })
  t.notOk((await operator.get(`/v1/referrals/${id}`)).body.reason)
  t.equal((await clinic.post(`/v1/restrictions/${asked.body.id}/decide`, { outcome: 'denied' })).status, 409)
})

t.test('what was paid for in full is agreed to by law, and only the person ends it', async (t) => {
  const { refer, restrict, clinic } = await ready(t)
  const { patientId } = await refer()
  const { body } = await restrict(patientId, {
    dataClasses: ['incident'],
    selfPay: true,
    status: 'requested',
  })
  t.match(body, { status: 'agreed', selfPay: true })
  t.equal((await clinic.post(`/v1/restrictions/${body.id}/end`, { basis: 'notice_to_patient' })).status, 409)
  t.equal((await clinic.post(`/v1/restrictions/${body.id}/end`, { basis: 'patient_request' })).status, 200)
})

t.test(
  'a mentor whom the person does not want lets go at once, is never offered again, and nobody is alone',
  async (t) => {
    const { operator, refer, restrict, clinic } = await ready(t)
    const { id, patientId } = await refer()
    await operator.post(`/v1/referrals/${id}/accept`, {})
    const join = async () => {
      const mentor = (await operator.post('/v1/mentors', sampleMentor())).body
      await operator.post(`/v1/mentors/${mentor.id}/status`, { status: 'active' })
      return mentor.id as string
    }
    const [unwanted, other] = [await join(), await join()]
    const offer = (await operator.post(`/v1/referrals/${id}/offers`, { mentorId: unwanted })).body
    const { mentorshipId } = (await operator.post(`/v1/offers/${offer.id}/accept`, {})).body
    t.equal((await restrict(patientId, { mentorId: unwanted })).status, 201)
    t.match((await operator.get(`/v1/mentorships/${mentorshipId}`)).body, { status: 'closed' })
    t.match((await clinic.get(`/v1/referrals/${id}`)).body, {
      status: /accepted|in_progress/,
      nextAction: { code: 'reassign_mentor' },
      owner: { role: 'coordinator' },
    })
    const { body } = await operator.get(`/v1/referrals/${id}/candidates`)
    t.strictSame(
      body.data.map(({ mentorId }: { mentorId: string }) => mentorId),
      [other],
    )
    t.match(await operator.post(`/v1/referrals/${id}/offers`, { mentorId: unwanted }), { status: 409 })
    const unknown = await restrict(patientId, { mentorId: id })
    t.match(unknown, { status: 422, body: { code: 'invalid_input' } })
  },
)
