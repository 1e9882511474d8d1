import t from 'tap'
import { sampleReferral } from '../../support/samples.ts'
import { heldBack } from './hold.ts'
import { ready, sampleScreening } from './ready.ts'

t.test('an organization without requirements demands nothing', async (t) => {
  const { mentor, eligibility, shadow } = await ready(t)
  const id = await mentor()
  t.same(await eligibility(id), { mentorId: id, eligible: true, eligibleUntil: null, items: [] })
  t.match(await shadow(id), { until: null, clock: null })
})

t.test(
  'a mentor counts as eligible through the last day of a paper, and no longer on the next',
  async (t) => {
    const { mentor, demand, screening, eligibility, shadow, time } = await ready(t)
    const id = await mentor()
    const { id: evidenceId } = await screening(id, { expiresOn: '2026-12-01' })
    await demand()
    t.same((await shadow(id))?.until, new Date('2026-12-02T00:00:00Z'))
    time.set('2026-12-01T23:59:59.999Z')
    const until = '2026-12-02T00:00:00.000Z'
    t.same(await eligibility(id), {
      mentorId: id,
      eligible: true,
      eligibleUntil: until,
      items: [
        {
          item: 'screening',
          code: 'background_check',
          required: true,
          met: true,
          until,
          reason: 'met',
          evidenceId,
        },
      ],
    })
    time.set('2026-12-02T00:00:00Z')
    t.match(await eligibility(id), {
      eligible: false,
      eligibleUntil: until,
      items: [{ met: false, until, reason: 'expired', evidenceId }],
    })
  },
)

t.test('a requirement lets an item last so many months, and the paper may end earlier', async (t) => {
  const { mentor, demand, screening, credential, eligibility } = await ready(t)
  const id = await mentor()
  await screening(id, { performedOn: '2026-01-31', kind: 'training' })
  await demand({ code: 'training', validMonths: 13 })
  t.match(
    await eligibility(id),
    { eligibleUntil: '2027-03-01T00:00:00.000Z' },
    'the month is shorter: its last day',
  )
  await credential(id, { issuedOn: '2026-06-01', expiresOn: '2026-12-24' })
  await demand({ item: 'credential', code: 'icrc_pr', validMonths: 24 })
  t.match(await eligibility(id), { eligibleUntil: '2026-12-25T00:00:00.000Z' }, 'the first to run out counts')
  await demand({ item: 'credential', code: 'ncprss' })
  await credential(id, { code: 'ncprss', issuedOn: '2020-01-01', expiresOn: undefined })
  t.match(await eligibility(id), { eligible: true, eligibleUntil: '2026-12-25T00:00:00.000Z' })
})

t.test('what never runs out leaves the mentor eligible without end', async (t) => {
  const { mentor, demand, screening, eligibility, shadow } = await ready(t)
  const id = await mentor()
  await screening(id, { kind: 'interview' })
  await demand({ code: 'interview' })
  t.match(await eligibility(id), { eligible: true, eligibleUntil: null, items: [{ met: true, until: null }] })
  t.match(await shadow(id), { until: null })
})

t.test('each lack has its name, and the paper that it is about', async (t) => {
  const { mentor, demand, screening, credential, eligibility, operator } = await ready(t)
  const id = await mentor()
  await demand()
  await demand({ item: 'credential', code: 'icrc_pr', leastVerification: 'document_seen' })
  const reasons = async () =>
    (await eligibility(id)).items.map(({ code, reason, evidenceId }: Record<string, string>) => [
      code,
      reason,
      evidenceId,
    ])
  t.same(await reasons(), [
    ['background_check', 'missing', null],
    ['icrc_pr', 'missing', null],
  ])
  const check = (await screening(id, { decision: 'pending', resultClass: 'adverse' })).id
  const paper = (await credential(id)).id
  t.same(await reasons(), [
    ['background_check', 'not_decided', check],
    ['icrc_pr', 'not_verified', paper],
  ])
  const decide = (decision: string) =>
    operator.post(`/v1/screenings/${check}/decide`, { decision, decidedBy: 'Sample Coordinator' })
  await decide('not_eligible')
  await operator.post(`/v1/credentials/${paper}/revoke`, {})
  t.same(await reasons(), [
    ['background_check', 'not_eligible', check],
    ['icrc_pr', 'revoked', paper],
  ])
  // An adverse result decides nothing by itself: somebody looked at it, and found that it bears on nothing.
  await decide('eligible')
  const { id: renewed } = await credential(id, { issuedOn: '2026-11-18' })
  const verified = {
    verification: 'document_seen',
    verifiedBy: 'Sample Coordinator',
    verifiedOn: '2026-11-18',
  }
  t.equal((await operator.post(`/v1/credentials/${renewed}/verify`, verified)).status, 200)
  t.same(await reasons(), [
    ['background_check', 'met', check],
    ['icrc_pr', 'met', renewed],
  ])
  await operator.post(`/v1/screenings/${check}/enter-in-error`, {})
  await operator.post(`/v1/credentials/${renewed}/enter-in-error`, {})
  t.same(await reasons(), [
    ['background_check', 'missing', null],
    ['icrc_pr', 'revoked', paper],
  ])
})

t.test('how surely a credential was verified has to reach what is demanded', async (t) => {
  const { mentor, demand, credential, eligibility, operator } = await ready(t)
  const levels = ['self_declared', 'document_seen', 'issuer_confirmed']
  const id = await mentor()
  for (const verification of levels) {
    const verified = { verifiedBy: 'Sample Coordinator', verifiedOn: '2026-11-18' }
    await credential(id, {
      code: verification,
      verification,
      ...(verification !== 'self_declared' && verified),
    })
  }
  for (const [least, leastVerification] of [undefined, ...levels].entries()) {
    const requirements: string[] = []
    for (const code of levels)
      requirements.push((await demand({ item: 'credential', code, leastVerification })).id)
    t.same(
      (await eligibility(id)).items.map(({ met }: { met: boolean }) => met),
      levels.map((_, held) => held >= least - 1),
      `at least ${leastVerification}`,
    )
    for (const requirement of requirements)
      await operator.post(`/v1/mentor-requirements/${requirement}/end`, {})
  }
})

t.test('a later no takes an earlier yes away, and a check that is still open does not', async (t) => {
  const { mentor, demand, screening, shadow, operator } = await ready(t)
  const id = await mentor()
  await demand({ code: 'exclusion_list', validMonths: 2 })
  const kind = 'exclusion_list'
  await screening(id, { kind, performedOn: '2026-10-20' })
  const eligible = new Date('2026-12-21T00:00:00Z')
  t.same((await shadow(id))?.until, eligible)
  const { id: open } = await screening(id, {
    kind,
    performedOn: '2026-11-17',
    decision: 'pending',
    resultClass: 'needs_review',
  })
  t.same((await shadow(id))?.until, eligible)
  const decide = (decision: string) =>
    operator.post(`/v1/screenings/${open}/decide`, { decision, decidedBy: 'Sample Coordinator' })
  await decide('not_eligible')
  t.same((await shadow(id))?.until, new Date(0))
  await screening(id, { kind, performedOn: '2026-11-10' })
  t.same((await shadow(id))?.until, new Date(0), 'one that was performed before the no does not help')
  await decide('eligible_with_conditions')
  t.same((await shadow(id))?.until, new Date('2027-01-18T00:00:00Z'))
})

t.test('a requirement is for the kinds of mentor that it names', async (t) => {
  const { mentor, demand, eligibility, operator, shadow } = await ready(t)
  const certified = await mentor({ type: 'peer_certified' })
  const volunteer = await mentor({ type: 'peer_volunteer' })
  const { id } = await demand({ item: 'credential', code: 'icrc_pr', mentorTypes: ['peer_certified'] })
  t.match(await eligibility(certified), { eligible: false })
  t.match(await eligibility(volunteer), { eligible: true, items: [] })
  t.same((await shadow(certified))?.until, new Date(0))
  t.same((await shadow(volunteer))?.until, null)
  t.match((await operator.post(`/v1/mentor-requirements/${id}/end`, {})).body, {
    endedAt: /^2026-11-18T/,
    version: 2,
  })
  t.match(await shadow(certified), { until: null })
  t.match((await operator.post(`/v1/mentor-requirements/${id}/end`, {})).body, { version: 2 }, 'it ends once')
})

t.test('a mentor who comes after a requirement is held to it too', async (t) => {
  const { mentor, demand, shadow, eligibility } = await ready(t)
  await demand()
  const id = await mentor()
  t.match(await eligibility(id), { eligible: false })
  t.same((await shadow(id))?.until, new Date(0))
})

t.test('requirements are each organization’s own', async (t) => {
  const { mentor, demand, as, world, shadow, operator } = await ready(t)
  const theirs = await as(world.otherOperator)
  const { id } = (await theirs.post('/v1/mentor-requirements', { item: 'screening', code: 'interview' })).body
  const own = await mentor()
  t.match(await shadow(own), { until: null })
  t.equal((await operator.get(`/v1/mentor-requirements/${id}`)).status, 404)
  t.equal((await operator.post(`/v1/mentor-requirements/${id}/end`, {})).status, 404)
  t.same((await operator.get('/v1/mentor-requirements')).body.data, [])
  const { id: ours } = await demand()
  t.same(
    (await operator.get('/v1/mentor-requirements?item=screening')).body.data.map(
      ({ id }: { id: string }) => id,
    ),
    [ours],
  )
})

t.test(
  'one requirement of an item and code is in force at a time, also when two are set at once',
  async (t) => {
    const { operator, stored } = await ready(t)
    const body = { item: 'screening', code: 'interview' }
    const answers = await Promise.all([1, 2, 3].map(() => operator.post('/v1/mentor-requirements', body)))
    t.same(answers.map(({ status }) => status).sort(), [201, 409, 409])
    for (const { status, body } of answers) if (status === 409) t.match(body, { code: 'natural_key_taken' })
    const { id } = answers.find(({ status }) => status === 201)?.body ?? {}
    await operator.post(`/v1/mentor-requirements/${id}/end`, {})
    t.equal((await operator.post('/v1/mentor-requirements', { ...body, validMonths: 12 })).status, 201)
    t.same(await stored('select count(*)::int as n from mentor_requirements'), [{ n: 2 }])
  },
)

t.test('a mentor whose papers are not in order takes no new person, and keeps those they have', async (t) => {
  const { mentor, demand, screening, as, world, operator } = await ready(t)
  const clinic = await as(world.clinic)
  const referral = async () => {
    const { id } = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
    await operator.post(`/v1/referrals/${id}/accept`, {})
    return id
  }
  const id = await mentor()
  const first = await operator.post(`/v1/referrals/${await referral()}/offers`, { mentorId: id })
  const { mentorshipId } = (await operator.post(`/v1/offers/${first.body.id}/accept`, {})).body
  await demand()
  const asked = async () => operator.post(`/v1/referrals/${await referral()}/offers`, { mentorId: id })
  t.match(await asked(), { status: 409, body: { code: 'mentor_not_available' } })
  t.match((await operator.get(`/v1/mentorships/${mentorshipId}`)).body, { status: 'active' })
  await screening(id)
  t.equal((await asked()).status, 201)
})

t.test('a paper and a requirement that come at once both count, whichever comes first', async (t) => {
  const { mentor, operator, eligibility, shadow, owner } = await ready(t)
  const id = await mentor()
  const record = (kind: string, changes: object = {}) => {
    return () => operator.post(`/v1/mentors/${id}/screenings`, sampleScreening({ kind, ...changes }))
  }
  const demand = (code: string) => () => operator.post('/v1/mentor-requirements', { item: 'screening', code })
  const agreed = async (...requests: Parameters<typeof heldBack<{ status: number }>>[2]) => {
    t.match(await heldBack(owner, id, requests), [{ status: 201 }, { status: 201 }])
    const { eligible, eligibleUntil } = await eligibility(id)
    t.ok(eligible)
    t.same((await shadow(id))?.until?.toISOString() ?? null, eligibleUntil)
  }
  await agreed(record('interview'), demand('interview'))
  await agreed(demand('reference'), record('reference', { expiresOn: '2027-12-01' }))
  await agreed(
    record('reference', { expiresOn: '2028-12-01' }),
    record('interview', { expiresOn: '2028-11-01' }),
  )
})

t.test('a mentor reads their own eligibility by portal token, and nobody else’s', async (t) => {
  const { mentor, demand, screening, credential, portal } = await ready(t)
  const [own, other] = [await mentor(), await mentor()]
  const { id: evidenceId } = await screening(own)
  await credential(own)
  await demand()
  const me = await portal('mentor', own)
  t.match(await me.get(`/v1/mentors/${own}/eligibility`), {
    status: 200,
    body: { eligible: true, items: [{ met: true, evidenceId }] },
  })
  t.match(await me.get(`/v1/mentors/${other}/eligibility`), { status: 404, body: { code: 'not_found' } })
  // The papers themselves are between the organization and those who wrote them.
  for (const path of [`mentors/${own}/screenings`, `mentors/${own}/credentials`, `screenings/${evidenceId}`])
    t.match(await me.get(`/v1/${path}`), { status: 403, body: { code: 'insufficient_scope' } }, path)
})

t.test('what eligibility says has a validator that changes with it', async (t) => {
  const { mentor, demand, operator } = await ready(t)
  const path = `/v1/mentors/${await mentor()}/eligibility`
  const etag = String((await operator.get(path)).headers.etag)
  t.equal((await operator.get(path, { 'if-none-match': etag })).status, 304)
  await demand()
  t.equal((await operator.get(path, { 'if-none-match': etag })).status, 200)
})
