import t from 'tap'
import { done, ready } from './ready.ts'

t.test('a coordinator may ask a mentor who does not fit, with a reason that is kept and shown', async (t) => {
  const { accepted, mentor, offer, operator, stored, broken } = await ready(t)
  const id = await accepted({
    preferences: {
      must: { languages: ['es'], substances: ['opioids'] },
      mustNot: { mentorTypes: ['peer_certified'] },
    },
  })
  const by = await mentor({
    languages: ['en'],
    serviceArea: ['100'],
    mustNot: { reasons: ['transition_of_care'] },
  })
  const refused = await offer(id, by)
  t.match(refused, { status: 409, body: { code: 'match_excluded' } })
  for (const constraint of ['service_area', 'must', 'must_not', 'mentor_must_not'])
    t.match(refused.body.detail, constraint, 'the refusal names what does not fit')
  t.same(await stored('select id from offers'), [])
  const asked = await offer(id, by, {
    overrideReason: 'They know each other from the choir and both wish it.',
  })
  t.match(asked, {
    status: 201,
    body: {
      mentorId: by,
      chosenBy: 'coordinator',
      overrideReason: 'They know each other from the choir and both wish it.',
    },
  })
  t.same(asked.body.overridden, ['service_area', 'must', 'must_not', 'mentor_must_not'])
  t.match((await operator.get(`/v1/offers/${asked.body.id}`)).body, {
    overridden: asked.body.overridden,
    overrideReason: asked.body.overrideReason,
  })
  t.equal(
    (await operator.post(`/v1/offers/${asked.body.id}/accept`, {})).status,
    200,
    'and it can be accepted',
  )
  t.same(await broken(), [])
})

t.test('a reason that nothing needed is not kept: the offer was an ordinary one', async (t) => {
  const { accepted, mentor, offer } = await ready(t)
  t.match(await offer(await accepted(), await mentor(), { overrideReason: 'Just in case' }), {
    status: 201,
    body: { overridden: [], overrideReason: null },
  })
})

t.test('an empty reason is none', async (t) => {
  const { accepted, mentor, offer } = await ready(t)
  const id = await accepted({ preferences: { must: { languages: ['es'] } } })
  const by = await mentor()
  t.equal((await offer(id, by, { overrideReason: '' })).status, 422)
  t.equal((await offer(id, by, { overrideReason: '   ' })).status, 422)
})

t.test('no reason goes past a mentor’s status, papers, room or another relation', async (t) => {
  const { accepted, applicant, mentor, offer, become, matched, operator, referral, stored } = await ready(t)
  const overrideReason = 'Everybody wishes it.'
  const id = await accepted()
  const refusedWith = async (mentorId: string, code: string) =>
    t.match(await offer(id, mentorId, { overrideReason }), { status: 409, body: { code } })
  await refusedWith(await applicant(), 'mentor_not_available')
  const paused = await mentor()
  await done(become(paused, 'paused'))
  await refusedWith(paused, 'mentor_not_available')
  const full = await mentor({ capacity: 1 })
  await matched(full)
  await refusedWith(full, 'capacity_full')
  const { patientId } = await referral(id)
  const related = await mentor()
  await done(operator.post(`/v1/mentors/${related}/conflicts`, { patientId, kind: 'family' }))
  await refusedWith(related, 'conflict_of_interest')
  await done(operator.post('/v1/mentor-requirements', { item: 'screening', code: 'background_check' }))
  await refusedWith(await mentor(), 'mentor_not_available')
  t.same(await stored('select id from offers where referral_id = $1', [id]), [])
})

t.test('a pair that went wrong is tried again only when a coordinator says why', async (t) => {
  const { matched, mentor, contact, operator, clinic, world, referral, candidates, offer } = await ready(t)
  for (const outcome of ['person_ended', 'program_ended_relationship']) {
    const by = await mentor()
    const { referralId, mentorshipId } = await matched(by)
    await contact(mentorshipId)
    await done(operator.post(`/v1/mentorships/${mentorshipId}/close`, { outcome }))
    const { patientId, consentId } = await referral(referralId)
    const { id } = await done(
      clinic.post('/v1/referrals', {
        patientId,
        consentId,
        programId: world.programId,
        reason: ['isolation'],
      }),
    )
    await done(operator.post(`/v1/referrals/${id}/accept`, {}))
    t.notMatch(JSON.stringify((await candidates(id)).body.data), by)
    t.match(await offer(id, by), { status: 409, body: { code: 'match_excluded' } })
    t.match(await offer(id, by, { overrideReason: 'Both asked for another try.' }), {
      status: 201,
      body: { overridden: ['failed_pair'] },
    })
  }
})

t.test('who has declined is asked again only when a coordinator says why', async (t) => {
  const { accepted, mentor, offer, decline } = await ready(t)
  const [id, by] = [await accepted(), await mentor()]
  await done(decline((await done(offer(id, by))).id))
  t.match(await offer(id, by), { status: 409, body: { code: 'match_excluded' } })
  t.match(await offer(id, by, { overrideReason: 'She called back: she has time now.' }), {
    status: 201,
    body: { overridden: ['asked_already'] },
  })
})

t.test('an offer of another organization does not exist, to the referring clinic either', async (t) => {
  const { accepted, mentor, offer, as, world, operator, unknownId } = await ready(t)
  const id = await accepted()
  const asked = await done(offer(id, await mentor()))
  const stranger = await as(world.otherOperator)
  const clinic = await as(world.clinic, [...world.clinic.scopes, 'matching:read', 'matching:write'])
  for (const api of [stranger, clinic]) {
    t.equal((await api.get(`/v1/offers/${asked.id}`)).status, 404)
    t.equal((await api.get(`/v1/referrals/${id}/offers`)).status, 404)
    t.equal((await api.post(`/v1/offers/${asked.id}/accept`, {})).status, 404)
    t.equal((await api.post(`/v1/offers/${asked.id}/decline`, {})).status, 404)
    t.same((await api.get('/v1/offers')).body.data, [])
    t.equal((await api.post(`/v1/referrals/${id}/offers`, { auto: true })).status, 404)
  }
  t.equal((await operator.get(`/v1/offers/${unknownId()}`)).status, 404)
  t.match((await operator.get(`/v1/offers/${asked.id}`)).body, { status: 'pending', version: 1 })
})

t.test('an offer is answered once, by whoever answers first', async (t) => {
  const { accepted, mentor, offer, accept, decline, broken } = await ready(t)
  for (let round = 0; round < 4; round += 1) {
    const asked = await done(offer(await accepted(), await mentor()))
    const calls = [
      () => accept(asked.id),
      () => decline(asked.id),
      () => accept(asked.id),
      () => decline(asked.id),
    ]
    const answers = await Promise.all((round % 2 ? calls.reverse() : calls).map((call) => call()))
    t.same(answers.map(({ status }) => status).sort(), [200, 409, 409, 409])
    t.same(await broken(), [])
  }
})

t.test('of many offers for one person at once, of every kind, one waits', async (t) => {
  const { accepted, mentor, offer, auto, broken, stored } = await ready(t)
  const mentors = [await mentor(), await mentor(), await mentor(), await mentor()]
  for (let round = 0; round < 3; round += 1) {
    const id = await accepted()
    const answers = await Promise.all([...mentors.map((mentorId) => offer(id, mentorId)), auto(id), auto(id)])
    t.same(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409])
    for (const { status, body } of answers) if (status === 409) t.match(body, { code: 'offer_already_open' })
    t.same(await stored(`select count(*)::int as n from offers where referral_id = $1`, [id]), [{ n: 1 }])
    t.same(await broken(), [])
  }
})
