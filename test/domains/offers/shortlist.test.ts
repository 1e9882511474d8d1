import t from 'tap'
import { done, ready } from './ready.ts'

/** A person before whom three mentors are put. */
async function withThree(t: Parameters<typeof ready>[0]) {
  const world = await ready(t)
  const { accepted, mentor, operator } = world
  const mentors = [await mentor(), await mentor(), await mentor()] as const
  const referralId = await accepted()
  const put = (mentorIds: readonly string[], id = referralId) =>
    operator.post(`/v1/referrals/${id}/shortlist`, { mentorIds })
  const choose = (mentorId: string, id = referralId) =>
    operator.post(`/v1/referrals/${id}/choice`, { mentorId })
  const shown = async (id = referralId) => operator.get(`/v1/referrals/${id}/shortlist`)
  return { ...world, mentors, referralId, put, choose, shown }
}

t.test('up to three mentors are put before the person, each once', async (t) => {
  const { mentors, put, mentor, shown, unknownId } = await withThree(t)
  t.equal((await shown()).status, 404, 'before there is one, there is none')
  t.match(await put([]), { status: 422, body: { errors: [{ pointer: '#/mentorIds', code: 'too_few' }] } })
  t.match(await put([...mentors, await mentor()]), {
    status: 422,
    body: { errors: [{ pointer: '#/mentorIds', code: 'too_many' }] },
  })
  t.match(await put([mentors[0], mentors[1], mentors[0]]), {
    status: 422,
    body: { errors: [{ pointer: '#/mentorIds', code: 'duplicate' }] },
  })
  t.match(await put([mentors[0], unknownId()]), {
    status: 422,
    body: { errors: [{ pointer: '#/mentorIds/1', code: 'unknown_mentor' }] },
  })
  t.equal((await shown()).status, 404, 'what was refused left nothing')
  const made = await put(mentors)
  t.match(made, { status: 201, body: { chosenMentorId: null, chosenAt: null } })
  t.same(made.body.data.map(({ mentorId }: { mentorId: string }) => mentorId).sort(), [...mentors].sort())
  // Each look is a disclosure of its own.
  const { disclosure: _, ...again } = (await shown()).body
  const { disclosure, ...first } = made.body
  t.same(again, first)
  t.match(disclosure, { basis: 'consent' })
})

t.test('the choice makes the offer, in the person’s name', async (t) => {
  const { mentors, put, choose, shown, referralId, referral, offersOf, broken, accept, candidates } =
    await withThree(t)
  await done(put(mentors))
  const chosen = await choose(mentors[1])
  t.match(chosen, { status: 201, body: { mentorId: mentors[1], chosenBy: 'patient', status: 'pending' } })
  t.equal(chosen.headers.location, `/v1/offers/${chosen.body.id}`)
  t.match((await shown()).body, { chosenMentorId: mentors[1], chosenAt: '2026-11-18T19:00:00.000Z' })
  t.match(await referral(referralId), {
    businessStatus: 'offered_to_mentor',
    nextAction: { code: 'answer_offer' },
  })
  t.match(await offersOf(referralId), [{ id: chosen.body.id }])
  t.match(await choose(mentors[2]), { status: 409, body: { code: 'offer_already_open' } })
  t.match((await shown()).body, { chosenMentorId: mentors[1] }, 'a refused choice changes nothing')
  t.equal((await accept(chosen.body.id)).status, 200)
  t.match(await choose(mentors[2]), { status: 409, body: { code: 'already_accompanied' } })
  t.equal((await candidates(referralId)).status, 200)
  t.same(await broken(), [])
})

t.test('who is not on the list cannot be chosen, however well they fit', async (t) => {
  const { mentors, put, choose, broken, stored, unknownId, referralId, accepted } = await withThree(t)
  t.equal((await choose(mentors[0])).status, 404, 'there is no list yet')
  await done(put([mentors[0], mentors[1]]))
  for (const other of [mentors[2], unknownId()])
    t.match(await choose(other), {
      status: 422,
      body: { errors: [{ pointer: '#/mentorId', code: 'not_on_shortlist' }] },
    })
  const elsewhere = await accepted()
  t.equal((await choose(mentors[0], elsewhere)).status, 404, 'a list is for one person')
  await done(put([mentors[2]]))
  t.match(await choose(mentors[0]), { status: 422 }, 'a new list replaces the one before')
  t.equal((await choose(mentors[2])).status, 201)
  t.match(await stored('select count(*)::int as n from offers where referral_id = $1', [referralId]), [
    { n: 1 },
  ])
  t.same(await broken(), [])
})

t.test(
  'after the chosen mentor’s no it is a coordinator’s turn: nobody else was the person’s choice',
  async (t) => {
    const { mentors, put, choose, decline, referral, referralId, offersOf, broken, sweep, time } =
      await withThree(t)
    await done(put(mentors))
    await done(decline((await done(choose(mentors[0]))).id))
    t.match(await referral(referralId), {
      owner: { role: 'coordinator' },
      nextAction: { code: 'offer_mentor' },
    })
    t.equal((await offersOf(referralId)).length, 1)
    t.match(await choose(mentors[0]), { status: 409, body: { code: 'match_excluded' } })
    const second = await done(choose(mentors[1]))
    t.match(second, { chosenBy: 'patient' }, 'the list still stands')
    time.set(second.expiresAt)
    await sweep()
    t.match(await referral(referralId), {
      owner: { role: 'coordinator' },
      nextAction: { code: 'offer_mentor' },
    })
    t.equal((await offersOf(referralId)).length, 2)
    t.same(await broken(), [])
  },
)

t.test('only who fits is put before a person, and who no longer does is not shown', async (t) => {
  const { mentors, put, choose, shown, become, operator, referral, referralId, applicant, mentor } =
    await withThree(t)
  t.match(await put([await applicant()]), { status: 409, body: { code: 'mentor_not_available' } })
  const spanish = await mentor({ languages: ['es'] })
  t.match(await put([spanish]), { status: 409, body: { code: 'match_excluded' } })
  await done(put(mentors))
  await done(become(mentors[0], 'paused'))
  const { patientId } = await referral(referralId)
  await done(operator.post(`/v1/mentors/${mentors[1]}/conflicts`, { patientId, kind: 'treating' }))
  t.same(
    (await shown()).body.data.map(({ mentorId }: { mentorId: string }) => mentorId),
    [mentors[2]],
  )
  t.match(await choose(mentors[0]), { status: 409, body: { code: 'mentor_not_available' } })
  t.match(await choose(mentors[1]), { status: 409, body: { code: 'conflict_of_interest' } })
  t.equal((await choose(mentors[2])).status, 201)
})

t.test('a list is made for a referral that is matched, by the organization that matches', async (t) => {
  const { mentors, put, referred, as, world, referralId, choose, operator } = await withThree(t)
  t.match(await put(mentors, await referred()), { status: 409, body: { code: 'transition_not_allowed' } })
  const stranger = await as(world.otherOperator)
  const clinic = await as(world.clinic, [...world.clinic.scopes, 'matching:read', 'matching:write'])
  await done(put(mentors))
  for (const api of [stranger, clinic]) {
    t.equal((await api.get(`/v1/referrals/${referralId}/shortlist`)).status, 404)
    t.equal(
      (await api.post(`/v1/referrals/${referralId}/shortlist`, { mentorIds: [mentors[0]] })).status,
      404,
    )
    t.equal((await api.post(`/v1/referrals/${referralId}/choice`, { mentorId: mentors[0] })).status, 404)
  }
  await done(operator.post(`/v1/referrals/${referralId}/cancel`, { reason: 'person_declined' }))
  t.match(await choose(mentors[0]), { status: 409, body: { code: 'transition_not_allowed' } })
})

t.test('two choices at once are one', async (t) => {
  const { mentors, put, choose, shown, referralId, offersOf, broken } = await withThree(t)
  await done(put(mentors))
  const answers = await Promise.all(mentors.map((mentorId) => choose(mentorId)))
  t.same(answers.map(({ status }) => status).sort(), [201, 409, 409])
  const [offer] = await offersOf(referralId)
  t.match((await shown()).body, { chosenMentorId: offer.mentorId })
  t.same(await broken(), [])
})
