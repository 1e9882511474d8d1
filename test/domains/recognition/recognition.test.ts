import t, { type Test } from 'tap'
import { onPaper } from '../../support/clinicians.ts'
import { sampleHash } from '../../support/samples.ts'
import { faults, recognitionReady, sampleScheme, supervisionRule } from './ready.ts'

const published = (rules: readonly object[], changes: object = {}) => sampleScheme({ rules, ...changes })

t.test('an organization that keeps what a scheme asks for earns a credential, fact by fact', async (t) => {
  const { mentors, supervise, publish, evaluate, operator, otherOperator, stored } = await recognitionReady(t)
  await supervise(await mentors(12))
  const scheme = await publish()
  t.match(scheme, { revision: 1, retiredAt: null, rules: [{ ...supervisionRule, minimumGroup: 11 }] })
  const answer = await evaluate(scheme.id)
  t.equal(answer.status, 201)
  t.match(answer.body, {
    schemeCode: 'mentorship_ready',
    occasion: 'asked',
    outcome: 'met',
    facts: [{ fact: 'supervision_kept', value: 1, group: 12, counted: 12, met: true, reason: 'met' }],
    nextAt: '2026-12-18T19:00:00.000Z',
  })
  const credential = (await operator.get(`/v1/recognition-credentials/${answer.body.credentialId}`)).body
  t.match(credential, {
    holder: 'Sample Recovery Community',
    state: 'valid',
    evaluationId: answer.body.id,
    validFrom: '2026-11-18T19:00:00.000Z',
    validUntil: '2027-11-18T19:00:00.000Z',
    path: `/recognition/credentials/${credential.id}`,
  })
  t.same(
    (await otherOperator.get(`/v1/recognition-credentials/${credential.id}`)).body,
    credential,
    'that an organization is recognized is for its network to see',
  )
  t.equal((await otherOperator.get(`/v1/recognition-evaluations/${answer.body.id}`)).status, 404)
  t.same((await otherOperator.get('/v1/recognition-evaluations')).body.data, [])
  const again = await evaluate(scheme.id)
  t.match(again.body, { outcome: 'met', credentialId: null }, 'one credential is enough')
  t.equal((await operator.get(`/v1/recognition-evaluations/${answer.body.id}`)).body.nextAt, null)
  t.match(await stored(`select type, codes from events where type like 'recognition%' order by type`), [
    { type: 'recognition_credential.issued', codes: { scheme: 'mentorship_ready' } },
    { type: 'recognition_evaluation.made', codes: { outcome: 'met' } },
    { type: 'recognition_evaluation.made', codes: { outcome: 'met' } },
    { type: 'recognition_scheme.published', codes: { revision: '1' } },
  ])
})

t.test('a rule that reads a group of fewer than eleven is refused, whoever writes it', async (t) => {
  const { office, publish, stored, world } = await recognitionReady(t)
  const refused = await office.post(
    '/v1/recognition-schemes',
    published([{ ...supervisionRule, minimumGroup: 10 }]),
  )
  t.equal(refused.status, 422)
  t.same(faults(refused), ['#/rules/0/minimumGroup group_too_small'])
  t.same((await office.get('/v1/recognition-schemes')).body.data, [])
  await publish()
  // If the constraint were not there, one statement of an operator's could publish numbers about a few people.
  await t.rejects(
    stored(
      `insert into recognition_schemes select network_id, gen_random_uuid(), 'other', 1, name, description, subject,
         jsonb_set(rules, '{0,minimumGroup}', '3'), valid_months, null, 1, created_at, updated_at
       from recognition_schemes where network_id = $1`,
      [world.networkId],
    ),
    /recognition_schemes_of_groups/,
  )
})

t.test(
  'a group that is too small is not looked at, and nothing is held against anybody for it',
  async (t) => {
    const { mentors, publish, evaluate, supervise } = await recognitionReady(t)
    const ten = await mentors(10)
    const scheme = await publish()
    t.match((await evaluate(scheme.id)).body, {
      outcome: 'not_measurable',
      credentialId: null,
      facts: [{ value: null, group: null, counted: null, met: null, reason: 'group_too_small' }],
    })
    await supervise([...ten, ...(await mentors(1))])
    t.match((await evaluate(scheme.id)).body, { outcome: 'met', facts: [{ group: 11, value: 1 }] })
  },
)

t.test('what a rule may say follows from its fact', async (t) => {
  const { office, operator } = await recognitionReady(t)
  const refused = await office.post(
    '/v1/recognition-schemes',
    published([
      { fact: 'supervision_kept', comparison: 'at_least', threshold: 1.5, windowDays: 30 },
      { fact: 'hours_to_first_contact', comparison: 'at_most', threshold: 48 },
      { fact: 'accreditation_held', comparison: 'at_least', threshold: 1, minimumGroup: 11 },
      { fact: 'own_papers_current', comparison: 'at_least', threshold: 1, accreditation: 'caprss' },
      { fact: 'supervision_kept', comparison: 'at_least', threshold: 1 },
      { fact: 'goals_met', comparison: 'at_least', threshold: 0.5 },
    ]),
  )
  t.same(faults(refused), [
    '#/rules/0/threshold too_large',
    '#/rules/0/windowDays conflicting_members',
    '#/rules/1/windowDays required',
    '#/rules/2/accreditation required',
    '#/rules/2/minimumGroup conflicting_members',
    '#/rules/3/accreditation conflicting_members',
    '#/rules/3/fact fact_of_another_subject',
    '#/rules/4/fact duplicate',
    '#/rules/5/fact invalid_code',
  ])
  t.match(await operator.post('/v1/recognition-schemes', sampleScheme()), {
    status: 403,
    body: { code: 'insufficient_scope' },
  })
})

t.test(
  'publishing a scheme again makes its next revision, and changes nothing that was published',
  async (t) => {
    const { office, publish, evaluate, mentors, supervise } = await recognitionReady(t)
    await supervise(await mentors(11))
    const first = await publish()
    const second = await publish({ rules: [{ ...supervisionRule, threshold: 0.95 }] })
    t.match(second, { revision: 2, code: first.code })
    t.match((await office.get(`/v1/recognition-schemes/${first.id}`)).body, {
      revision: 1,
      rules: [{ threshold: 0.9 }],
      retiredAt: '2026-11-18T19:00:00.000Z',
    })
    t.match(await evaluate(first.id), { status: 409, body: { code: 'transition_not_allowed' } })
    t.match((await office.get('/v1/recognition-schemes?inForce=true')).body.data, [{ id: second.id }])
    const retired = await office.post(`/v1/recognition-schemes/${second.id}/retire`, {})
    t.equal(retired.status, 200)
    t.match(await evaluate(second.id), { status: 409 })
    t.match(
      await office.post(
        '/v1/recognition-schemes',
        sampleScheme({
          subject: 'mentor',
          rules: [{ fact: 'own_papers_current', comparison: 'at_least', threshold: 1 }],
        }),
      ),
      { status: 409, body: { code: 'natural_key_taken' } },
    )
  },
)

t.test('every month it is looked at again, and what ends soon is renewed', async (t) => {
  const { mentors, supervise, publish, evaluate, operator, time, sweep, office } = await recognitionReady(t)
  const ids = await mentors(11)
  await supervise(ids)
  const scheme = await publish({ validMonths: 3 })
  const first = (await evaluate(scheme.id)).body
  t.equal(await sweep(), 0, 'nothing is due yet')
  time.forward({ days: 30 })
  t.equal(await sweep(), 1)
  const list = async () => (await operator.get('/v1/recognition-evaluations')).body.data
  t.match((await list())[0], { occasion: 'scheduled', outcome: 'not_met', credentialId: null })
  t.match(
    (await operator.get(`/v1/recognition-credentials/${first.credentialId}`)).body,
    { state: 'valid' },
    'what was promised until a day holds until that day',
  )
  await supervise(ids)
  time.forward({ days: 12 })
  await supervise(ids)
  time.forward({ days: 1 })
  const renewed = (await evaluate(scheme.id)).body
  t.match(renewed, { outcome: 'met' })
  t.ok(renewed.credentialId, 'forty-nine days before the first one ends')
  time.set('2027-02-18T19:00:00Z')
  t.match((await operator.get(`/v1/recognition-credentials/${first.credentialId}`)).body, {
    state: 'expired',
  })
  await office.post(`/v1/recognition-schemes/${scheme.id}/retire`, {})
  t.equal(await sweep(), 1)
  t.equal((await list())[0].occasion, 'asked', 'a scheme that ended is looked at no more')
  t.equal(await sweep(), 0)
})

t.test('how soon people are called and how mentorships end are measured in people', async (t) => {
  const ready = await recognitionReady(t)
  const { mentors, publish, evaluate, accompany, talk, close, speak, time } = ready
  const staff = await mentors(3)
  const ofPeople = (fact: string, comparison: string, threshold: number) => ({
    ...{ fact, comparison, threshold, windowDays: 90 },
  })
  const scheme = await publish({
    rules: [
      ofPeople('hours_to_first_contact', 'at_most', 48),
      ofPeople('closures_with_both_voices', 'at_least', 0.9),
      ofPeople('closures_with_next_support', 'at_least', 0.9),
    ],
  })
  const stories: { mentorshipId: string }[] = []
  for (let made = 0; made < 12; made += 1) stories.push(await accompany(staff[made % 3] ?? ''))
  time.forward({ hours: 5 })
  for (const { mentorshipId } of stories.slice(0, 11)) await talk(mentorshipId)
  time.forward({ days: 3 })
  for (const [index, { mentorshipId }] of stories.slice(0, 11).entries()) {
    await close(mentorshipId, index === 0 ? { nextSupport: undefined } : {})
    await speak(mentorshipId, index < 2 ? ['patient'] : ['patient', 'mentor'])
  }
  const { facts } = (await evaluate(scheme.id)).body
  t.match(facts, [
    { fact: 'hours_to_first_contact', value: 5, group: 12, met: true },
    { fact: 'closures_with_both_voices', group: 11, counted: 9, met: false, reason: 'not_met' },
    { fact: 'closures_with_next_support', group: 11, counted: 10, met: true },
  ])
  time.forward({ days: 91 })
  const later = (await evaluate(scheme.id)).body.facts
  t.match(
    later.map(({ reason }: { reason: string }) => reason),
    ['group_too_small', 'group_too_small', 'group_too_small'],
    'what lies before the window is not looked at',
  )
})

t.test('a mentor is recognized by what is their own, and shown by initials', async (t) => {
  const { publish, evaluate, mentor, supervise, operator, otherOperator } = await recognitionReady(t)
  const id = await mentor({ displayName: 'Sample Mentor of Denver' })
  const scheme = await publish({
    code: 'supervised_mentor',
    subject: 'mentor',
    rules: [
      { fact: 'own_supervision_kept', comparison: 'at_least', threshold: 1 },
      { fact: 'own_papers_current', comparison: 'at_least', threshold: 1 },
      { fact: 'own_supervision_sessions', comparison: 'at_least', threshold: 1, windowDays: 30 },
    ],
  })
  t.same(faults(await evaluate(scheme.id)), ['#/mentorId required'])
  t.match(
    await evaluate(scheme.id, { mentorId: id }),
    { status: 409, body: { code: 'consent_not_in_force' } },
    'nobody is shown without their word',
  )
  const { termsId: _, ...paper } = onPaper('')
  t.match(await operator.post(`/v1/mentors/${id}/recognition-consents`, paper), {
    status: 201,
    body: { method: 'recorded_signature' },
  })
  t.match((await evaluate(scheme.id, { mentorId: id })).body, { outcome: 'not_met' })
  await supervise([id])
  const { body } = await evaluate(scheme.id, { mentorId: id })
  t.match(body, { outcome: 'met', mentorId: id, subject: 'mentor' })
  t.match((await operator.get(`/v1/recognition-credentials/${body.credentialId}`)).body, {
    holder: 'S. M. O.',
  })
  t.equal((await otherOperator.get(`/v1/recognition-credentials/${body.credentialId}`)).status, 404)
  t.same((await otherOperator.get('/v1/recognition-credentials')).body.data, [])
  t.same(
    faults(await otherOperator.post(`/v1/recognition-schemes/${scheme.id}/evaluations`, { mentorId: id })),
    ['#/mentorId unknown_mentor'],
  )
})

t.test('a mentor takes their word back, and at once nothing shows them any more', async (t) => {
  const { publish, evaluate, mentor, operator, otherOperator, inject, stored, withToken } =
    await recognitionReady(t)
  const id = await mentor()
  const scheme = await publish({
    code: 'own_papers',
    subject: 'mentor',
    rules: [{ fact: 'own_papers_current', comparison: 'at_least', threshold: 1 }],
  })
  const { accessToken } = (await operator.post('/v1/portal-tokens', { subject: { type: 'mentor', id } })).body
  const me = withToken(accessToken)
  const consents = `/v1/mentors/${id}/recognition-consents`
  const word = (await me.post(consents, {})).body
  t.match(word, { mentorId: id, method: 'portal', withdrawnAt: null })
  t.equal((await me.post(consents, {})).body.id, word.id, 'twice is once')
  t.equal((await otherOperator.get(`/v1/recognition-consents/${word.id}`)).status, 404)
  const { credentialId } = (await evaluate(scheme.id, { mentorId: id })).body
  const shown = async () =>
    JSON.stringify((await inject({ url: `/recognition/credentials/${credentialId}/verify` })).body)
  t.match(await shown(), /"valid"/)
  t.match((await me.post(`/v1/recognition-consents/${word.id}/withdraw`, {})).body, { withdrawnAt: /^2026/ })
  t.match(await shown(), /"revoked"/)
  t.match((await operator.get(`/v1/recognition-credentials/${credentialId}`)).body, {
    revokedBecause: 'withdrawn_by_holder',
  })
  t.match(await evaluate(scheme.id, { mentorId: id }), { body: { code: 'consent_not_in_force' } })
  t.same(await stored('select id from recognition_evaluations where next_at is not null'), [])
  const told = await stored<{ type: string }>(`select type from events where type like 'recognition_%'`)
  t.ok(told.some(({ type }) => type === 'recognition_consent.withdrawn'))
  t.ok(told.some(({ type }) => type === 'recognition_credential.revoked'))
})

t.test('who gives their word many times at once gave it once', async (t) => {
  const { mentor, operator } = await recognitionReady(t)
  const onPaper = { signedAt: '2026-11-17T15:00:00Z', evidenceHash: `sha256:${'a'.repeat(64)}` }
  // The first round opens the connections that let the others be at once.
  for (const id of [await mentor(), await mentor(), await mentor(), await mentor()]) {
    const given = await Promise.all(
      Array.from({ length: 6 }, () => operator.post(`/v1/mentors/${id}/recognition-consents`, onPaper)),
    )
    t.same([...new Set(given.map(({ status }) => status))], [201])
    t.equal(new Set(given.map(({ body }) => body.id)).size, 1)
  }
})

t.test('whoever is evaluated many times at once has one latest evaluation and one credential', async (t) => {
  const { mentors, supervise, publish, evaluate, stored } = await recognitionReady(t)
  await supervise(await mentors(11))
  const scheme = await publish()
  const answers = await Promise.all(Array.from({ length: 3 }, () => evaluate(scheme.id)))
  t.same(
    answers.map(({ status }) => status),
    [201, 201, 201],
  )
  t.match(await stored('select count(*)::int from recognition_evaluations where next_at is not null'), [
    { count: 1 },
  ])
  t.match(await stored('select count(*)::int from recognition_credentials'), [{ count: 1 }])
})

t.test('a holder withdraws their credential; every other revocation is the office’s', async (t) => {
  const { mentors, supervise, publish, evaluate, operator, otherOperator, office } = await recognitionReady(t)
  await supervise(await mentors(11))
  const scheme = await publish()
  const { credentialId } = (await evaluate(scheme.id)).body
  const path = `/v1/recognition-credentials/${credentialId}/revoke`
  t.match(await operator.post(path, { because: 'misuse' }), { status: 403 })
  t.match(await otherOperator.post(path, { because: 'withdrawn_by_holder' }), { status: 404 })
  t.match(await office.post(path, { because: 'misuse' }), {
    status: 200,
    body: { state: 'revoked', revokedBecause: 'misuse', version: 2 },
  })
  t.match((await operator.post(path, { because: 'withdrawn_by_holder' })).body, { revokedBecause: 'misuse' })
})

/** An organization that holds a credential for what anybody can see at any time, and what becomes of it. */
async function holding(t: Test) {
  const ready = await recognitionReady(t)
  const { operator, office, publish, evaluate } = ready
  const accreditation = await operator.post('/v1/accreditations', {
    ...{ code: 'caprss', issuer: 'Sample Council', fromOn: '2026-01-01', documentSha256: sampleHash },
  })
  await office.post(`/v1/accreditations/${accreditation.body.id}/confirm`, {})
  const scheme = await publish({
    rules: [{ fact: 'accreditation_held', comparison: 'at_least', threshold: 1, accreditation: 'caprss' }],
  })
  const asked = async () => (await evaluate(scheme.id)).body
  const { credentialId } = await asked()
  const of = `/v1/recognition-credentials/${credentialId}`
  const latest = async () => (await operator.get('/v1/recognition-evaluations')).body.data[0]
  return { ...ready, asked, of, latest }
}

t.test('what was revoked for misuse is not earned again before the office says so', async (t) => {
  const { asked, of, latest, office, operator, time, sweep, stored } = await holding(t)
  const refused = { status: 409, body: { code: 'transition_not_allowed' } }
  t.match(await office.post(`${of}/lift-bar`, {}), refused, 'nothing stands in the way of anything yet')
  await office.post(`${of}/revoke`, { because: 'misuse' })
  t.match(await asked(), { outcome: 'met', credentialId: null }, 'every fact is met, and none speaks of it')
  time.forward({ days: 30 })
  t.equal(await sweep(), 1)
  t.match(await latest(), { occasion: 'scheduled', outcome: 'met', credentialId: null }, 'nor by the clock')
  t.match(await operator.post(`${of}/lift-bar`, {}), { status: 403, body: { code: 'insufficient_scope' } })
  t.match(await office.post(`${of}/lift-bar`, {}), {
    status: 200,
    body: { state: 'revoked', revokedBecause: 'misuse', barLiftedAt: time.now().toISOString(), version: 3 },
  })
  t.match(await office.post(`${of}/lift-bar`, {}), { status: 200, body: { version: 3 } }, 'twice is once')
  t.ok((await asked()).credentialId, 'from then on the facts decide again')
  t.match(await stored(`select codes from events where type = 'recognition_credential.bar_lifted'`), [
    { codes: { scheme: 'mentorship_ready' } },
  ])
})

t.test(
  'whoever gives a credential back is not recognized again by the clock, but when they ask',
  async (t) => {
    const { asked, of, latest, operator, time, sweep } = await holding(t)
    t.match((await operator.post(`${of}/revoke`, { because: 'withdrawn_by_holder' })).body, {
      state: 'revoked',
    })
    for (const _ of ['a month', 'another']) {
      time.forward({ days: 30 })
      t.equal(await sweep(), 1)
      t.match(await latest(), { occasion: 'scheduled', outcome: 'met', credentialId: null })
    }
    t.ok((await asked()).credentialId)
  },
)

t.test('what was issued in error is earned again as soon as the facts are met', async (t) => {
  const { asked, of, office } = await holding(t)
  await office.post(`${of}/revoke`, { because: 'issued_in_error' })
  t.ok((await asked()).credentialId)
})
