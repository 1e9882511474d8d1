import t from 'tap'
import { done, ready } from './ready.ts'

/** Three mentors of whom each fits a little less than the one before. */
async function three({ mentor }: Pick<Awaited<ReturnType<typeof ready>>, 'mentor'>) {
  const best = await mentor({ displayName: 'Best', substances: ['alcohol', 'opioids'] })
  const second = await mentor({ displayName: 'Second', substances: ['alcohol'] })
  const third = await mentor({ displayName: 'Third', substances: ['cannabis'] })
  return [best, second, third] as const
}
const wishes = { preferences: { substances: ['alcohol', 'opioids'] } }

t.test(
  'an automatic offer asks the best, and after each no the next, until it is a coordinator’s turn',
  async (t) => {
    const world = await ready(t)
    const { accepted, auto, decline, offersOf, referral, broken } = world
    const mentors = await three(world)
    const id = await accepted(wishes)
    const first = await auto(id)
    t.match(first, { status: 201, body: { mentorId: mentors[0], chosenBy: 'automatic', status: 'pending' } })
    t.equal(first.headers.location, `/v1/offers/${first.body.id}`)
    t.same(await broken(), [])
    for (const next of [mentors[1], mentors[2]]) {
      const [open] = await offersOf(id)
      t.match(await decline(open.id), { status: 200, body: { status: 'declined' } })
      const [asked] = await offersOf(id)
      t.match(asked, { mentorId: next, chosenBy: 'automatic', status: 'pending' })
      t.match(await referral(id), {
        businessStatus: 'offered_to_mentor',
        owner: { role: 'mentor' },
        nextAction: { code: 'answer_offer', dueAt: asked.expiresAt },
      })
      t.same(await broken(), [])
    }
    const [last] = await offersOf(id)
    t.equal((await decline(last.id)).status, 200)
    t.match(await referral(id), {
      status: 'accepted',
      businessStatus: 'awaiting_match',
      owner: { role: 'coordinator' },
      nextAction: { code: 'offer_mentor' },
    })
    t.same(
      (await offersOf(id)).map(({ status }: { status: string }) => status),
      ['declined', 'declined', 'declined'],
    )
    t.same(await broken(), [])
  },
)

t.test('a mentor who said no is not asked again by the service', async (t) => {
  const { accepted, mentor, auto, decline, broken } = await ready(t)
  await mentor()
  const id = await accepted()
  t.equal((await decline((await done(auto(id))).id)).status, 200)
  t.match(await auto(id), { status: 409, body: { code: 'no_mentor_available' } })
  const other = await accepted()
  t.equal((await auto(other)).status, 201, 'their no was to this person, not to everybody')
  t.same(await broken(), [])
})

t.test('silence is an answer: the sweep asks the next, and after the last a coordinator', async (t) => {
  const world = await ready(t)
  const { accepted, auto, offersOf, referral, sweep, time, broken, stored } = world
  const mentors = await three(world)
  const id = await accepted(wishes)
  const first = await done(auto(id))
  time.set(new Date(new Date(first.expiresAt).getTime() - 1))
  await sweep()
  t.match(
    await offersOf(id),
    [{ id: first.id, status: 'pending' }],
    'while there is time, nobody else is asked',
  )
  for (const next of [mentors[1], mentors[2]]) {
    const [open] = await offersOf(id)
    time.set(open.expiresAt)
    await sweep()
    const [asked, before] = await offersOf(id)
    t.match(before, { id: open.id, status: 'expired', answeredAt: open.expiresAt })
    t.match(asked, { mentorId: next, status: 'pending', chosenBy: 'automatic' })
    t.match(await referral(id), { nextAction: { code: 'answer_offer', dueAt: asked.expiresAt } })
    t.same(await broken(), [])
  }
  const [open] = await offersOf(id)
  time.set(open.expiresAt)
  await sweep()
  t.match(await referral(id), {
    businessStatus: 'awaiting_match',
    owner: { role: 'coordinator' },
    nextAction: { code: 'offer_mentor' },
  })
  t.equal((await offersOf(id)).length, 3)
  await sweep()
  t.equal((await offersOf(id)).length, 3, 'a second look finds nothing to do')
  t.same(
    await stored(
      `select count(*)::int as n from events where type = 'offer.expired' and subject_id in (select id from offers)`,
    ),
    [{ n: 3 }],
    'each silence is told once',
  )
  t.same(await broken(), [])
})

t.test(
  'after silence to a coordinator’s own choice it is the coordinator’s turn, not the next candidate’s',
  async (t) => {
    const world = await ready(t)
    const { accepted, offer, offersOf, referral, sweep, time, broken } = world
    const [first] = await three(world)
    const id = await accepted(wishes)
    const asked = await done(offer(id, first))
    t.match(asked, { chosenBy: 'coordinator' })
    time.set(asked.expiresAt)
    await sweep()
    t.match(await offersOf(id), [{ status: 'expired' }])
    t.match(await referral(id), { owner: { role: 'coordinator' }, nextAction: { code: 'offer_mentor' } })
    t.same(await broken(), [])
  },
)

t.test('two sweeps at once ask one next mentor', async (t) => {
  const world = await ready(t)
  const { accepted, auto, offersOf, sweep, time, broken } = world
  await three(world)
  const ids = [await accepted(wishes), await accepted(wishes), await accepted(wishes)]
  for (const id of ids) await done(auto(id))
  time.forward({ hours: 13 })
  await Promise.all([sweep(), sweep(), sweep()])
  for (const id of ids)
    t.same(
      (await offersOf(id)).map(({ status }: { status: string }) => status),
      ['pending', 'expired'],
    )
  t.same(await broken(), [])
})

t.test(
  'who is asked next fits at that moment: not who has filled up, paused or been barred since',
  async (t) => {
    const world = await ready(t)
    const { accepted, auto, decline, offersOf, matched, mentor, become, referral, broken } = world
    const [, second, third] = await three(world)
    const id = await accepted(wishes)
    await done(auto(id))
    await done(become(second, 'paused', { pauseReason: 'leave' }))
    await matched(third)
    await matched(third)
    await matched(third)
    const [open] = await offersOf(id)
    await decline(open.id)
    t.match(await referral(id), { owner: { role: 'coordinator' }, nextAction: { code: 'offer_mentor' } })
    const fresh = await mentor()
    t.match(await auto(id), { status: 201, body: { mentorId: fresh } })
    t.same(await broken(), [])
  },
)

t.test('an offer names a mentor or says auto, one of the two', async (t) => {
  const { accepted, mentor, operator } = await ready(t)
  const [id, mentorId] = [await accepted(), await mentor()]
  const offer = (body: object) => operator.post(`/v1/referrals/${id}/offers`, body)
  t.match(await offer({}), { status: 422, body: { errors: [{ pointer: '#/mentorId', code: 'required' }] } })
  t.match(await offer({ mentorId, auto: true }), {
    status: 422,
    body: { errors: [{ pointer: '#/mentorId', code: 'conflicting_members' }] },
  })
  t.equal((await offer({ auto: false })).status, 422)
  t.equal((await offer({ auto: true })).status, 201)
})

t.test(
  'an offer whose time is up is expired wherever it is shown, before any sweep has come by',
  async (t) => {
    const { accepted, mentor, offer, operator, accept, decline, time } = await ready(t)
    const id = await accepted()
    const asked = await done(offer(id, await mentor()))
    time.set(asked.expiresAt)
    t.match((await operator.get(`/v1/offers/${asked.id}`)).body, { status: 'expired' })
    t.match(await accept(asked.id), { status: 409, body: { code: 'offer_not_open' } })
    t.match(await decline(asked.id), { status: 409, body: { code: 'offer_not_open' } })
    const listed = async (status: string) => (await operator.get(`/v1/offers?status=${status}`)).body.data
    t.same(await listed('pending'), [], 'what waits for an answer is what can still be answered')
    t.match(await listed('expired'), [{ id: asked.id, status: 'expired' }])
  },
)
