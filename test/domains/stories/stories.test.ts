import t from 'tap'
import { done, ready, sampleStory } from './ready.ts'

const codes = ({ body }: { body: { errors?: { pointer: string; code: string }[] } }) =>
  (body.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`)

t.test('a story is read only once its teller has consented and somebody else has looked at it', async (t) => {
  const { operator, reviewer, portal, mentor, accepted, speaking } = await ready(t)
  const mentorId = await mentor()
  const teller = await portal('mentor', mentorId)
  const referralId = await accepted()
  const patientId = (await operator.get(`/v1/referrals/${referralId}`)).body.patientId
  const patient = await portal('patient', patientId)
  const story = await done(operator.post('/v1/stories', sampleStory({ mentorId })))
  t.match(story, { status: 'draft', number: 1, publishedNumber: null, consentedAt: null, mentorId })
  const path = `/v1/stories/${story.id}`
  t.match(await operator.post(`${path}/publish`, {}), {
    status: 409,
    body: { code: 'transition_not_allowed' },
  })
  t.match(await done(operator.post(`${path}/submit`, {})), { status: 'submitted', wordList: 'words-1' })
  t.match(await operator.post(`${path}/publish`, {}), { status: 409, body: { code: 'review_by_another' } })
  t.match(await reviewer.post(`${path}/publish`, {}), {
    status: 409,
    body: { code: 'teller_consent_required' },
  })
  t.same(codes(await operator.post(`${path}/consent`, {})), ['#/signature required'])
  t.match(await done(teller.post(`${path}/consent`, {})), { consentMethod: 'portal' })
  t.same(await speaking(patient, referralId), [], 'nobody reads it before it is published')
  t.equal((await teller.post(`${path}/publish`, {})).status, 403, 'a portal token publishes nothing')
  t.match(await done(reviewer.post(`${path}/publish`, {})), { status: 'published', publishedNumber: 1 })
  t.match(await speaking(patient, referralId), [
    { storyId: story.id, title: 'The first winter', tags: { milestones: ['housing'] } },
  ])
})

t.test('the organization consents with a signature on file, never in advance', async (t) => {
  const { operator, mentor } = await ready(t)
  const { id } = await done(operator.post('/v1/stories', sampleStory({ mentorId: await mentor() })))
  const sign = (signedAt: string) =>
    operator.post(`/v1/stories/${id}/consent`, { signature: { name: 'Sample Mentor', signedAt } })
  t.same(codes(await sign('2027-01-01T00:00:00Z')), ['#/signature/signedAt signed_in_future'])
  t.match(await done(sign('2026-11-17T15:00:00Z')), { consentMethod: 'recorded_signature' })
})

t.test('a change begins a new version, needs new consent, and leaves the old one read', async (t) => {
  const { operator, reviewer, portal, mentor, accepted, told, speaking } = await ready(t)
  const mentorId = await mentor()
  const id = await told(mentorId)
  const referralId = await accepted()
  const teller = await portal('mentor', mentorId)
  const { version } = (await teller.get(`/v1/stories/${id}`)).body
  const change = (title: string, tag: string) =>
    teller.patch(`/v1/stories/${id}`, { title }, { 'if-match': tag })
  t.match(await done(change('The second winter', `"v${version}"`)), {
    status: 'draft',
    number: 2,
    publishedNumber: 1,
    consentedAt: null,
  })
  t.equal((await change('Stale', `"v${version}"`)).status, 412)
  t.match(await speaking(operator, referralId), [{ storyId: id, title: 'The first winter' }])
  await done(teller.post(`/v1/stories/${id}/submit`, {}))
  t.equal((await reviewer.post(`/v1/stories/${id}/publish`, {})).body.code, 'teller_consent_required')
  const returned = await done(
    reviewer.post(`/v1/stories/${id}/return`, { reason: 'language', note: 'Sample: one word.' }),
  )
  t.match(returned, { status: 'returned', returnReason: 'language', note: 'Sample: one word.' })
  await done(teller.post(`/v1/stories/${id}/submit`, {}))
  await done(teller.post(`/v1/stories/${id}/consent`, {}))
  await done(reviewer.post(`/v1/stories/${id}/publish`, {}))
  t.match(await speaking(operator, referralId), [{ storyId: id, title: 'The second winter' }])
  const versions = (await teller.get(`/v1/stories/${id}/versions`)).body
  t.match(versions.data, [
    { number: 2, status: 'published', title: 'The second winter' },
    { number: 1, status: 'superseded', title: 'The first winter' },
  ])
  const page = (await teller.get(`/v1/stories/${id}/versions?limit=1`)).body
  t.match(await done(teller.get(`/v1/stories/${id}/versions?limit=1&cursor=${page.nextCursor}`)), {
    data: [{ number: 1 }],
    nextCursor: null,
  })
})

t.test('what was published cannot be changed, not even by hand', async (t) => {
  const { mentor, told, stored } = await ready(t)
  const id = await told(await mentor())
  await t.rejects(
    stored(`update publication_versions set audiences = '{public}' where publication_id = $1`, [id]),
    /a published version is never changed/,
  )
})

t.test('a withdrawn story is gone at once, for everybody, with every word of it', async (t) => {
  const { operator, reviewer, portal, mentor, accepted, told, speaking, stored } = await ready(t)
  const mentorId = await mentor()
  const id = await told(mentorId, { audiences: ['patients', 'public', 'clinic'] })
  const referralId = await accepted()
  const teller = await portal('mentor', mentorId)
  const key = { 'idempotency-key': 'again' }
  const second = await done(operator.post('/v1/stories', sampleStory({ mentorId }), key))
  const listed = async () => (await operator.get('/v1/public-stories')).body.data.length
  t.equal(await listed(), 1)
  t.match(await done(teller.post(`/v1/stories/${id}/withdraw`, {})), { id, withdrawnAt: String })
  await done(teller.post(`/v1/stories/${second.id}/withdraw`, {}))
  for (const api of [operator, reviewer, teller])
    for (const path of ['', '/versions', '/language-check'])
      t.equal((await api.get(`/v1/stories/${id}${path}`)).status, 404, path)
  t.same(await speaking(operator, referralId), [])
  t.equal(await listed(), 0)
  t.same((await operator.get('/v1/stories')).body.data, [])
  t.equal((await teller.post(`/v1/stories/${id}/submit`, {})).status, 404)
  const again = await operator.post('/v1/stories', sampleStory({ mentorId }), key)
  t.equal(again.status, 404, 'not even the kept answer of the request that made it')
  t.same(
    await stored(
      `select distinct content, sealed, tags from publication_versions where publication_id = any ($1)`,
      [[id, second.id]],
    ),
    [{ content: null, sealed: {}, tags: {} }],
  )
})

t.test('each audience gets what was given to it', async (t) => {
  const { operator, clinic, portal, matched, mentor, told, speaking, accepted } = await ready(t)
  const { referralId, mentorId } = await matched()
  const patientId = (await operator.get(`/v1/referrals/${referralId}`)).body.patientId
  const patient = await portal('patient', patientId)
  const ids = {
    own: await told(mentorId, { audiences: ['matched_patients'] }),
    others: await told(await mentor(), { audiences: ['matched_patients'] }),
    clinic: await told(mentorId, { audiences: ['clinic'] }),
    program: await told(mentorId, { audiences: ['program'] }),
  }
  const seen = async (api: typeof operator, query = '') =>
    (await speaking(api, referralId, query)).map(({ storyId }) => storyId).sort()
  t.same(await seen(patient), [ids.own])
  t.same(await seen(clinic), [ids.clinic])
  t.same(await seen(operator, '?audience=patient'), await seen(patient))
  t.equal((await clinic.get(`/v1/referrals/${referralId}/stories?audience=coordinator`)).status, 404)
  t.ok((await seen(operator)).includes(ids.program))
  const waiting = await accepted()
  t.match(await clinic.get(`/v1/referrals/${waiting}/stories`), {
    status: 200,
    body: { audience: 'clinic', ruleSet: 'story-1', disclosure: Object },
  })
})

t.test('a story tells nothing by its tags that its teller did not release', async (t) => {
  const { operator, portal, accepted, mentor, told, speaking, patchMentor } = await ready(t)
  const mentorId = await mentor({ type: 'clinician_with_lived_experience' })
  const id = await told(mentorId, { tags: { substances: ['zzsecret'] } })
  const referralId = await accepted({ preferences: { substances: ['zzsecret'] } })
  const patientId = (await operator.get(`/v1/referrals/${referralId}`)).body.patientId
  const patient = await portal('patient', patientId)
  const { body } = await operator.get(`/v1/stories/${id}`)
  t.match(body, { withheld: ['substances', 'pathways', 'lifeSituations'] })
  t.notMatch(JSON.stringify(body), /zzsecret/)
  t.same(await speaking(operator, referralId), [], 'nor by being found')
  t.same(await speaking(patient, referralId), [])
  const teller = await portal('mentor', mentorId)
  t.match((await teller.get(`/v1/stories/${id}`)).body, { tags: { substances: ['zzsecret'] }, withheld: [] })
  await done(
    teller.patch(`/v1/mentors/${mentorId}`, { releases: { substances: ['patient'] } }, { 'if-match': '*' }),
  )
  t.match(await speaking(patient, referralId), [
    { storyId: id, reasons: [{ criterion: 'shared_experience', evidence: ['zzsecret'] }] },
  ])
  t.same(await speaking(operator, referralId), [], 'the coordinator still learns nothing')
  t.equal((await patchMentor(mentorId, { releases: { substances: ['coordinator'] } })).status, 422)
})

t.test(
  'wishes explain a story only to who may see the wishes, and nobody is told who was shown it',
  async (t) => {
    const { operator, portal, accepted, mentor, told, speaking, clinic, stored } = await ready(t)
    const mentorId = await mentor()
    const id = await told(mentorId)
    const referralId = await accepted({ preferences: { substances: ['alcohol'] } })
    t.match(await speaking(operator, referralId), [{ storyId: id, reasons: [{ evidence: ['alcohol'] }] }])
    const { patientId } = (await operator.get(`/v1/referrals/${referralId}`)).body
    await done(
      clinic.post(`/v1/patients/${patientId}/restrictions`, {
        recipientOrganizationId: (await operator.get(`/v1/mentors/${mentorId}`)).body.organizationId,
        dataClasses: ['referral_reason'],
        text: 'Sample',
        status: 'agreed',
      }),
    )
    const [shown] = await speaking(operator, referralId)
    t.match(shown, { storyId: id, reasons: [] })
    const teller = await portal('mentor', mentorId)
    t.equal((await teller.get(`/v1/referrals/${referralId}/stories`)).status, 403)
    t.same(
      await stored(`select type from events where subject_type = 'story' and type not like 'story.%'`),
      [],
    )
    t.same(
      await stored(
        `select subject_id from audit_events where action = 'stories.speaking' and subject_type = 'story'`,
      ),
      [],
      'the trail says whose list was read, and not which stories were on it',
    )
  },
)

t.test('bad stories are refused by name, and nothing is stored', async (t) => {
  const { operator, mentor, stored, portal } = await ready(t)
  const mentorId = await mentor()
  const post = (changes: object) => operator.post('/v1/stories', sampleStory({ mentorId, ...changes }))
  const medium = (url: string) => ({ media: [{ kind: 'video', url }] })
  for (const url of ['http://video.example/1', 'ftp://video.example', 'javascript:alert(1)', 'video'])
    t.match(codes(await post(medium(url)))[0], /^#\/media\/0\/url /, url)
  t.same(codes(await post({ text: undefined })), ['#/text nothing_told'])
  t.same(codes(await post({ tags: { lifeSituations: ['drug_abuser', 'clean_time'] } })), [
    '#/tags/lifeSituations/0 stigmatizing_code',
    '#/tags/lifeSituations/1 stigmatizing_code',
  ])
  t.same(codes(await post({ mentorId: undefined })), ['#/mentorId required'])
  const other = await portal('mentor', await mentor())
  t.same(codes(await other.post('/v1/stories', sampleStory({ mentorId }))), ['#/mentorId unknown_mentor'])
  t.same(await stored('select id from publications'), [])
  const { id } = await done(post({}))
  t.equal((await other.get(`/v1/stories/${id}`)).status, 404)
  for (const step of ['consent', 'submit', 'withdraw'])
    t.equal((await other.post(`/v1/stories/${id}/${step}`, {})).status, 404, `another mentor: ${step}`)
})

t.test('the teller keeps their own words by name; others are proposed better ones first', async (t) => {
  const { operator, mentor } = await ready(t)
  const text = 'I was an addict. I got clean, and a relapse ended nothing.'
  const { id } = await done(operator.post('/v1/stories', sampleStory({ mentorId: await mentor(), text })))
  const check = await done(operator.get(`/v1/stories/${id}/language-check`))
  t.same(
    check.findings.map(
      ({ term, member, start, end }: { term: string; member: string; start: number; end: number }) => [
        term,
        member,
        text.slice(start, end),
      ],
    ),
    [
      ['addict', '/text', 'addict'],
      ['clean', '/text', 'got clean'],
      ['relapse', '/text', 'relapse'],
    ],
  )
  const submit = (acknowledge: string[]) => operator.post(`/v1/stories/${id}/submit`, { acknowledge })
  t.same(codes(await submit(['addict'])), [
    '#/acknowledge word_to_consider',
    '#/acknowledge word_to_consider',
  ])
  t.match(await done(submit(['addict', 'clean', 'relapse'])), {
    acknowledged: ['addict', 'clean', 'relapse'],
  })
})
