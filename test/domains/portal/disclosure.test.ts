import t from 'tap'
import { sampleConsent, sampleMentor, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

async function ready(t: Parameters<typeof startService>[0], consent: object = {}) {
  const started = await startService(t)
  const world = await started.createWorld()
  const [clinic, operator] = [await started.as(world.clinic), await started.as(world.operator)]
  const { id: mentorId } = (await operator.post('/v1/mentors', sampleMentor())).body
  await operator.post(`/v1/mentors/${mentorId}/status`, { status: 'active' })
  const referral = (
    await clinic.post('/v1/referrals', sampleReferral(world.programId, { consent: sampleConsent(consent) }))
  ).body
  await operator.post(`/v1/referrals/${referral.id}/accept`, {})
  const token = await clinic.post('/v1/portal-tokens', {
    subject: { type: 'patient', id: referral.patientId },
  })
  const patient = started.withToken(token.body.accessToken)
  const ledger = (type: string) =>
    started.stored<{ recipient: string }>(
      'select recipient_organization_id as recipient from disclosures where subject_type = $1',
      [type],
    )
  return { ...started, world, clinic, operator, mentorId, referral, patient, ledger }
}

t.test(
  'to a clinic’s portal the person’s mentorships are a disclosure, decided and written down',
  async (t) => {
    const { operator, mentorId, referral, patient, ledger, time, world } = await ready(t)
    const offer = (await operator.post(`/v1/referrals/${referral.id}/offers`, { mentorId })).body
    await operator.post(`/v1/offers/${offer.id}/accept`, {})
    t.match((await patient.get('/v1/mentorships')).body.data, [
      { status: 'active', disclosure: { basis: 'consent' }, redacted: ['contact_notes'] },
    ])
    t.same(await ledger('mentorship'), [{ recipient: world.clinic.organizationId }])
    time.set('2040-07-01T19:00:00Z')
    t.same((await patient.get('/v1/mentorships')).body.data, [], 'not after the consent has run out')
  },
)

t.test('a shortlist goes to the ledger, whoever looks at it', async (t) => {
  const { operator, mentorId, referral, patient, ledger, world } = await ready(t)
  const made = await operator.post(`/v1/referrals/${referral.id}/shortlist`, { mentorIds: [mentorId] })
  t.match(made, { status: 201, body: { disclosure: { basis: 'consent' } } })
  t.match(await patient.get(`/v1/referrals/${referral.id}/shortlist`), {
    status: 200,
    body: { disclosure: {} },
  })
  const told = (await ledger('referral')).map(({ recipient }) => recipient)
  t.ok(told.includes(world.operator.organizationId) && told.includes(world.clinic.organizationId))
})

t.test(
  'without a consent that lets the mentors’ organization tell, a clinic’s portal shows no shortlist',
  async (t) => {
    const { operator, mentorId, referral, patient } = await ready(t, {
      dataClasses: ['identity', 'contact', 'referral_reason', 'referral_status'],
    })
    await operator.post(`/v1/referrals/${referral.id}/shortlist`, { mentorIds: [mentorId] })
    t.equal((await patient.get(`/v1/referrals/${referral.id}/shortlist`)).status, 404)
    t.equal((await patient.post(`/v1/referrals/${referral.id}/choice`, { mentorId })).status, 404)
  },
)

t.test('corrections and agreements that race each have a version of their own', async (t) => {
  const { operator, mentorId, referral, time } = await ready(t)
  const offer = (await operator.post(`/v1/referrals/${referral.id}/offers`, { mentorId })).body
  const { mentorshipId } = (await operator.post(`/v1/offers/${offer.id}/accept`, {})).body
  const five = [1, 2, 3, 4, 5]
  const agreed = await Promise.all(
    five.map(() => operator.post(`/v1/mentorships/${mentorshipId}/agreements`, { goals: ['Sample goal'] })),
  )
  for (const { status } of agreed) t.ok(status === 201 || status === 503, `${status}`)
  const contact = { at: time.now().toISOString(), mode: 'phone', result: 'two_way' }
  const { id } = (await operator.post(`/v1/mentorships/${mentorshipId}/contacts`, contact)).body
  const corrected = await Promise.all(
    [10, 20, 30].map((minutes) => operator.post(`/v1/contacts/${id}/correct`, { minutes })),
  )
  t.same(
    corrected.map(({ status }) => status),
    [200, 200, 200],
  )
  t.same(corrected.map(({ body }) => body.version).sort(), [2, 3, 4])
})
