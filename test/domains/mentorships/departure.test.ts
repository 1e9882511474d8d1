import t from 'tap'
import { done, ready } from '../offers/ready.ts'

t.test(
  'when a mentor pauses, each of their people has a coordinator and a clock in the same moment',
  async (t) => {
    const { matched, mentor, become, contact, referral, mentorship, getMentor, broken, stored } =
      await ready(t)
    const by = await mentor({ capacity: 10 })
    const waiting = await matched(by)
    const talked = await matched(by)
    await contact(talked.mentorshipId)
    const tried = await matched(by)
    await contact(tried.mentorshipId, { result: 'no_answer' })
    const others = await matched()
    const before = await referral(others.referralId)
    await done(become(by, 'paused', { pauseReason: 'wellbeing', pausedUntil: '2026-12-20' }))
    for (const { referralId, mentorshipId } of [waiting, talked, tried]) {
      t.match(await referral(referralId), {
        businessStatus: 'awaiting_match',
        owner: { role: 'coordinator' },
        // The referral is urgent: one business day.
        nextAction: { code: 'reassign_mentor', dueAt: '2026-11-19T19:00:00.000Z' },
      })
      t.match(await mentorship(mentorshipId), {
        status: 'active',
        reassignSince: '2026-11-18T19:00:00.000Z',
        mentorId: by,
      })
    }
    t.same(await referral(others.referralId), before, 'the people of other mentors are not touched')
    t.match(
      await getMentor(by),
      { status: 'paused', load: 3 },
      'they keep their people until somebody takes over',
    )
    t.same(
      await stored(
        `select distinct m.xmin::text = c.xmin::text as together
       from mentors m, clocks c where m.id = $1 and c.action = 'reassign_mentor'`,
        [by],
      ),
      [{ together: true }],
      'one transaction wrote the pause and every clock',
    )
    t.same(
      await stored(`select count(*)::int as n from events where type = 'mentorship.needs_reassignment'`),
      [{ n: 3 }],
    )
    t.same(await broken(), [])
  },
)

t.test(
  'a mentor who has left carries nobody: their mentorships close and somebody looks for the next',
  async (t) => {
    const { matched, mentor, become, contact, referral, mentorship, getMentor, broken, offer, accept } =
      await ready(t)
    const by = await mentor({ capacity: 10 })
    const one = await matched(by)
    const other = await matched(by)
    await contact(other.mentorshipId)
    await done(become(by, 'ended', { reason: 'Moved away' }))
    for (const { referralId, mentorshipId } of [one, other]) {
      t.match(await mentorship(mentorshipId), {
        status: 'closed',
        outcome: 'mentor_unavailable',
        closedBecause: 'mentor_ended',
      })
      t.match(await referral(referralId), {
        businessStatus: 'awaiting_match',
        owner: { role: 'coordinator' },
        nextAction: { code: 'reassign_mentor' },
      })
    }
    t.match(await getMentor(by), { status: 'ended', load: 0 })
    t.match(await become(by, 'active'), { status: 409, body: { code: 'transition_not_allowed' } })
    t.same(await broken(), [])
    const next = await mentor()
    await done(accept((await done(offer(one.referralId, next))).id))
    t.match(await referral(one.referralId), { nextAction: { code: 'attempt_first_contact' } })
    t.same(await broken(), [])
  },
)

t.test(
  'offers that wait for a mentor who pauses or leaves are taken back, and their people looked after',
  async (t) => {
    const { accepted, mentor, offer, become, offersOf, referral, accept, decline, broken } = await ready(t)
    for (const status of ['paused', 'ended']) {
      const by = await mentor()
      const id = await accepted()
      const asked = await done(offer(id, by))
      await done(become(by, status))
      t.match(await offersOf(id), [{ status: 'withdrawn' }])
      t.match(await referral(id), {
        businessStatus: 'awaiting_match',
        owner: { role: 'coordinator' },
        nextAction: { code: 'offer_mentor' },
      })
      t.match(await accept(asked.id), { status: 409, body: { code: 'offer_not_open' } })
      t.match(await decline(asked.id), { status: 409, body: { code: 'offer_not_open' } })
      t.match(await offer(id, by), { status: 409, body: { code: 'mentor_not_available' } })
      t.same(await broken(), [])
    }
  },
)

t.test('an offer that is taken back is told, as every other answer is', async (t) => {
  const { accepted, mentor, offer, become, stored } = await ready(t)
  const by = await mentor()
  const asked = await done(offer(await accepted(), by))
  await done(become(by, 'paused'))
  t.same(await stored(`select type from events where subject_id = $1 order by id`, [asked.id]), [
    { type: 'offer.made' },
    { type: 'offer.withdrawn' },
  ])
})

t.test('a mentor who comes back has those of their people whom nobody took over', async (t) => {
  const world = await ready(t)
  const { matched, mentor, become, contact, offer, accept, referral, mentorship, getMentor, broken, time } =
    world
  const by = await mentor({ capacity: 10 })
  const kept = await matched(by)
  const fresh = await matched(by)
  const taken = await matched(by)
  await contact(kept.mentorshipId)
  await done(become(by, 'paused', { pauseReason: 'leave', pausedUntil: '2026-12-01' }))
  await done(accept((await done(offer(taken.referralId, await mentor()))).id))
  time.forward({ days: 10 })
  t.match(await become(by, 'active'), {
    status: 200,
    body: { status: 'active', pausedUntil: null, statusReason: null },
  })
  t.match(await referral(kept.referralId), {
    businessStatus: 'contact_completed',
    owner: { role: 'mentor' },
    nextAction: { code: 'keep_contact' },
  })
  t.ok(
    new Date((await referral(kept.referralId)).nextAction.dueAt) > time.now(),
    'silence while the mentor was away was no silence',
  )
  t.match(await referral(fresh.referralId), {
    businessStatus: 'awaiting_first_contact',
    owner: { role: 'mentor' },
    nextAction: { code: 'attempt_first_contact' },
  })
  t.match(await mentorship(kept.mentorshipId), { status: 'active', reassignSince: null })
  t.match(await mentorship(taken.mentorshipId), { status: 'closed', closedBecause: 'reassigned' })
  t.match(await getMentor(by), { load: 2 })
  t.same(await broken(), [])
})

t.test('a new mentor who pauses and returns still has the first conversation before them', async (t) => {
  const world = await ready(t)
  const { matched, mentor, become, contact, offer, accept, referral, broken } = world
  const { referralId, mentorshipId } = await matched()
  await contact(mentorshipId)
  const next = await mentor()
  await done(accept((await done(offer(referralId, next, { handOver: true }))).id))
  t.match(await referral(referralId), { nextAction: { code: 'attempt_first_contact' } })
  await done(become(next, 'paused'))
  await done(become(next, 'active'))
  t.match(
    await referral(referralId),
    { businessStatus: 'awaiting_first_contact', nextAction: { code: 'attempt_first_contact' } },
    'what the mentor before talked about is not their conversation',
  )
  t.same(await broken(), [])
})

t.test(
  'a mentor who returns while the next was asked has their person back, and nobody else is asked',
  async (t) => {
    const world = await ready(t)
    const {
      matched,
      mentor,
      become,
      offer,
      auto,
      accept,
      decline,
      contact,
      offersOf,
      referral,
      mentorship,
      broken,
    } = world
    for (const ask of [offer, auto]) {
      const { referralId, mentorshipId, mentorId } = await matched()
      await contact(mentorshipId)
      await done(become(mentorId, 'paused'))
      const next = await mentor()
      const asked = await done(ask === auto ? auto(referralId) : offer(referralId, next))
      await done(become(mentorId, 'active'))
      t.match(await offersOf(referralId), [{ id: asked.id, status: 'withdrawn' }, { status: 'accepted' }])
      t.match(await accept(asked.id), { status: 409, body: { code: 'offer_not_open' } })
      t.match(await decline(asked.id), { status: 409, body: { code: 'offer_not_open' } })
      t.match(await referral(referralId), { owner: { role: 'mentor' }, nextAction: { code: 'keep_contact' } })
      t.match(await mentorship(mentorshipId), { status: 'active', reassignSince: null })
      t.same(await broken(), [])
    }
  },
)

t.test(
  'the same for two who have paused: after the return the pause is looked at, not an offer',
  async (t) => {
    const { matched, mentor, become, offer, operator, referral, broken } = await ready(t)
    const { referralId, mentorshipId, mentorId } = await matched()
    await done(operator.post(`/v1/mentorships/${mentorshipId}/pause`, { resumeBy: '2026-12-20' }))
    await done(become(mentorId, 'paused'))
    await done(offer(referralId, await mentor()))
    await done(become(mentorId, 'active'))
    t.match(await referral(referralId), {
      owner: { role: 'coordinator' },
      nextAction: { code: 'review_pause' },
    })
    t.same(await broken(), [])
  },
)

t.test('a mentor who was asked to take over, and pauses, leaves the person where they were', async (t) => {
  const { matched, mentor, become, offer, contact, referral, broken } = await ready(t)
  const { referralId, mentorshipId, mentorId } = await matched()
  await contact(mentorshipId)
  const before = await referral(referralId)
  const [asked, other] = [await mentor(), await mentor()]
  await done(offer(referralId, asked, { handOver: true }))
  await done(become(asked, 'paused'))
  t.match(
    await referral(referralId),
    { businessStatus: before.businessStatus, owner: before.owner, nextAction: before.nextAction },
    'their mentor is there, so nobody is looked for',
  )
  t.same(await broken(), [])
  await done(become(mentorId, 'paused'))
  await done(offer(referralId, other))
  await done(become(other, 'ended'))
  t.match(await referral(referralId), {
    owner: { role: 'coordinator' },
    nextAction: { code: 'reassign_mentor' },
  })
  t.same(await broken(), [])
})

t.test('a pause of the two and a hold of the referral outlast the pause of the mentor', async (t) => {
  const { matched, mentor, become, contact, operator, referral, mentorship, broken } = await ready(t)
  const by = await mentor({ capacity: 5 })
  const [paused, held] = [await matched(by), await matched(by)]
  await contact(paused.mentorshipId)
  await contact(held.mentorshipId)
  await done(operator.post(`/v1/mentorships/${paused.mentorshipId}/pause`, { resumeBy: '2026-12-20' }))
  await done(
    operator.post(`/v1/referrals/${held.referralId}/hold`, {
      reason: 'incarcerated',
      resumeBy: '2026-12-20',
    }),
  )
  await done(become(by, 'paused'))
  t.match(await referral(paused.referralId), { nextAction: { code: 'review_pause' } })
  t.match(await referral(held.referralId), { status: 'on_hold', nextAction: { code: 'review_hold' } })
  t.same(await broken(), [])
  await done(operator.post(`/v1/mentorships/${paused.mentorshipId}/resume`, {}))
  await done(operator.post(`/v1/referrals/${held.referralId}/resume`, {}))
  for (const { referralId } of [paused, held])
    t.match(
      await referral(referralId),
      {
        businessStatus: 'awaiting_match',
        owner: { role: 'coordinator' },
        nextAction: { code: 'reassign_mentor' },
      },
      'when it goes on, their mentor is still away',
    )
  t.same(await broken(), [])
  await done(become(by, 'active'))
  t.match(await mentorship(paused.mentorshipId), { status: 'active', reassignSince: null })
  for (const { referralId } of [paused, held])
    t.match(await referral(referralId), { owner: { role: 'mentor' }, nextAction: { code: 'keep_contact' } })
  t.same(await broken(), [])
})

t.test(
  'a mentor who ends while a referral is on hold or their pair is paused leaves nobody behind',
  async (t) => {
    const { matched, mentor, become, operator, referral, getMentor, broken } = await ready(t)
    const by = await mentor({ capacity: 5 })
    const [paused, held] = [await matched(by), await matched(by)]
    await done(operator.post(`/v1/mentorships/${paused.mentorshipId}/pause`, { resumeBy: '2026-12-20' }))
    await done(
      operator.post(`/v1/referrals/${held.referralId}/hold`, {
        reason: 'mentor_absent',
        resumeBy: '2026-12-20',
      }),
    )
    await done(become(by, 'ended'))
    t.match(await getMentor(by), { load: 0 })
    t.match(await referral(paused.referralId), {
      owner: { role: 'coordinator' },
      nextAction: { code: 'reassign_mentor' },
    })
    t.match(await referral(held.referralId), { status: 'on_hold' })
    t.same(await broken(), [])
    await done(operator.post(`/v1/referrals/${held.referralId}/resume`, {}))
    t.match(await referral(held.referralId), {
      businessStatus: 'awaiting_match',
      owner: { role: 'coordinator' },
    })
    t.same(await broken(), [])
  },
)

t.test('the referring clinic sees that somebody is looked for, and not why the mentor is away', async (t) => {
  const { matched, become, clinic, referral } = await ready(t)
  const { referralId, mentorshipId, mentorId } = await matched()
  await done(become(mentorId, 'paused', { pauseReason: 'wellbeing', reason: 'ZZ burned out' }))
  const seen = JSON.stringify([
    await referral(referralId),
    (await clinic.get(`/v1/mentorships/${mentorshipId}`)).body,
    (await clinic.get(`/v1/referrals/${referralId}/history`)).body,
  ])
  t.match(seen, /reassign_mentor/)
  t.notMatch(seen, /wellbeing|ZZ/)
  t.notMatch(seen, mentorId)
})
