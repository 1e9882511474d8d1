import t from 'tap'
import { done, ready } from './ready.ts'

/** A person in their own portal, before whom mentors are put. */
async function inPortal(t: Parameters<typeof ready>[0]) {
  const world = await ready(t)
  const { clinic, operator, accepted, referral, mentor, withToken } = world
  const closed = ['substances', 'interests', 'lifeSituations', 'pathways'].map((field) => [
    field,
    ['coordinator'],
  ])
  const open = await mentor({
    displayName: 'Sample Open',
    substances: ['zzsubstance'],
    boundaries: 'No loans.',
  })
  const shy = await mentor({
    substances: ['zzsubstance'],
    releases: { ...Object.fromEntries(closed), displayName: ['coordinator'], availability: [] },
    displayName: 'ZZ Shy',
    availability: ['FREQ=WEEKLY;BYDAY=SU;BYHOUR=3'],
  })
  const referralId = await accepted({ preferences: { substances: ['zzsubstance'] } })
  const { patientId } = await referral(referralId)
  const { accessToken } = await done(
    clinic.post('/v1/portal-tokens', { subject: { type: 'patient', id: patientId } }),
  )
  const own = withToken(accessToken)
  const put = (mentorIds: readonly string[]) =>
    operator.post(`/v1/referrals/${referralId}/shortlist`, { mentorIds })
  return { ...world, own, open, shy, put, referralId, patientId }
}

t.test('a person sees each mentor as they released themselves to patients, and chooses', async (t) => {
  const { own, open, shy, put, referralId, offersOf, broken, accept, referral } = await inPortal(t)
  const list = `/v1/referrals/${referralId}/shortlist`
  t.equal((await own.get(list)).status, 404)
  await done(put([open, shy]))
  const seen = await own.get(list)
  t.equal(seen.status, 200)
  t.same(seen.body.data.map(({ mentorId }: { mentorId: string }) => mentorId).sort(), [open, shy].sort())
  t.match(JSON.stringify(seen.body), /Sample Open.*No loans|No loans.*Sample Open/)
  t.notMatch(JSON.stringify(seen.body), /ZZ Shy|zzsubstance|BYDAY=SU|shared_experience/)
  t.notMatch(JSON.stringify(seen.body), /"(score|contribution|weight|cautions|load)"/)
  const chosen = await own.post(`/v1/referrals/${referralId}/choice`, { mentorId: shy })
  t.match(chosen, { status: 201, body: { mentorId: shy, chosenBy: 'patient', status: 'pending' } })
  t.match(await offersOf(referralId), [{ mentorId: shy, chosenBy: 'patient', status: 'pending' }])
  t.match((await own.get(list)).body, { chosenMentorId: shy })
  t.match(await referral(referralId), { businessStatus: 'offered_to_mentor' })
  t.equal((await accept(chosen.body.id)).status, 200)
  t.same(await broken(), [])
})

// A number for one pair is a number about the mentor: by it what they did not release could be guessed.
t.test('the answer to a person’s choice holds no number about the mentor', async (t) => {
  const { own, open, put, referralId } = await inPortal(t)
  await done(put([open]))
  const { body } = await own.post(`/v1/referrals/${referralId}/choice`, { mentorId: open })
  t.notOk(body.score, 'no score')
})

t.test('a person chooses for themselves and for nobody else', async (t) => {
  const { own, open, put, accepted, operator, clinic, referralId, offersOf, stored } = await inPortal(t)
  await done(put([open]))
  const other = await accepted()
  await done(operator.post(`/v1/referrals/${other}/shortlist`, { mentorIds: [open] }))
  t.equal((await own.get(`/v1/referrals/${other}/shortlist`)).status, 404)
  t.equal((await own.post(`/v1/referrals/${other}/choice`, { mentorId: open })).status, 404)
  t.same(await stored('select id from offers'), [])
  for (const path of [
    `/v1/referrals/${referralId}/candidates`,
    `/v1/referrals/${referralId}/offers`,
    '/v1/offers',
    `/v1/mentors/${open}`,
  ])
    t.ok([403, 404].includes((await own.get(path)).status), path)
  t.ok([403, 404].includes((await own.post(`/v1/referrals/${referralId}/offers`, { auto: true })).status))
  t.same(await offersOf(referralId), [])
  t.ok(clinic)
})

t.test('a choice is refused in the same words as an offer', async (t) => {
  const { own, open, shy, put, referralId, patientId, operator, become } = await inPortal(t)
  const choose = (mentorId: string) => own.post(`/v1/referrals/${referralId}/choice`, { mentorId })
  await done(put([open, shy]))
  await done(
    operator.post(`/v1/mentors/${open}/conflicts`, { patientId, kind: 'treating', declaredBy: 'patient' }),
  )
  t.match(await choose(open), { status: 409, body: { code: 'conflict_of_interest' } })
  t.notMatch(JSON.stringify((await own.get(`/v1/referrals/${referralId}/shortlist`)).body), open)
  await done(become(shy, 'paused'))
  t.match(await choose(shy), { status: 409, body: { code: 'mentor_not_available' } })
})
