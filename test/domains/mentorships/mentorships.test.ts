import t, { type Test } from 'tap'
import { sampleMentor, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

async function ready(t: Test) {
  const started = await startService(t)
  const world = await started.createWorld()
  const clinic = await started.as(world.clinic)
  const operator = await started.as(world.operator)
  const accepted = async (changes: object = {}) => {
    const { id } = (await clinic.post('/v1/referrals', sampleReferral(world.programId, changes))).body
    await operator.post(`/v1/referrals/${id}/accept`, {})
    return id as string
  }
  const mentor = async (changes: object = {}) => {
    const { id } = (await operator.post('/v1/mentors', sampleMentor(changes))).body
    await operator.post(`/v1/mentors/${id}/status`, { status: 'active' })
    return id as string
  }
  const offer = (id: string, mentorId: string) => operator.post(`/v1/referrals/${id}/offers`, { mentorId })
  const accept = (offerId: string) => operator.post(`/v1/offers/${offerId}/accept`, {})
  const matched = async () => {
    const referralId = await accepted()
    const { body } = await offer(referralId, await mentor())
    return { referralId, mentorshipId: (await accept(body.id)).body.mentorshipId as string }
  }
  const contact = (mentorshipId: string, changes: object = {}) =>
    operator.post(`/v1/mentorships/${mentorshipId}/contacts`, {
      at: started.time.now().toISOString(),
      mode: 'phone',
      result: 'two_way',
      ...changes,
    })
  const referral = async (id: string) => (await clinic.get(`/v1/referrals/${id}`)).body
  const engagement = async (id: string) => (await clinic.get(`/v1/referrals/${id}/engagement`)).body
  return {
    ...started,
    world,
    clinic,
    operator,
    accepted,
    mentor,
    offer,
    accept,
    matched,
    contact,
    referral,
    engagement,
  }
}

t.test('of many who take a mentor’s last place at once, one gets it', async (t) => {
  const { accepted, mentor, offer, accept, operator, stored } = await ready(t)
  const busy = await mentor({ capacity: 1 })
  const offers: string[] = []
  for (let person = 0; person < 8; person += 1) offers.push((await offer(await accepted(), busy)).body.id)
  const answers = await Promise.all(offers.map(accept))
  t.same(answers.map(({ status }) => status).sort(), [200, 409, 409, 409, 409, 409, 409, 409])
  for (const { status, body } of answers) if (status === 409) t.match(body, { code: 'capacity_full' })
  t.match((await operator.get(`/v1/mentors/${busy}`)).body, { load: 1, capacity: 1 })
  t.same(await stored('select count(*)::int as n from mentorships'), [{ n: 1 }])
  t.match(await offer(await accepted(), busy), { status: 409, body: { code: 'capacity_full' } })
})

t.test('a referral waits for one mentor at a time; silence makes room for the next', async (t) => {
  const { accepted, mentor, offer, accept, operator, referral, time } = await ready(t)
  const id = await accepted()
  const [first, second] = [await mentor(), await mentor()]
  const asked = (await offer(id, first)).body
  t.match(await referral(id), {
    businessStatus: 'offered_to_mentor',
    owner: { role: 'mentor' },
    nextAction: { code: 'answer_offer', dueAt: asked.expiresAt },
  })
  t.match(await offer(id, second), { status: 409, body: { code: 'offer_already_open' } })
  time.forward({ hours: 13 })
  t.match((await operator.get(`/v1/offers/${asked.id}`)).body, { status: 'expired' })
  t.match(await accept(asked.id), { status: 409, body: { code: 'offer_not_open' } })
  const next = await offer(id, second)
  t.equal(next.status, 201)
  t.match((await operator.post(`/v1/offers/${next.body.id}/decline`, {})).body, {
    status: 'declined',
    declineReason: null,
  })
  t.match(await referral(id), { businessStatus: 'awaiting_match', nextAction: { code: 'offer_mentor' } })
  t.match(await accept(next.body.id), { status: 409, body: { code: 'offer_not_open' } })
  t.match((await operator.get(`/v1/referrals/${id}/offers`)).body.data, [
    { status: 'declined' },
    { status: 'expired' },
  ])
})

t.test('many offers at once leave one, and two acceptances one mentorship', async (t) => {
  const { accepted, mentor, offer, accept, stored } = await ready(t)
  const id = await accepted()
  const mentors = [await mentor(), await mentor(), await mentor()]
  const answers = await Promise.all(mentors.map((mentorId) => offer(id, mentorId)))
  t.same(answers.map(({ status }) => status).sort(), [201, 409, 409])
  const open = answers.find(({ status }) => status === 201)?.body
  const taken = await Promise.all([accept(open.id), accept(open.id)])
  t.same(taken.map(({ status }) => status).sort(), [200, 409])
  t.same(await stored(`select count(*)::int as n from mentorships where status <> 'closed'`), [{ n: 1 }])
  t.same(await stored('select sum(load)::int as n from mentors'), [{ n: 1 }])
})

t.test('only an active mentor of one’s own takes people, and only for a referral that waits', async (t) => {
  const { accepted, mentor, offer, operator, as, world, clinic, matched } = await ready(t)
  const id = await accepted()
  const applicant = (await operator.post('/v1/mentors', sampleMentor())).body.id
  t.match(await offer(id, applicant), { status: 409, body: { code: 'mentor_not_available' } })
  const theirs = (await (await as(world.otherOperator)).post('/v1/mentors', sampleMentor())).body.id
  t.match(await offer(id, theirs), {
    status: 422,
    body: { errors: [{ pointer: '#/mentorId', code: 'unknown_mentor' }] },
  })
  t.equal((await clinic.get(`/v1/mentors/${applicant}`)).status, 403, 'a clinic has no scope for mentors')
  const { referralId } = await matched()
  t.match(await offer(referralId, await mentor()), { status: 409, body: { code: 'already_accompanied' } })
  const fresh = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body.id
  t.match(await offer(fresh, await mentor()), { status: 409, body: { code: 'transition_not_allowed' } })
})

t.test('a mentor moves forward, pauses and ends, and never back', async (t) => {
  const { operator } = await ready(t)
  const { id } = (await operator.post('/v1/mentors', sampleMentor())).body
  const become = (status: string) => operator.post(`/v1/mentors/${id}/status`, { status })
  for (const status of ['screening', 'in_training', 'ready', 'active', 'paused', 'active']) {
    t.match((await become(status)).body, { status })
  }
  t.match(await become('screening'), { status: 409, body: { code: 'transition_not_allowed' } })
  t.match((await become('ended')).body, { status: 'ended' })
  t.equal((await become('active')).status, 409)
})

t.test('a contact is recorded after it happened, inside its mentorship', async (t) => {
  const { matched, contact, time, operator, as, world, stored } = await ready(t)
  const { mentorshipId } = await matched()
  const at = (hours: number) => new Date(time.now().getTime() + hours * 3_600_000).toISOString()
  t.match(await contact(mentorshipId, { at: at(1) }), {
    status: 422,
    body: { errors: [{ pointer: '#/at', code: 'contact_in_future' }] },
  })
  t.match(await contact(mentorshipId, { at: at(-2) }), {
    status: 422,
    body: { errors: [{ pointer: '#/at', code: 'contact_before_mentorship' }] },
  })
  t.same(await stored('select count(*)::int as n from contacts'), [{ n: 0 }])
  const stranger = await as(world.otherOperator)
  const theirs = { at: at(0), mode: 'phone', result: 'two_way' }
  t.equal((await stranger.post(`/v1/mentorships/${mentorshipId}/contacts`, theirs)).status, 404)
  t.equal((await contact(mentorshipId)).status, 201)
  await operator.post(`/v1/mentorships/${mentorshipId}/close`, { outcome: 'planned_end' })
  t.match(await contact(mentorshipId), { status: 409, body: { code: 'transition_not_allowed' } })
})

t.test('who the mentor is and what was said stay with their organization', async (t) => {
  const { matched, contact, clinic, operator, stored } = await ready(t)
  const { mentorshipId } = await matched()
  await contact(mentorshipId, { minutes: 20, summary: 'ZZ what was said' })
  const seen = (await clinic.get(`/v1/mentorships/${mentorshipId}`)).body
  t.match(seen, {
    mentorType: 'peer_certified',
    status: 'active',
    redacted: ['contact_notes'],
    disclosure: { basis: 'consent' },
  })
  t.notOk('mentorId' in seen)
  const contacts = (await clinic.get(`/v1/mentorships/${mentorshipId}/contacts`)).body
  t.match(contacts, { data: [{ result: 'two_way', minutes: 20 }], redacted: ['contact_notes'] })
  t.notMatch(JSON.stringify(contacts), /ZZ what/)
  t.match((await operator.get(`/v1/mentorships/${mentorshipId}/contacts`)).body.data, [
    { summary: 'ZZ what was said' },
  ])
  t.same(await stored(`select id from events where codes::text like '%ZZ%'`), [])
})

t.test('a pause has an end, and what lives on after it is expected anew', async (t) => {
  const { matched, contact, operator, referral, engagement, time } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  await contact(mentorshipId)
  const pause = () => operator.post(`/v1/mentorships/${mentorshipId}/pause`, { resumeBy: '2026-12-20' })
  t.match((await pause()).body, { status: 'paused', resumeBy: '2026-12-20' })
  t.match(await referral(referralId), {
    nextAction: { code: 'review_pause', dueAt: '2026-12-21T07:00:00.000Z' },
    owner: { role: 'coordinator' },
  })
  t.match(await engagement(referralId), { status: 'paused' })
  t.equal((await pause()).status, 409)
  time.forward({ days: 30 })
  t.equal((await operator.post(`/v1/mentorships/${mentorshipId}/resume`, {})).status, 200)
  t.match(await engagement(referralId), { status: 'connected' }, 'silence during the pause was no silence')
  t.match(await referral(referralId), { nextAction: { code: 'keep_contact' }, owner: { role: 'mentor' } })
})

t.test('a person whose mentor is gone is not done: somebody must find the next', async (t) => {
  const { matched, contact, operator, referral, engagement, offer, mentor, accept, time } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  await contact(mentorshipId)
  time.forward({ days: 1 })
  await operator.post(`/v1/mentorships/${mentorshipId}/close`, { outcome: 'mentor_unavailable' })
  t.match(await referral(referralId), {
    status: 'in_progress',
    businessStatus: 'awaiting_match',
    owner: { role: 'coordinator' },
    nextAction: { code: 'reassign_mentor' },
  })
  t.match(await engagement(referralId), { status: 'awaiting_match' })
  const next = (await accept((await offer(referralId, await mentor())).body.id)).body
  t.match(await referral(referralId), { nextAction: { code: 'attempt_first_contact' } })
  t.match(await engagement(referralId), {
    status: 'awaiting_first_contact',
    mentorship: { id: next.mentorshipId },
  })
})

t.test('closing says how it ended, and asks for what must have happened before', async (t) => {
  const { matched, contact, operator, referral } = await ready(t)
  const silent = await matched()
  const close = (id: string, outcome: string) => operator.post(`/v1/mentorships/${id}/close`, { outcome })
  t.match(await close(silent.mentorshipId, 'goals_met'), {
    status: 409,
    body: { code: 'two_way_contact_required' },
  })
  t.match(await close(silent.mentorshipId, 'lost_contact'), {
    status: 409,
    body: { code: 'contact_attempts_required' },
  })
  t.match((await close(silent.mentorshipId, 'hospital_or_residential')).body, { status: 'closed' })
  t.match(await referral(silent.referralId), {
    status: 'failed',
    statusReason: { code: 'hospital_or_residential' },
  })
  const met = await matched()
  await contact(met.mentorshipId)
  const completed = await operator.post(`/v1/referrals/${met.referralId}/complete`, {
    outcome: 'planned_end',
    nextSupport: 'Sample group',
  })
  t.match(completed.body, { status: 'completed', outcome: 'planned_end' })
  t.match((await operator.get(`/v1/mentorships/${met.mentorshipId}`)).body, {
    status: 'closed',
    outcome: 'planned_end',
    nextSupport: 'Sample group',
  })
  t.equal((await close(met.mentorshipId, 'planned_end')).status, 409)
})

t.test('giving up takes three attempts on two channels over a week', async (t) => {
  const { matched, contact, operator, time, referral } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  const fail = () => operator.post(`/v1/referrals/${referralId}/fail`, { reason: 'unable_to_contact' })
  await contact(mentorshipId, { result: 'no_answer' })
  time.forward({ days: 3 })
  await contact(mentorshipId, { result: 'voicemail' })
  t.match(await fail(), { status: 409, body: { code: 'contact_attempts_required' } })
  time.forward({ days: 4 })
  await contact(mentorshipId, { result: 'message_left', mode: 'text' })
  t.match((await fail()).body, { status: 'failed', statusReason: { code: 'unable_to_contact' } })
  t.match(await referral(referralId), { status: 'failed' })
})

t.test('no step along the way leaves a person without owner, next action and clock', async (t) => {
  const { matched, contact, operator, stored, accepted, offer, mentor } = await ready(t)
  const alone = () =>
    stored(`select r.id from referrals r left join clocks c on c.id = r.clock_id and c.stopped_at is null
            where r.open and (c.id is null or c.owner_organization_id is null)
            union all
            select m.id from mentorships m join referrals r on r.id = m.referral_id where m.status <> 'closed' and not r.open`)
  const { referralId, mentorshipId } = await matched()
  const hold = (reason: string) =>
    operator.post(`/v1/referrals/${referralId}/hold`, { reason, resumeBy: '2026-12-20' })
  const steps = [
    () => contact(mentorshipId, { result: 'no_answer' }),
    () => contact(mentorshipId),
    () => operator.post(`/v1/mentorships/${mentorshipId}/pause`, { resumeBy: '2026-12-20' }),
    () => hold('technology_barrier'),
    () => operator.post(`/v1/mentorships/${mentorshipId}/resume`, {}),
    () => operator.post(`/v1/referrals/${referralId}/resume`, {}),
    () => operator.post(`/v1/mentorships/${mentorshipId}/close`, { outcome: 'mentor_unavailable' }),
    async () => offer(referralId, await mentor()),
    () => hold('mentor_absent'),
    () => operator.post(`/v1/referrals/${referralId}/resume`, {}),
    () => operator.post(`/v1/referrals/${referralId}/cancel`, { reason: 'person_declined' }),
  ]
  for (const [index, step] of steps.entries()) {
    const { status } = await step()
    t.ok(status < 300, `step ${index + 1} is taken`)
    t.same(await alone(), [], `after step ${index + 1}`)
  }
  await accepted()
  t.same(await alone(), [])
})
