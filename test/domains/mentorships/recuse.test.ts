import t from 'tap'
import { done, ready } from '../offers/ready.ts'

t.test(
  'a mentor steps back in one call, without a reason, and somebody looks for the next at once',
  async (t) => {
    const { matched, operator, mentorship, referral, getMentor, clinic, broken } = await ready(t)
    const { referralId, mentorshipId, mentorId } = await matched()
    const recused = await operator.post(`/v1/mentorships/${mentorshipId}/recuse`, {})
    t.match(recused, {
      status: 200,
      body: { status: 'closed', outcome: 'mentor_unavailable', closedBecause: 'recused' },
    })
    t.match(await referral(referralId), {
      businessStatus: 'awaiting_match',
      owner: { role: 'coordinator' },
      nextAction: { code: 'reassign_mentor' },
    })
    t.equal((await getMentor(mentorId)).load, 0)
    t.match(await mentorship(mentorshipId), { status: 'closed' })
    t.notMatch(
      JSON.stringify([
        (await clinic.get(`/v1/mentorships/${mentorshipId}`)).body,
        (await clinic.get(`/v1/referrals/${referralId}/history`)).body,
      ]),
      /recuse/,
      'that it was the mentor who stepped back is nobody else’s business',
    )
    t.match(await operator.post(`/v1/mentorships/${mentorshipId}/recuse`, {}), {
      status: 409,
      body: { code: 'transition_not_allowed' },
    })
    t.same(await broken(), [])
  },
)

t.test(
  'who stepped back is never matched with this person again, in this referral or the next',
  async (t) => {
    const { matched, operator, candidates, auto, offer, clinic, referral, mentor, world } = await ready(t)
    const { referralId, mentorshipId, mentorId } = await matched()
    await done(operator.post(`/v1/mentorships/${mentorshipId}/recuse`, {}))
    const isLeftOut = async (id: string) => {
      const { body } = await candidates(id)
      t.same(body.data, [])
      t.match(body.excluded, [{ constraint: 'failed_pair', mentors: 1, alone: 1 }])
      t.match(await auto(id), { status: 409, body: { code: 'no_mentor_available' } })
      t.match(await offer(id, mentorId), { status: 409, body: { code: 'match_excluded' } })
    }
    await isLeftOut(referralId)
    const { patientId, consentId } = await referral(referralId)
    await done(operator.post(`/v1/referrals/${referralId}/fail`, { reason: 'no_mentor_found_in_time' }))
    const next = await done(
      clinic.post('/v1/referrals', {
        patientId,
        consentId,
        programId: world.programId,
        reason: ['isolation'],
      }),
    )
    await done(operator.post(`/v1/referrals/${next.id}/accept`, {}))
    await isLeftOut(next.id)
    const other = await mentor()
    t.match((await candidates(next.id)).body.data, [{ mentorId: other }])
  },
)

t.test('a mentor of another organization’s mentorship does not exist', async (t) => {
  const { matched, as, world, broken } = await ready(t)
  const { mentorshipId } = await matched()
  const stranger = await as(world.otherOperator)
  t.equal((await stranger.post(`/v1/mentorships/${mentorshipId}/recuse`, {})).status, 404)
  const clinic = await as(world.clinic)
  t.equal((await clinic.post(`/v1/mentorships/${mentorshipId}/recuse`, {})).status, 404)
  t.same(await broken(), [])
})

t.test('stepping back many times at once is stepping back once', async (t) => {
  const { matched, mentor, operator, broken, stored } = await ready(t)
  const by = await mentor({ capacity: 9 })
  for (let round = 0; round < 4; round += 1) {
    const { referralId, mentorshipId } = await matched(by)
    const recuse = () => operator.post(`/v1/mentorships/${mentorshipId}/recuse`, {})
    const answers = await Promise.all([recuse(), recuse(), recuse(), recuse()])
    t.same(answers.map(({ status }) => status).sort(), [200, 409, 409, 409])
    const clocks = `select count(*)::int as n from clocks where action = 'reassign_mentor' and subject_id = $1`
    t.same(await stored(clocks, [referralId]), [{ n: 1 }], 'one clock was started, once')
    t.same(await broken(), [])
  }
})
