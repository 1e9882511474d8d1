import t from 'tap'
import { done, ready } from '../offers/ready.ts'

type World = Awaited<ReturnType<typeof ready>>

/** Runs calls at once, in an order of their own each round. */
async function atOnce(calls: readonly (() => Promise<{ status: number }>)[], round: number) {
  const turned = [...calls.slice(round % calls.length), ...calls.slice(0, round % calls.length)]
  return Promise.all(turned.map((call) => call()))
}

const unworded = (answers: readonly { status: number }[]) =>
  answers.filter(({ status }) => ![200, 201, 409, 412].includes(status))

t.test('whether a mentor pauses or accepts first, nobody is left with a mentor who is away', async (t) => {
  const { accepted, mentor, offer, accept, become, broken } = await ready(t)
  for (let round = 0; round < 6; round += 1) {
    const by = await mentor({ capacity: 9 })
    const asked = [await accepted(), await accepted(), await accepted()]
    const offers: string[] = []
    for (const id of asked) offers.push((await done(offer(id, by))).id)
    const calls = [() => become(by, 'paused'), ...offers.map((id) => () => accept(id))]
    const answers = await atOnce(calls, round)
    t.same(unworded(answers), [])
    t.same(await broken(), [], `round ${round}`)
  }
})

t.test('the same when the mentor leaves for good', async (t) => {
  const { accepted, mentor, offer, accept, become, getMentor, broken } = await ready(t)
  for (let round = 0; round < 4; round += 1) {
    const by = await mentor({ capacity: 9 })
    const offers: string[] = []
    for (let person = 0; person < 3; person += 1) offers.push((await done(offer(await accepted(), by))).id)
    const answers = await atOnce([() => become(by, 'ended'), ...offers.map((id) => () => accept(id))], round)
    t.same(unworded(answers), [])
    t.match(await getMentor(by), { status: 'ended', load: 0 })
    t.same(await broken(), [], `round ${round}`)
  }
})

t.test('a pause while the mentor’s people are being talked to, closed, moved and recused', async (t) => {
  const { matched, mentor, contact, become, operator, broken } = await ready(t)
  for (let round = 0; round < 4; round += 1) {
    const by = await mentor({ capacity: 9 })
    const people = [await matched(by), await matched(by), await matched(by), await matched(by)]
    const [talked, closed, recused, patched] = people.map(({ mentorshipId }) => mentorshipId)
    const calls = [
      () => become(by, 'paused'),
      () => contact(talked ?? ''),
      () => operator.post(`/v1/mentorships/${closed}/close`, { outcome: 'person_ended' }),
      () => operator.post(`/v1/mentorships/${recused}/recuse`, {}),
      () => operator.patch(`/v1/mentorships/${patched}`, { intensity: 'high' }, { 'if-match': '"v1"' }),
    ]
    const answers = await atOnce(calls, round)
    t.same(unworded(answers), [], 'a race is answered in the words of the domain')
    t.same(await broken(), [], `round ${round}`)
  }
})

t.test('a return while a takeover is being accepted leaves each person one mentor', async (t) => {
  const world: World = await ready(t)
  const { matched, mentor, become, offer, accept, broken, stored } = world
  const to = await mentor({ capacity: 50 })
  for (let round = 0; round < 4; round += 1) {
    const { referralId, mentorId } = await matched()
    await done(become(mentorId, 'paused'))
    const asked = await done(offer(referralId, to))
    const answers = await atOnce([() => become(mentorId, 'active'), () => accept(asked.id)], round)
    t.same(unworded(answers), [])
    t.match(
      await stored(
        `select count(*)::int as n from mentorships where referral_id = $1 and status <> 'closed'`,
        [referralId],
      ),
      [{ n: 1 }],
    )
    t.same(await broken(), [], `round ${round}`)
  }
})

t.test('a mentor with a full list pauses at once while everybody is being called', async (t) => {
  const { matched, mentor, contact, become, broken, getMentor } = await ready(t)
  const by = await mentor({ capacity: 20 })
  const people: string[] = []
  for (let person = 0; person < 12; person += 1) people.push((await matched(by)).mentorshipId)
  const answers = await Promise.all([
    ...people.slice(0, 6).map((id) => contact(id)),
    become(by, 'paused', { pauseReason: 'wellbeing' }),
    ...people.slice(6).map((id) => contact(id)),
  ])
  t.same(unworded(answers), [])
  t.match(
    await getMentor(by),
    { status: 'paused' },
    'a pause protects the mentor: it does not fail because they are busy',
  )
  t.same(await broken(), [])
})
