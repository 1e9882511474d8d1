import t from 'tap'
import { done, ready } from './ready.ts'

t.test(
  'whoever ends a referral takes back the offer that waits, and the mentors’ organization is told',
  async (t) => {
    const { accepted, mentor, offer, accept, operator, clinic, referral, broken, stored, world } =
      await ready(t)
    const by = await mentor({ capacity: 50 })
    const endings: Record<string, (id: string) => Promise<unknown>> = {
      'the clinic cancels': (id) =>
        done(clinic.post(`/v1/referrals/${id}/cancel`, { reason: 'requester_withdrew' })),
      'the person withdraws their consent': async (id) =>
        done(clinic.post(`/v1/consents/${(await referral(id)).consentId}/revoke`, {})),
      'the clinic entered it in error': (id) => done(clinic.post(`/v1/referrals/${id}/enter-in-error`, {})),
      'the operator cancels': (id) =>
        done(operator.post(`/v1/referrals/${id}/cancel`, { reason: 'person_declined' })),
      'the operator finds nobody': (id) =>
        done(operator.post(`/v1/referrals/${id}/fail`, { reason: 'no_mentor_found_in_time' })),
      'it is put on hold': (id) =>
        done(operator.post(`/v1/referrals/${id}/hold`, { reason: 'incarcerated', resumeBy: '2026-12-20' })),
    }
    for (const [what, end] of Object.entries(endings)) {
      const id = await accepted()
      const asked = await done(offer(id, by))
      await end(id)
      t.match(
        (await operator.get(`/v1/offers/${asked.id}`)).body,
        { status: 'withdrawn', answeredAt: String },
        what,
      )
      t.ok([404, 409].includes((await accept(asked.id)).status), what)
      t.same(
        await stored(
          `select type, organization_id as whose, reader_ids::text as readers from events where subject_id = $1 order by id`,
          [asked.id],
        ),
        ['offer.made', 'offer.withdrawn'].map((type) => ({
          type,
          whose: world.operator.organizationId,
          readers: '{}',
        })),
        `${what}: told to those who asked, and to nobody else`,
      )
      t.same(await broken(), [], what)
    }
  },
)

t.test('a person whose mentorship ends is heard, with the token of their clinic', async (t) => {
  const { matched, clinic, operator, referral, withToken } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  const { patientId } = await referral(referralId)
  await done(operator.post(`/v1/mentorships/${mentorshipId}/close`, { outcome: 'person_ended' }))
  const { accessToken } = await done(
    clinic.post('/v1/portal-tokens', { subject: { type: 'patient', id: patientId } }),
  )
  const own = withToken(accessToken)
  const path = `/v1/mentorships/${mentorshipId}/closing-voices`
  t.match(await own.post(path, { feltAccompanied: 'partly', text: 'ZZ I was heard.' }), {
    status: 200,
    body: { data: [{ voice: 'patient', feltAccompanied: 'partly' }] },
  })
})
