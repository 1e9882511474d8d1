import t from 'tap'
import { done, ready } from '../offers/ready.ts'

async function withPortal(t: Parameters<typeof ready>[0]) {
  const world = await ready(t)
  const { operator, withToken, getMentor } = world
  /** A mentor as they are in their own portal. */
  const portal = async (id: string) => {
    const { accessToken } = await done(
      operator.post('/v1/portal-tokens', { subject: { type: 'mentor', id } }),
    )
    const api = withToken(accessToken)
    const say = async (changes: object) => {
      const { version } = await getMentor(id)
      return api.patch(`/v1/mentors/${id}`, changes, { 'if-match': `"v${version}"` })
    }
    return { ...api, say }
  }
  return { ...world, portal }
}

const lived = {
  substances: ['zzsubstance'],
  experienceStatement: 'ZZ in my own words',
  demographics: { gender: 'zzgender' },
}

t.test('a clinician alone lets others see what they lived through, field by field', async (t) => {
  const { portal, mentor, getMentor, patchMentor, accepted, candidates } = await withPortal(t)
  const id = await mentor({ type: 'clinician_with_lived_experience', ...lived })
  const own = await portal(id)
  t.match(
    await own.get(`/v1/mentors/${id}`),
    { status: 200, body: { ...lived, withheld: [] } },
    'they see themselves whole',
  )
  t.notMatch(JSON.stringify(await getMentor(id)), /zz/i)
  t.match(await patchMentor(id, { releases: { substances: ['coordinator'] } }), {
    status: 422,
    body: { errors: [{ pointer: '#/releases', code: 'mentor_decides' }] },
  })
  const released = await own.say({ releases: { substances: ['coordinator', 'patient'] } })
  t.match(released, { status: 200, body: { releases: { substances: ['coordinator', 'patient'] }, ...lived } })
  const seen = await getMentor(id)
  t.match(seen, { substances: ['zzsubstance'] })
  t.notMatch(JSON.stringify(seen), /ZZ in my|zzgender/, 'one field, not the others')
  const referralId = await accepted({ preferences: { substances: ['zzsubstance'] } })
  t.match((await candidates(referralId)).body.data[0].criteria, [
    { criterion: 'shared_experience', evidence: ['zzsubstance'] },
  ])
  t.match(JSON.stringify((await candidates(referralId, '?audience=patient')).body), /zzsubstance/)
  t.notMatch(JSON.stringify((await candidates(referralId, '?audience=clinic')).body), /zzsubstance/)
  t.equal((await own.say({ releases: { substances: [] } })).status, 200)
  t.notMatch(JSON.stringify(await getMentor(id)), /zzsubstance/, 'taken back, it is gone')
  t.notMatch(JSON.stringify((await candidates(referralId)).body), /shared_experience/)
})

t.test('what a mentor closed stays closed while they open something else', async (t) => {
  const { portal, mentor, getMentor } = await withPortal(t)
  const id = await mentor({ ...lived, interests: ['zzinterest'] })
  const own = await portal(id)
  await done(own.say({ releases: { interests: [], displayName: [] } }))
  await done(own.say({ releases: { experienceStatement: ['coordinator', 'patient'] } }))
  const seen = await getMentor(id)
  t.same([...seen.withheld].sort(), ['displayName', 'interests'])
  t.notMatch(JSON.stringify(seen), /zzinterest|Sample Mentor/)
})

t.test('a mentor speaks for themselves, and leaves to the organization what it decides', async (t) => {
  const { portal, mentor, getMentor, world, become } = await withPortal(t)
  const id = await mentor({ capacity: 3 })
  const own = await portal(id)
  const said = {
    displayName: 'Sample Name',
    languages: ['es', 'en'],
    modes: ['video'],
    interests: ['music'],
    availability: ['FREQ=WEEKLY;BYDAY=SA;BYHOUR=10'],
    mustNot: { reasons: ['post_overdose'] },
    boundaries: 'No loans.',
    timeZone: 'America/Chicago',
    postalCode: '60601',
    serviceArea: ['606'],
  }
  t.match(await own.say(said), { status: 200, body: said })
  for (const [member, value] of Object.entries({
    capacity: 9,
    employerIds: [world.clinic.organizationId],
    practitionerReferences: ['npi|1'],
    supervisorName: 'A friend',
    supervisorOrganizationId: null,
    supervisorHasPeerBackground: true,
  }))
    t.match(
      await own.say({ [member]: value }),
      { status: 422, body: { errors: [{ pointer: `#/${member}`, code: 'organization_decides' }] } },
      member,
    )
  t.match(await getMentor(id), { capacity: 3, version: 3 })
  t.match(await own.post(`/v1/mentors/${id}/status`, { status: 'paused' }), { status: 403 })
  t.match(await own.patch(`/v1/mentors/${id}`, { boundaries: null }), { status: 428 })
  await done(become(id, 'paused'))
})

t.test('of other mentors, their offers and their people a mentor’s token finds nothing', async (t) => {
  const { portal, mentor, matched, accepted, offer, operator } = await withPortal(t)
  const [mine, theirs] = [await mentor(), await mentor()]
  const pair = await matched(theirs)
  const asked = await done(offer(await accepted(), theirs))
  const own = await portal(mine)
  for (const path of [
    `/v1/mentors/${theirs}`,
    `/v1/offers/${asked.id}`,
    `/v1/mentorships/${pair.mentorshipId}`,
    `/v1/mentorships/${pair.mentorshipId}/contacts`,
    `/v1/mentorships/${pair.mentorshipId}/patient`,
  ])
    t.equal((await own.get(path)).status, 404, path)
  t.equal((await own.patch(`/v1/mentors/${theirs}`, { boundaries: 'x' }, { 'if-match': '"v2"' })).status, 404)
  for (const path of [
    `/v1/offers/${asked.id}/accept`,
    `/v1/offers/${asked.id}/decline`,
    `/v1/mentorships/${pair.mentorshipId}/recuse`,
  ])
    t.equal((await own.post(path, {})).status, 404, path)
  t.same((await own.get('/v1/offers')).body.data, [])
  t.same((await own.get('/v1/mentorships')).body.data, [])
  for (const path of [
    '/v1/mentors',
    `/v1/mentors/${mine}/conflicts`,
    `/v1/referrals/${pair.referralId}/candidates`,
    '/v1/panels/key',
  ])
    t.equal((await own.get(path)).status, 403, path)
  t.match((await operator.get(`/v1/offers/${asked.id}`)).body, { status: 'pending' })
})

t.test('a mentor answers their own offers, names a relation, and steps back', async (t) => {
  const { portal, mentor, accepted, offer, referral, operator, broken, candidates } = await withPortal(t)
  const id = await mentor()
  const own = await portal(id)
  const first = await accepted()
  const asked = await done(offer(first, id))
  t.match((await own.get('/v1/offers?status=pending')).body.data, [{ id: asked.id }])
  t.match(await own.post(`/v1/offers/${asked.id}/decline`, {}), {
    status: 200,
    body: { status: 'declined', declineReason: null },
  })
  const second = await accepted()
  const again = await done(offer(second, id))
  const accepting = await own.post(`/v1/offers/${again.id}/accept`, {})
  t.match(accepting, { status: 200, body: { status: 'accepted' } })
  const { mentorshipId } = accepting.body
  t.match((await own.get('/v1/mentorships')).body.data, [{ id: mentorshipId }])
  t.match(await own.post(`/v1/mentorships/${mentorshipId}/recuse`, {}), {
    status: 200,
    body: { status: 'closed' },
  })
  t.match(await referral(second), { nextAction: { code: 'reassign_mentor' } })
  const third = await accepted()
  const { patientId } = await referral(third)
  t.match(
    await own.post(`/v1/mentors/${id}/conflicts`, { patientId, kind: 'family', declaredBy: 'coordinator' }),
    { status: 201, body: { declaredBy: 'mentor', bars: true } },
    'it is the mentor’s own word, whatever is written',
  )
  t.same((await candidates(third)).body.data, [])
  t.match((await operator.get(`/v1/mentors/${id}/conflicts`)).body.data, [{ declaredBy: 'mentor' }])
  t.same(await broken(), [])
})

t.test('only the mentor’s own organization asks for their token, and none for who has left', async (t) => {
  const { mentor, as, world, operator, become, unknownId } = await withPortal(t)
  const id = await mentor()
  const subject = { type: 'mentor', id }
  const stranger = await as(world.otherOperator)
  t.match(await stranger.post('/v1/portal-tokens', { subject }), {
    status: 422,
    body: { errors: [{ pointer: '#/subject/id', code: 'unknown_mentor' }] },
  })
  t.equal(
    (await operator.post('/v1/portal-tokens', { subject: { type: 'mentor', id: unknownId() } })).status,
    422,
  )
  const { accessToken } = await done(operator.post('/v1/portal-tokens', { subject }))
  t.ok(accessToken)
  await done(become(id, 'ended'))
  t.equal((await operator.post('/v1/portal-tokens', { subject })).status, 422)
})
