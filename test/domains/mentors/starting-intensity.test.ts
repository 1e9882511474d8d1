import t from 'tap'
import { done, ready } from '../offers/ready.ts'

t.test(
  'where a program begins urgent accompaniments intensely, a mentor needs the room for it',
  async (t) => {
    const {
      operator,
      world,
      mentor,
      accepted,
      offer,
      auto,
      accept,
      candidates,
      getMentor,
      mentorship,
      broken,
    } = await ready(t)
    const { version } = (await operator.get(`/v1/programs/${world.programId}`)).body
    await done(
      operator.patch(
        `/v1/programs/${world.programId}`,
        { startingIntensity: { urgent: 'high', routine: 'maintenance' } },
        { 'if-match': `"v${version}"` },
      ),
    )
    const small = await mentor({ capacity: 1 })
    const urgent = await accepted()
    t.match(await offer(urgent, small), { status: 409, body: { code: 'capacity_full' } })
    t.match(await auto(urgent), { status: 409, body: { code: 'no_mentor_available' } })
    t.match((await candidates(urgent)).body.excluded, [{ constraint: 'capacity', mentors: 1 }])
    t.match(await operator.post(`/v1/referrals/${urgent}/shortlist`, { mentorIds: [small] }), {
      status: 409,
      body: { code: 'capacity_full' },
    })
    const routine = [await accepted({ priority: 'routine' }), await accepted({ priority: 'routine' })]
    for (const id of routine) {
      const { mentorshipId } = await done(accept((await done(offer(id, small))).id))
      t.match(await mentorship(mentorshipId), { intensity: 'maintenance' })
    }
    t.match(await getMentor(small), { load: 1 })
    const big = await mentor({ capacity: 3 })
    const { mentorshipId } = await done(accept((await done(offer(urgent, big))).id))
    t.match(await mentorship(mentorshipId), { intensity: 'high' })
    t.match(await getMentor(big), { load: 2 })
    t.same(await broken(), [])
  },
)

t.test('two intense ones for three points at once: one is accompanied', async (t) => {
  const { operator, world, mentor, accepted, offer, accept, getMentor, broken } = await ready(t)
  await done(
    operator.patch(
      `/v1/programs/${world.programId}`,
      { startingIntensity: { urgent: 'high' } },
      { 'if-match': '"v1"' },
    ),
  )
  const by = await mentor({ capacity: 3 })
  const offers = [await done(offer(await accepted(), by)), await done(offer(await accepted(), by))]
  const answers = await Promise.all(offers.map(({ id }) => accept(id)))
  t.same(answers.map(({ status }) => status).sort(), [200, 409])
  t.match(await getMentor(by), { load: 2 })
  t.same(await broken(), [])
})
