import t from 'tap'
import { ready } from './support.ts'

const parameters = {
  engagedWithinDays: 34,
  engagedFurtherContacts: 2,
  atRisk: { intervals: 1, leastDays: 3 },
  lapsed: { intervals: 2, leastDays: 6 },
  retentionWindowDays: 14,
}

t.test('the built-in rule set stands, is active, and comes last in the list', async (t) => {
  const { admin, clinic } = await ready(t)
  const [builtIn, ...others] = (await clinic.get('/v1/engagement/rule-sets')).body.data
  t.strictSame(others, [])
  t.match(builtIn, {
    name: 'eng-1',
    builtIn: true,
    active: true,
    activatedAt: null,
    parameters: { atRisk: { intervals: 1.5, leastDays: 10 }, lapsed: { intervals: 3, leastDays: 28 } },
  })
  t.match(await clinic.get(`/v1/engagement/rule-sets/${builtIn.id}`), { status: 200, body: builtIn })
  const made = await admin.post('/v1/engagement/rule-sets', { name: 'eng-2027', parameters })
  t.match(made, { status: 201, body: { name: 'eng-2027', builtIn: false, active: false, parameters } })
  t.match(await clinic.get(String(made.headers.location)), { status: 200, body: { id: made.body.id } })
  await admin.post('/v1/engagement/rule-sets', { name: 'eng-2028', parameters })
  const names: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const query: string = cursor ? `&cursor=${cursor}` : ''
    const page = (await clinic.get(`/v1/engagement/rule-sets?limit=1${query}`)).body
    names.push(...page.data.map(({ name }: { name: string }) => name))
    cursor = page.nextCursor
  }
  t.strictSame(names, ['eng-2028', 'eng-2027', 'eng-1'])
})

t.test('only the network’s office proposes and activates, under a name that is free', async (t) => {
  const { admin, operator, clinic } = await ready(t)
  const propose = { name: 'eng-2027', parameters }
  for (const api of [operator, clinic])
    t.match(await api.post('/v1/engagement/rule-sets', propose), {
      status: 403,
      body: { code: 'insufficient_scope' },
    })
  const { body } = await admin.post('/v1/engagement/rule-sets', propose)
  t.equal((await operator.post(`/v1/engagement/rule-sets/${body.id}/activate`, {})).status, 403)
  for (const name of ['eng-2027', 'eng-1'])
    t.match(await admin.post('/v1/engagement/rule-sets', { name, parameters }), {
      status: 409,
      body: { code: 'natural_key_taken' },
    })
})

t.test('numbers that make no sense are refused, each by its name', async (t) => {
  const { admin } = await ready(t)
  const faults = async (changes: object, name = 'eng-odd') => {
    const { status, body } = await admin.post('/v1/engagement/rule-sets', {
      name,
      parameters: { ...parameters, ...changes },
    })
    t.equal(status, 422)
    return body.errors.map(({ pointer, code }: Record<string, string>) => `${pointer} ${code}`)
  }
  t.strictSame(await faults({ lapsed: { intervals: 0.5, leastDays: 3 } }), [
    '#/parameters/lapsed/intervals too_small',
    '#/parameters/lapsed/intervals lapsed_before_at_risk',
    '#/parameters/lapsed/leastDays lapsed_before_at_risk',
  ])
  t.strictSame(await faults({ engagedWithinDays: 0, engagedFurtherContacts: 99, retentionWindowDays: 31 }), [
    '#/parameters/engagedWithinDays too_small',
    '#/parameters/engagedFurtherContacts too_large',
    '#/parameters/retentionWindowDays too_large',
  ])
  t.strictSame(await faults({ atRisk: undefined, strict: true }), [
    '#/parameters/atRisk required',
    '#/parameters/strict unknown_field',
  ])
  t.strictSame(await faults({}, 'Eng 1'), ['#/name invalid_format'])
})

t.test('a rule set that is switched on answers at once, and what differs is told', async (t) => {
  const { admin, matched, contact, engagement, sweep, changes, told, time, clinic, referred } = await ready(t)
  const { referralId, mentorshipId } = await matched()
  await contact(mentorshipId)
  const waiting = await referred()
  await sweep()
  time.forward({ days: 5 })
  t.match(await engagement(referralId), { status: 'connected', ruleSet: 'eng-1' })
  const { body: proposed } = await admin.post('/v1/engagement/rule-sets', { name: 'eng-strict', parameters })
  t.match(await engagement(referralId), { ruleSet: 'eng-1' }, 'a proposal changes nothing')
  const activated = await admin.post(`/v1/engagement/rule-sets/${proposed.id}/activate`, {})
  t.match(activated.body, { active: true, activatedAt: time.now().toISOString(), version: 2 })
  t.match(await engagement(referralId), { status: 'at_risk', ruleSet: 'eng-strict' })
  t.match((await clinic.get('/v1/engagement?status=at_risk')).body.data, [{ referralId }])
  t.equal(await sweep(), 2, 'everybody is looked at again')
  t.match((await changes(referralId)).at(-1), {
    from: 'connected',
    status: 'at_risk',
    rule_set: 'eng-strict',
    reasons: [{ code: 'contact_overdue' }, { code: 'two_way_contact' }],
  })
  t.equal((await told(referralId)).at(-1)?.codes.ruleSet, 'eng-strict')
  t.equal((await changes(waiting)).length, 1, 'who is no other is not told again')

  const builtIn = (await clinic.get('/v1/engagement/rule-sets')).body.data.at(-1)
  t.match(builtIn, { name: 'eng-1', active: false })
  t.match((await admin.post(`/v1/engagement/rule-sets/${builtIn.id}/activate`, {})).body, { active: true })
  t.match(await engagement(referralId), { status: 'connected', ruleSet: 'eng-1' })
  await sweep()
  t.match((await changes(referralId)).at(-1), { from: 'at_risk', status: 'connected', rule_set: 'eng-1' })
})

t.test('one rule set is active, however many are switched on at once', async (t) => {
  const { admin, clinic } = await ready(t)
  const sets: string[] = []
  for (const name of ['eng-a', 'eng-b', 'eng-c'])
    sets.push((await admin.post('/v1/engagement/rule-sets', { name, parameters })).body.id)
  const activate = (id: string, headers = {}) =>
    admin.post(`/v1/engagement/rule-sets/${id}/activate`, {}, headers)
  const answers = await Promise.all(sets.map((id) => activate(id)))
  for (const { status } of answers) t.equal(status, 200)
  const active = async () =>
    (await clinic.get('/v1/engagement/rule-sets')).body.data.filter((one: { active: boolean }) => one.active)
  t.equal((await active()).length, 1)
  const [now] = await active()
  const again = await activate(now.id)
  t.same(again.body, now, 'switching on what is on changes nothing')
  t.match(await activate(now.id, { 'if-match': '"v1"' }), { status: 412 })
})

t.test('another network has rule sets of its own', async (t) => {
  const { admin, as, createWorld } = await ready(t)
  const elsewhere = await as((await createWorld()).admin)
  const { body } = await admin.post('/v1/engagement/rule-sets', { name: 'eng-2027', parameters })
  await admin.post(`/v1/engagement/rule-sets/${body.id}/activate`, {})
  t.equal((await elsewhere.get(`/v1/engagement/rule-sets/${body.id}`)).status, 404)
  t.equal((await elsewhere.post(`/v1/engagement/rule-sets/${body.id}/activate`, {})).status, 404)
  t.match((await elsewhere.get('/v1/engagement/rule-sets')).body.data, [{ name: 'eng-1', active: true }])
})

t.test('a simulation tells over history whom other rules would have called what', async (t) => {
  const { admin, operator, clinic, matched, contact, referred, time, stored } = await ready(t)
  const start = time.now()
  const { referralId, mentorshipId } = await matched()
  await contact(mentorshipId)
  time.forward({ days: 4 })
  await referred()
  const mistaken = await referred()
  await clinic.post(`/v1/referrals/${mistaken}/enter-in-error`, { text: 'Wrong patient' })
  time.forward({ days: 4 })
  const { body: set } = await admin.post('/v1/engagement/rule-sets', { name: 'eng-strict', parameters })
  const before = await stored('select count(*)::int as n from engagement_changes')
  const simulate = (body: object, api = operator) =>
    api.post(`/v1/engagement/rule-sets/${set.id}/simulate`, body)
  const period = { from: start.toISOString(), to: time.now().toISOString(), stepDays: 3 }
  const { body } = await simulate(period)
  const at = (days: number) => new Date(start.getTime() + days * 86_400_000).toISOString()
  t.strictSame(body, {
    ruleSet: 'eng-strict',
    presentRuleSet: 'eng-1',
    asOf: at(8),
    referrals: 2,
    cut: false,
    steps: [
      { at: at(0), present: { connected: 1 }, proposed: { connected: 1 }, moves: [] },
      { at: at(3), present: { connected: 1 }, proposed: { connected: 1 }, moves: [] },
      {
        at: at(6),
        present: { connected: 1, awaiting_match: 1 },
        proposed: { at_risk: 1, awaiting_match: 1 },
        moves: [{ from: 'connected', to: 'at_risk', referrals: 1 }],
      },
      {
        at: at(8),
        present: { connected: 1, awaiting_match: 1 },
        proposed: { lapsed: 1, awaiting_match: 1 },
        moves: [{ from: 'connected', to: 'lapsed', referrals: 1 }],
      },
    ],
    differing: [referralId],
    differingCut: false,
  })
  t.match(
    (await simulate(period, clinic)).body,
    { referrals: 0 },
    'over what one’s own organization received',
  )
  t.strictSame(
    await stored('select count(*)::int as n from engagement_changes'),
    before,
    'and changes nothing',
  )
  t.match((await operator.get('/v1/engagement/rule-sets')).body.data, [{ active: false }, { active: true }])

  const fault = async (changes: object) => {
    const refused = await simulate({ ...period, ...changes })
    t.equal(refused.status, 422)
    return refused.body.errors.map(({ code }: { code: string }) => code)
  }
  t.strictSame(await fault({ to: period.from }), ['period_empty'])
  t.strictSame(await fault({ to: at(9) }), ['period_in_future'])
  t.strictSame(await fault({ from: '2026-01-01T00:00:00Z', stepDays: 1 }), ['too_many_steps'])
})

t.test('a simulation answers for the past as it was: holds, pauses and mentors of then', async (t) => {
  const { admin, operator, matched, contact, time, match } = await ready(t)
  const start = time.now()
  const { referralId, mentorshipId } = await matched()
  await contact(mentorshipId)
  time.forward({ days: 1 })
  await operator.post(`/v1/referrals/${referralId}/hold`, {
    reason: 'incarcerated',
    resumeBy: '2026-12-20',
  })
  time.forward({ days: 10 })
  await operator.post(`/v1/referrals/${referralId}/resume`, {})
  time.forward({ days: 1 })
  await operator.post(`/v1/mentorships/${mentorshipId}/close`, { outcome: 'mentor_unavailable' })
  time.forward({ days: 1 })
  await match(referralId)
  time.forward({ days: 1 })
  await operator.post(`/v1/referrals/${referralId}/cancel`, { reason: 'person_served_elsewhere' })
  time.forward({ days: 1 })
  const { body: set } = await admin.post('/v1/engagement/rule-sets', { name: 'eng-same', parameters })
  const { body } = await operator.post(`/v1/engagement/rule-sets/${set.id}/simulate`, {
    from: new Date(start.getTime() + 3_600_000).toISOString(),
    to: time.now().toISOString(),
    stepDays: 1,
  })
  const statuses = body.steps.map(({ present }: { present: object }) => Object.keys(present)[0])
  t.strictSame(statuses, [
    'connected',
    ...Array(10).fill('paused'),
    'connected',
    'awaiting_match',
    'awaiting_first_contact',
    'ended',
    'ended',
  ])
})
