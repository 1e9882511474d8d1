import t from 'tap'
import { sampleConsent, samplePatient, sampleReferral } from '../../support/samples.ts'
import { done, ready } from '../offers/ready.ts'

const rounding = 0.000_05

t.test('the explanation of each candidate adds up to their score', async (t) => {
  const { mentor, accepted, candidates } = await ready(t)
  const evening = ['FREQ=WEEKLY;BYDAY=MO,TU,WE;BYHOUR=18,19']
  await mentor({ substances: ['alcohol'], availability: evening, timeZone: 'America/Denver' })
  await mentor({ substances: ['alcohol', 'opioids'], pathways: ['smart'], languages: ['es', 'en'] })
  await mentor({
    lifeSituations: ['veteran'],
    interests: ['music'],
    capacity: 1,
    timeZone: 'America/Los_Angeles',
  })
  await mentor({ languages: ['en'], releases: { languages: [] } })
  const id = await accepted({
    preferences: {
      mentorTypes: ['peer_certified'],
      substances: ['alcohol', 'opioids', 'cannabis'],
      pathways: ['smart'],
      languages: ['en', 'es'],
      modes: ['phone', 'video'],
      lifeSituations: ['veteran', 'parenting'],
      interests: ['music'],
      availability: ['weekday_evening'],
    },
  })
  const { status, body } = await candidates(id)
  t.equal(status, 200)
  t.match(body, { referralId: id, ruleSet: 'match-1', audience: 'coordinator', considered: 4, feasible: 4 })
  t.same(
    body.data.map(({ rank }: { rank: number }) => rank),
    [1, 2, 3, 4],
  )
  for (const { score, criteria } of body.data) {
    const sum = (member: string) =>
      criteria.reduce((total: number, row: Record<string, number>) => total + (row[member] ?? 0), 0)
    const slack = rounding * (criteria.length + 1)
    t.ok(criteria.length > 3)
    t.ok(Math.abs(sum('contribution') - score) <= slack, `${sum('contribution')} is ${score}`)
    t.ok(Math.abs(sum('weight') - 1) <= slack)
  }
  const scores = body.data.map(({ score }: { score: number }) => score)
  t.same(
    scores,
    [...scores].sort((a, b) => b - a),
  )
  t.same((await candidates(id)).body.data, body.data, 'asked again, the same answer')
  t.same((await candidates(id, '?limit=2')).body.data, body.data.slice(0, 2))
})

t.test('the evidence is what the two have in common, and no more', async (t) => {
  const { mentor, accepted, candidates } = await ready(t)
  await mentor({
    substances: ['alcohol', 'cocaine'],
    interests: ['music', 'chess'],
    modes: ['phone', 'in_person'],
  })
  const id = await accepted({
    preferences: { substances: ['opioids', 'alcohol'], interests: ['chess'], modes: ['phone', 'video'] },
  })
  const { criteria } = (await candidates(id)).body.data[0]
  const of = (name: string) => criteria.find(({ criterion }: { criterion: string }) => criterion === name)
  t.match(of('shared_experience'), { value: 0.5, evidence: ['alcohol'] })
  t.match(of('interests'), { value: 1, evidence: ['chess'] })
  t.match(of('mode'), { value: 0.5, evidence: ['phone'] })
  t.equal(of('pathway'), undefined, 'what nobody asked about is not weighed')
  t.equal(of('life_situation'), undefined)
})

t.test('a program’s weights decide who comes first', async (t) => {
  const { mentor, accepted, candidates, operator, world } = await ready(t)
  const music = await mentor({ interests: ['music'], substances: ['opioids'] })
  const alcohol = await mentor({ interests: ['chess'], substances: ['alcohol'] })
  const id = await accepted({ preferences: { interests: ['music'], substances: ['alcohol'] } })
  const order = async () =>
    (await candidates(id)).body.data.map(({ mentorId }: { mentorId: string }) => mentorId)
  t.same(await order(), [alcohol, music])
  const weigh = async (matchWeights: object) => {
    const { version } = (await operator.get(`/v1/programs/${world.programId}`)).body
    await done(
      operator.patch(`/v1/programs/${world.programId}`, { matchWeights }, { 'if-match': `"v${version}"` }),
    )
  }
  await weigh({ interests: 50 })
  t.same(await order(), [music, alcohol])
  await weigh({ interests: 0, shared_experience: 0 })
  t.notMatch(JSON.stringify((await candidates(id)).body.data), /"interests","value|shared_experience/)
})

/** A mentor each of whose fields carries a mark of its own; every field is known to coordinators, so that all is weighed. */
const marked = {
  displayName: 'ZZname',
  experienceStatement: 'ZZstatement',
  recoveryBand: 'over_10_years',
  substances: ['zzsubstance'],
  pathways: ['zzpathway'],
  languages: ['en', 'vi'],
  lifeSituations: ['zzsituation'],
  interests: ['zzinterest'],
  demographics: { gender: 'zzgender' },
  availability: ['FREQ=WEEKLY;BYDAY=SU;BYHOUR=3'],
}
const marks: Readonly<Record<keyof typeof marked, RegExp>> = {
  displayName: /ZZname/,
  experienceStatement: /ZZstatement/,
  recoveryBand: /over_10_years/,
  substances: /zzsubstance|shared_experience/,
  pathways: /zzpathway|"pathway"/,
  languages: /"vi"|"language"/,
  lifeSituations: /zzsituation|life_situation/,
  interests: /zzinterest|"interests"/,
  demographics: /zzgender/,
  availability: /BYDAY=SU|"availability"/,
}
/** What the person asks for names none of the marks, so that an answer can only have them from the mentor. */
const asks = {
  preferences: {
    substances: ['zzsubstance'],
    pathways: ['zzpathway'],
    lifeSituations: ['zzsituation'],
    interests: ['zzinterest'],
    languages: ['vi', 'en'],
    availability: ['night'],
    demographics: { gender: ['zzgender'] },
    must: { demographics: { gender: ['zzgender'] } },
  },
}

// If this failed, a clinic or a person would learn of a mentor what the mentor told their coordinator only.
t.test(
  'to a clinic and to the person an answer holds nothing that the mentor did not release to them',
  async (t) => {
    const { mentor, accepted, candidates, as, world } = await ready(t)
    const id = await accepted(asks)
    const closed = Object.fromEntries(Object.keys(marked).map((field) => [field, ['coordinator']]))
    const mentorId = await mentor({ ...marked, releases: closed, capacity: 9 })
    const clinic = await as(world.clinic, [...world.clinic.scopes, 'matching:read'])
    const answers = {
      'the clinic’s own call': await clinic.get(`/v1/referrals/${id}/candidates`),
      'the coordinator, through the eyes of the clinic': await candidates(id, '?audience=clinic'),
      'the coordinator, through the eyes of the person': await candidates(id, '?audience=patient'),
    }
    for (const [who, { status, body }] of Object.entries(answers)) {
      t.equal(status, 200, who)
      t.equal(body.data.length, 1, who)
      const said = JSON.stringify(body)
      for (const [field, mark] of Object.entries(marks)) t.notMatch(said, mark, `${who}: ${field}`)
      t.notMatch(said, mentorId, `${who}: who has no name has no id`)
      t.notMatch(said, /"(score|contribution|weight|load|cautions)"/, who)
      t.same(body.excluded, [], who)
      t.same(body.nearMisses, [], who)
    }
    const own = (await candidates(id)).body
    for (const [field, mark] of Object.entries(marks))
      t.match(JSON.stringify(own), mark, `the coordinator sees ${field}`)
  },
)

t.test(
  'each field that is released to one audience is shown to that one, with what stands on it',
  async (t) => {
    const { mentor, accepted, candidates, become } = await ready(t)
    const id = await accepted(asks)
    for (const field of Object.keys(marked) as (keyof typeof marked)[])
      for (const audience of ['clinic', 'patient']) {
        const only = Object.fromEntries(
          Object.keys(marked).map((name) => [
            name,
            name === field ? ['coordinator', audience] : ['coordinator'],
          ]),
        )
        const by = await mentor({ ...marked, releases: only })
        const seen = JSON.stringify((await candidates(id, `?audience=${audience}`)).body)
        const other = JSON.stringify(
          (await candidates(id, `?audience=${audience === 'clinic' ? 'patient' : 'clinic'}`)).body,
        )
        t.match(seen, marks[field], `${field} to the ${audience}`)
        t.notMatch(other, marks[field], `${field}, not to the other`)
        for (const [name, mark] of Object.entries(marks))
          if (name !== field) t.notMatch(seen, mark, `${name} neither`)
        await done(become(by, 'ended'))
      }
  },
)

t.test('what is not released to coordinators is not weighed, and not told to them either', async (t) => {
  const { mentor, accepted, candidates } = await ready(t)
  const { must: _, ...wishes } = asks.preferences
  const id = await accepted({ preferences: wishes })
  const closed = Object.fromEntries(Object.keys(marked).map((field) => [field, ['clinic', 'patient']]))
  const telling = await mentor({ ...marked, releases: closed })
  const empty = await mentor({ releases: { languages: [] } })
  const { data } = (await candidates(id)).body
  const [one, other] = [telling, empty].map((id) =>
    data.find(({ mentorId }: { mentorId: string }) => mentorId === id),
  )
  t.equal(one.score, other.score)
  t.same(one.criteria, other.criteria)
  for (const [field, mark] of Object.entries(marks)) t.notMatch(JSON.stringify(one), mark, field)
})

t.test(
  'without the contact class in the consent nothing of it is used: language, time zone and place',
  async (t) => {
    const { mentor, accepted, candidates } = await ready(t)
    const patient = () => samplePatient({ language: 'vi', postalCode: '80205', timeZone: 'America/Denver' })
    const vietnamese = await mentor({ languages: ['vi'], serviceArea: ['802'] })
    const elsewhere = await mentor({ languages: ['en'], serviceArea: ['100'] })
    const found = async (changes: object) => {
      const { body } = await candidates(await accepted({ patient: patient(), preferences: {}, ...changes }))
      return {
        ids: body.data.map(({ mentorId }: { mentorId: string }) => mentorId).sort(),
        criteria: new Set(
          body.data.flatMap(({ criteria }: { criteria: { criterion: string }[] }) =>
            criteria.map(({ criterion }) => criterion),
          ),
        ),
        redacted: body.redacted ?? [],
      }
    }
    const whole = await found({})
    t.same(whole.ids, [vietnamese])
    t.ok(whole.criteria.has('language') && whole.criteria.has('time_zone'))
    const { dataClasses } = sampleConsent()
    const less = await found({
      consent: sampleConsent({ dataClasses: dataClasses.filter((one) => one !== 'contact') }),
    })
    t.same(less.ids, [vietnamese, elsewhere].sort())
    t.notOk(less.criteria.has('language') || less.criteria.has('time_zone'))
    t.match(less.redacted, ['contact'])
  },
)

t.test('without the reason class neither wishes nor demands nor reasons are used', async (t) => {
  const { mentor, accepted, candidates } = await ready(t)
  await mentor({ substances: ['alcohol'], mustNot: { reasons: ['post_overdose'] } })
  const { dataClasses } = sampleConsent()
  const consent = sampleConsent({ dataClasses: dataClasses.filter((one) => one !== 'referral_reason') })
  const id = await accepted({
    consent,
    reason: ['post_overdose'],
    preferences: { substances: ['alcohol'], must: { languages: ['es'] } },
  })
  const { body } = await candidates(id)
  t.equal(body.feasible, 1)
  t.match(body.redacted, ['referral_reason'])
  t.notMatch(JSON.stringify(body.data), /shared_experience/)
})

t.test('what was used of the person travels with its notice and is written to the ledger', async (t) => {
  const { mentor, accepted, candidates, stored, world, as } = await ready(t)
  await mentor()
  const id = await accepted()
  const ledger = () =>
    stored(
      `select organization_id as holder, recipient_organization_id as recipient, data_classes as classes
       from disclosures where subject_id = $1 order by id desc limit 1`,
      [id],
    )
  const { body } = await candidates(id)
  t.match(body.disclosure, { basis: 'consent', notice: { form: 'long' } })
  t.match(await ledger(), [
    {
      holder: world.clinic.organizationId,
      recipient: world.operator.organizationId,
      classes: ['referral_status', 'referral_reason', 'identity', 'contact'],
    },
  ])
  const clinic = await as(world.clinic, [...world.clinic.scopes, 'matching:read'])
  const own = await clinic.get(`/v1/referrals/${id}/candidates`)
  t.match(own.body, { audience: 'clinic', disclosure: { basis: 'consent' } })
  t.match(await ledger(), [
    {
      holder: world.operator.organizationId,
      recipient: world.clinic.organizationId,
      classes: ['engagement_status'],
    },
  ])
})

t.test('candidates are for the two organizations of the referral, each with its own eyes', async (t) => {
  const { mentor, accepted, as, world, unknownId, operator, clinic: withoutScope } = await ready(t)
  await mentor()
  const id = await accepted()
  const path = `/v1/referrals/${id}/candidates`
  const clinic = await as(world.clinic, [...world.clinic.scopes, 'matching:read'])
  for (const audience of ['coordinator', 'patient'])
    t.equal((await clinic.get(`${path}?audience=${audience}`)).status, 404, `the clinic is no ${audience}`)
  t.equal((await clinic.get(`${path}?audience=clinic`)).status, 200)
  t.match(await withoutScope.get(path), { status: 403, body: { code: 'insufficient_scope' } })
  for (const member of [world.otherOperator, world.otherClinic, world.admin]) {
    const stranger = await as(member, [...member.scopes, 'matching:read'])
    t.equal((await stranger.get(path)).status, 404)
    t.equal((await stranger.get(`${path}?audience=clinic`)).status, 404)
  }
  t.equal((await operator.get(`/v1/referrals/${unknownId()}/candidates`)).status, 404)
  t.equal((await operator.get(`${path}?audience=employer`)).status, 422)
})

t.test('a consent that is withdrawn ends the looking', async (t) => {
  const { mentor, accepted, candidates, clinic, referral } = await ready(t)
  await mentor()
  const id = await accepted()
  const { consentId } = await referral(id)
  t.equal((await candidates(id)).status, 200)
  await done(clinic.post(`/v1/consents/${consentId}/revoke`, {}))
  t.equal((await candidates(id)).status, 404)
})

t.test('a referral is matched while it is accepted or in progress', async (t) => {
  const { referred, candidates, operator, matched, contact, clinic, world } = await ready(t)
  const id = await referred()
  const refused = { status: 409, body: { code: 'transition_not_allowed' } }
  t.match(await candidates(id), refused)
  await done(operator.post(`/v1/referrals/${id}/accept`, {}))
  t.equal((await candidates(id)).status, 200)
  await done(operator.post(`/v1/referrals/${id}/hold`, { reason: 'incarcerated', resumeBy: '2026-12-20' }))
  t.match(await candidates(id), refused)
  await done(operator.post(`/v1/referrals/${id}/resume`, {}))
  t.equal((await candidates(id)).status, 200)
  await done(operator.post(`/v1/referrals/${id}/cancel`, { reason: 'person_declined' }))
  t.match(await candidates(id), refused)
  const pair = await matched()
  await contact(pair.mentorshipId)
  t.equal((await candidates(pair.referralId)).status, 200)
  const rejected = await done(clinic.post('/v1/referrals', sampleReferral(world.programId)))
  await done(operator.post(`/v1/referrals/${rejected.id}/reject`, { reason: 'no_capacity' }))
  t.match(await candidates(rejected.id), refused)
})

t.test('who was left out is counted by what left them out, for those who can act on it', async (t) => {
  const { mentor, applicant, become, accepted, candidates, matched } = await ready(t)
  await applicant()
  await done(become(await mentor(), 'paused'))
  await done(become(await mentor(), 'ended'))
  await matched(await mentor({ capacity: 1 }))
  await mentor({ languages: ['es'] })
  await mentor({ languages: ['es'], capacity: 0 })
  const fits = await mentor()
  const { body } = await candidates(await accepted({ preferences: {} }))
  t.match(body, { considered: 6, feasible: 1, data: [{ mentorId: fits }] })
  t.same(body.excluded, [
    { constraint: 'status', mentors: 2, alone: 2 },
    { constraint: 'capacity', mentors: 2, alone: 1 },
    { constraint: 'language', mentors: 2, alone: 1 },
  ])
  t.same(body.nearMisses, [{ constraint: 'language', mentors: 1 }])
})
