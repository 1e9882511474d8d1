import t from 'tap'
import { done, ready } from './ready.ts'

type World = Awaited<ReturnType<typeof ready>>

/** How many mentorships of a referral live. Anything but one is somebody alone, or somebody torn between two. */
const living = async ({ stored }: World, referralId: string) =>
  (
    await stored<{ id: string }>(`select id from mentorships where referral_id = $1 and status <> 'closed'`, [
      referralId,
    ])
  ).map(({ id }) => id)

t.test('a warm handover: the next mentorship begins in the moment the one before ends', async (t) => {
  const world = await ready(t)
  const { matched, mentor, offer, accept, contact, mentorship, referral, getMentor, broken, stored, time } =
    world
  const { referralId, mentorshipId, mentorId } = await matched()
  await contact(mentorshipId)
  time.forward({ days: 3 })
  const next = await mentor()
  t.match(await offer(referralId, next), { status: 409, body: { code: 'already_accompanied' } })
  const asked = await done(offer(referralId, next, { handOver: true }))
  t.match(asked, { handsOverId: mentorshipId, status: 'pending' })
  t.same(
    await living(world, referralId),
    [mentorshipId],
    'until the next says yes, the present one accompanies',
  )
  t.equal((await contact(mentorshipId, { introducesMentorId: next })).status, 201)
  const { mentorshipId: taken } = await done(accept(asked.id))
  t.same(await living(world, referralId), [taken])
  t.match(await mentorship(taken), { status: 'active', continuityOfId: mentorshipId })
  t.match(await mentorship(mentorshipId), {
    status: 'closed',
    closedBecause: 'handed_over',
    outcome: 'transferred',
  })
  t.match(await referral(referralId), {
    status: 'in_progress',
    businessStatus: 'awaiting_first_contact',
    owner: { role: 'mentor' },
    nextAction: { code: 'attempt_first_contact' },
  })
  t.equal((await getMentor(mentorId)).load, 0)
  t.equal((await getMentor(next)).load, 1)
  const [ended, began] = await Promise.all([
    stored<{ xmin: string }>('select xmin::text from mentorships where id = $1', [mentorshipId]),
    stored<{ xmin: string }>('select xmin::text from mentorships where id = $1', [taken]),
  ])
  t.same(ended, began, 'one transaction wrote both')
  t.same(await broken(), [])
})

t.test(
  'a handover that is declined or not answered leaves the person with the mentor they have',
  async (t) => {
    const world = await ready(t)
    const { matched, mentor, offer, decline, contact, referral, sweep, time, broken } = world
    const { referralId, mentorshipId } = await matched()
    await contact(mentorshipId)
    const before = await referral(referralId)
    t.match(before, { owner: { role: 'mentor' }, nextAction: { code: 'keep_contact' } })
    const asked = await done(offer(referralId, await mentor(), { handOver: true }))
    t.equal((await decline(asked.id)).status, 200)
    t.match(await referral(referralId), {
      businessStatus: before.businessStatus,
      owner: before.owner,
      nextAction: before.nextAction,
    })
    t.same(await living(world, referralId), [mentorshipId])
    const again = await done(offer(referralId, await mentor(), { handOver: true }))
    time.set(again.expiresAt)
    await sweep()
    t.match(await referral(referralId), { owner: before.owner, nextAction: before.nextAction })
    t.same(await living(world, referralId), [mentorshipId])
    t.same(await broken(), [])
  },
)

t.test('an automatic handover that is declined asks the next, who can still say yes', async (t) => {
  const world = await ready(t)
  const { matched, mentor, auto, decline, accept, offersOf, mentorship, broken } = world
  const { referralId, mentorshipId } = await matched()
  await mentor()
  await mentor()
  const asked = await done(auto(referralId, { handOver: true }))
  t.match(asked, { chosenBy: 'automatic', handsOverId: mentorshipId })
  t.equal((await decline(asked.id)).status, 200)
  const [next] = await offersOf(referralId)
  t.match(next, { status: 'pending', handsOverId: mentorshipId })
  t.same(await broken(), [])
  const { mentorshipId: taken } = await done(accept(next.id))
  t.match(await mentorship(taken), { continuityOfId: mentorshipId })
  t.same(await living(world, referralId), [taken])
  t.same(await broken(), [])
})

t.test('the mentor who hands over is no candidate to take over', async (t) => {
  const { matched, auto, candidates } = await ready(t)
  const { referralId, mentorId } = await matched()
  t.match(await auto(referralId, { handOver: true }), { status: 409, body: { code: 'no_mentor_available' } })
  const { body } = await candidates(referralId)
  t.notMatch(JSON.stringify(body.data), mentorId)
})

t.test('there is nothing to hand over where nobody accompanies', async (t) => {
  const { accepted, mentor, offer } = await ready(t)
  t.match(await offer(await accepted(), await mentor(), { handOver: true }), {
    status: 409,
    body: { code: 'transition_not_allowed' },
  })
})

t.test('a person whose mentor is away keeps them until the next has said yes', async (t) => {
  const world = await ready(t)
  const { matched, mentor, become, offer, accept, mentorship, referral, broken } = world
  const { referralId, mentorshipId, mentorId } = await matched()
  await done(become(mentorId, 'paused', { pauseReason: 'wellbeing' }))
  t.same(await living(world, referralId), [mentorshipId])
  const asked = await done(offer(referralId, await mentor()))
  t.match(asked, { handsOverId: mentorshipId }, 'without the coordinator having to say so')
  t.same(await living(world, referralId), [mentorshipId])
  const { mentorshipId: taken } = await done(accept(asked.id))
  t.same(await living(world, referralId), [taken])
  t.match(await mentorship(mentorshipId), {
    status: 'closed',
    outcome: 'mentor_unavailable',
    closedBecause: 'reassigned',
  })
  t.match(await mentorship(taken), { continuityOfId: mentorshipId })
  t.match(await referral(referralId), { nextAction: { code: 'attempt_first_contact' } })
  t.same(await broken(), [])
})

t.test('a reassignment that is declined is still a reassignment', async (t) => {
  const world = await ready(t)
  const { matched, mentor, become, auto, accept, decline, offersOf, mentorship, referral, broken } = world
  const { referralId, mentorshipId, mentorId } = await matched()
  await done(become(mentorId, 'paused'))
  await mentor()
  await mentor()
  await decline((await done(auto(referralId))).id)
  const [second] = await offersOf(referralId)
  t.match(second, { status: 'pending', handsOverId: mentorshipId })
  t.same(await broken(), [])
  await decline(second.id)
  t.match(await referral(referralId), {
    owner: { role: 'coordinator' },
    nextAction: { code: 'reassign_mentor' },
  })
  const third = await mentor()
  const asked = await done(auto(referralId))
  t.match(asked, { mentorId: third })
  t.match(await mentorship((await done(accept(asked.id))).mentorshipId), { continuityOfId: mentorshipId })
  t.same(await broken(), [])
})

t.test(
  'an offer to take over is worth nothing once the mentorship it takes over from has ended',
  async (t) => {
    const { matched, mentor, offer, accept, operator, offersOf, broken } = await ready(t)
    const { referralId, mentorshipId } = await matched()
    const asked = await done(offer(referralId, await mentor(), { handOver: true }))
    await done(operator.post(`/v1/mentorships/${mentorshipId}/close`, { outcome: 'person_ended' }))
    t.match(await offersOf(referralId), [{ status: 'withdrawn' }, { status: 'accepted' }])
    t.match(await accept(asked.id), { status: 409, body: { code: 'offer_not_open' } })
    t.same(await broken(), [])
  },
)

t.test('a handover and a closing at once leave one mentorship or none, and never two', async (t) => {
  const world = await ready(t)
  const { matched, mentor, offer, accept, operator, broken, stored } = world
  const by = await mentor({ capacity: 50 })
  const to = await mentor({ capacity: 50 })
  for (let round = 0; round < 4; round += 1) {
    const { referralId, mentorshipId } = await matched(by)
    const asked = await done(offer(referralId, to, { handOver: true }))
    const close = () =>
      operator.post(`/v1/mentorships/${mentorshipId}/close`, { outcome: 'mentor_unavailable' })
    const calls = [() => accept(asked.id), close, () => accept(asked.id)]
    const answers = await Promise.all((round % 2 ? calls.reverse() : calls).map((call) => call()))
    t.same(
      answers.filter(({ status }) => ![200, 409].includes(status)),
      [],
    )
    t.ok((await living(world, referralId)).length <= 1)
    const [next] = await stored<{ status: string }>(
      'select status from mentorships where continuity_of_id = $1',
      [mentorshipId],
    )
    t.notMatch(next, { status: 'closed' }, 'who closes the one before does not close the next')
    t.same(await broken(), [])
  }
})
