import t from 'tap'
import type { Answer } from '../../support/service.ts'
import { done, ready, statuses } from '../offers/ready.ts'

t.test('of fifty people for whom one mentor has one place, exactly one is accompanied', async (t) => {
  const { accepted, mentor, offer, accept, getMentor, broken, stored } = await ready(t)
  const busy = await mentor({ capacity: 1 })
  const offers: string[] = []
  for (let person = 0; person < 50; person += 1) offers.push((await done(offer(await accepted(), busy))).id)
  // The embedded engine serves one transaction at a time: whoever waits too long is told to come again, and does.
  const insist = async (id: string): Promise<Answer> => {
    const answer = await accept(id)
    return answer.status === 503 ? insist(id) : answer
  }
  const answers = await Promise.all(offers.map(insist))
  t.same(statuses(answers), [200, ...Array(49).fill(409)])
  const refused = answers.filter(({ status }) => status !== 200)
  t.same([...new Set(refused.map(({ body }) => body.code))], ['capacity_full'])
  // What a constraint or a table is called helps whoever attacks it, and nobody else.
  t.notMatch(
    JSON.stringify(refused),
    /mentors_|mentorships_|offers_|constraint|violates|_check|_key|select |update /i,
  )
  t.match(await getMentor(busy), { load: 1, capacity: 1 })
  t.same(await stored(`select count(*)::int as n from mentorships where status <> 'closed'`), [{ n: 1 }])
  t.same(await stored(`select count(*)::int as n from offers where status = 'accepted'`), [{ n: 1 }])
  t.same(await broken(), [])
})

t.test('each intensity takes its points: two, one and a half', async (t) => {
  const { matched, mentor, getMentor, operator, mentorship, broken } = await ready(t)
  const by = await mentor({ capacity: 3 })
  const { mentorshipId } = await matched(by)
  t.match(await mentorship(mentorshipId), { intensity: 'standard' })
  t.match(await getMentor(by), { load: 1 })
  const intensify = async (intensity: string) => {
    const { version } = await mentorship(mentorshipId)
    return operator.patch(`/v1/mentorships/${mentorshipId}`, { intensity }, { 'if-match': `"v${version}"` })
  }
  for (const [intensity, load] of [
    ['high', 2],
    ['maintenance', 0.5],
    ['maintenance', 0.5],
    ['high', 2],
    ['standard', 1],
  ] as const) {
    t.match(await intensify(intensity), { status: 200, body: { intensity } })
    t.equal((await getMentor(by)).load, load, `${intensity} takes ${load}`)
    t.same(await broken(), [])
  }
  await intensify('maintenance')
  await done(operator.post(`/v1/mentorships/${mentorshipId}/close`, { outcome: 'person_ended' }))
  t.equal((await getMentor(by)).load, 0, 'what was taken is given back, no more and no less')
  t.same(await broken(), [])
})

t.test('a change of intensity is made on the version that was read', async (t) => {
  const { matched, operator, getMentor } = await ready(t)
  const { mentorshipId, mentorId } = await matched()
  const path = `/v1/mentorships/${mentorshipId}`
  t.match(await operator.patch(path, { intensity: 'high' }), {
    status: 428,
    body: { code: 'precondition_required' },
  })
  t.match(await operator.patch(path, { intensity: 'high' }, { 'if-match': '"v99"' }), {
    status: 412,
    body: { code: 'version_conflict' },
  })
  t.equal((await getMentor(mentorId)).load, 1, 'a refused change takes nothing')
})

t.test('a more intense accompaniment needs the room, and half a point is not one', async (t) => {
  const { matched, mentor, accepted, offer, getMentor, operator, mentorship, broken } = await ready(t)
  const by = await mentor({ capacity: 2 })
  const first = await matched(by)
  const second = await matched(by)
  const intensify = async (id: string, intensity: string) =>
    operator.patch(
      `/v1/mentorships/${id}`,
      { intensity },
      { 'if-match': `"v${(await mentorship(id)).version}"` },
    )
  t.match(await intensify(first.mentorshipId, 'high'), { status: 409, body: { code: 'capacity_full' } })
  t.match(await mentorship(first.mentorshipId), { intensity: 'standard' })
  t.equal((await intensify(second.mentorshipId, 'maintenance')).status, 200)
  t.match(await getMentor(by), { load: 1.5 })
  t.match(await offer(await accepted(), by), { status: 409, body: { code: 'capacity_full' } })
  t.match(await intensify(first.mentorshipId, 'high'), { status: 409, body: { code: 'capacity_full' } })
  t.equal((await intensify(first.mentorshipId, 'maintenance')).status, 200)
  t.equal((await offer(await accepted(), by)).status, 201)
  t.same(await broken(), [])
})

t.test('whatever happens at once, nobody carries more than they have room for', async (t) => {
  const { accepted, matched, mentor, offer, accept, getMentor, operator, mentorship, broken } = await ready(t)
  const by = await mentor({ capacity: 4 })
  const carried = [await matched(by), await matched(by)]
  const open: string[] = []
  for (let person = 0; person < 6; person += 1) open.push((await done(offer(await accepted(), by))).id)
  const intensify = async (id: string, intensity: string) => {
    const { version } = await mentorship(id)
    return operator.patch(`/v1/mentorships/${id}`, { intensity }, { 'if-match': `"v${version}"` })
  }
  const answers = await Promise.all([
    ...open.slice(0, 3).map(accept),
    ...carried.map(({ mentorshipId }) => intensify(mentorshipId, 'high')),
    ...open.slice(3).map(accept),
    operator.post(`/v1/mentorships/${carried[0]?.mentorshipId}/close`, { outcome: 'person_ended' }),
  ])
  t.same(
    answers.filter(({ status }) => ![200, 409, 412].includes(status)),
    [],
    'a race is answered in the words of the domain',
  )
  t.ok((await getMentor(by)).load <= 4)
  t.same(await broken(), [])
})

t.test('an organization that lowers what a mentor carries sends nobody away and adds nobody', async (t) => {
  const { matched, mentor, patchMentor, getMentor, accepted, offer, operator, mentorship } = await ready(t)
  const by = await mentor({ capacity: 3 })
  const { mentorshipId } = await matched(by)
  await matched(by)
  t.match(await patchMentor(by, { capacity: 1 }), { status: 200, body: { capacity: 1, load: 2 } })
  t.match(await mentorship(mentorshipId), { status: 'active' })
  t.match(await offer(await accepted(), by), { status: 409, body: { code: 'capacity_full' } })
  await done(operator.post(`/v1/mentorships/${mentorshipId}/close`, { outcome: 'person_ended' }))
  t.match(await getMentor(by), { load: 1 })
  t.match(await offer(await accepted(), by), { status: 409, body: { code: 'capacity_full' } })
})
