import t from 'tap'
import { digestOf, emptyPlan } from '../../../src/domains/recovery-plans/rules.ts'
import { sampleConsent } from '../../support/samples.ts'
import { done, ready } from './ready.ts'

const codes = ({ body }: { body: { errors?: { pointer: string; code: string }[] } }) =>
  (body.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`)

t.test('a plan is begun once, filled by the person, and read by the two and their program', async (t) => {
  const { person, companion, operator, mentorshipId, path, change, plan, stored } = await ready(t)
  t.match(plan, { number: 1, currentNumber: null, vision: null, goals: [] })
  const again = await companion.post(`/v1/mentorships/${mentorshipId}/recovery-plan`, {})
  t.match(again, { status: 409, body: { code: 'natural_key_taken' } })
  const goal = { domain: 'home', statement: 'Sample: zzhome' }
  const changed = await done(change({ vision: 'Sample: zzquiet', goals: [goal], reviewOn: '2027-01-15' }))
  t.match(changed, {
    vision: 'Sample: zzquiet',
    goals: [{ ...goal, achievement: 'in_progress', source: null }],
  })
  for (const api of [person, companion, operator]) t.same((await api.get(path)).body, changed)
  const [kept] = changed.goals
  const moved = await done(change({ goals: [{ ...goal, id: kept.id, achievement: 'achieved' }] }, companion))
  t.match(moved.goals, [{ id: kept.id, achievement: 'achieved' }])
  t.same(codes(await change({ goals: [{ ...goal, id: plan.id }] })), ['#/goals/0/id unknown_goal'])
  const dumped = JSON.stringify(await stored('select * from recovery_plans'))
  t.notMatch(dumped, /zzhome|zzquiet/, 'at rest every word is sealed')
})

t.test(
  'a signature is to a text; what was signed stays, and what moved meanwhile is not signed',
  async (t) => {
    const { person, companion, operator, path, change, sign, stored } = await ready(t)
    const read = (await companion.get(path)).body
    await done(change({ vision: 'Sample: first' }))
    t.match(await companion.post(`${path}/sign`, { digest: read.digest }), {
      status: 412,
      body: { code: 'version_conflict' },
    })
    t.equal((await companion.post(`${path}/sign`, {}, { 'if-match': `"v${read.version}"` })).status, 412)
    t.equal((await companion.post(`${path}/sign`, {})).status, 428)
    t.match(await operator.post(`${path}/sign`, { digest: read.digest }), {
      status: 409,
      body: { code: 'person_decides' },
    })
    const once = await done(sign(person))
    t.match(once, { signedByPatientAt: String, signedByMentorAt: null, currentNumber: null })
    t.same(await done(sign(person)), once, 'signing twice is signing once')
    const both = await done(sign(companion))
    t.match(both, { number: 1, currentNumber: 1, digest: once.digest, signedByMentorAt: String })
    const next = await done(change({ vision: 'Sample: second' }))
    t.match(next, { number: 2, currentNumber: 1, signedByPatientAt: null, vision: 'Sample: second' })
    t.not(next.digest, both.digest)
    await done(sign(companion))
    t.match((await person.get(`${path}/versions`)).body.data, [
      { number: 2, vision: 'Sample: second', signedByPatientAt: null, signedByMentorAt: String },
      { number: 1, vision: 'Sample: first', digest: both.digest, signedByPatientAt: String },
    ])
    t.same(
      await stored(
        `select type, cardinality(reader_ids) as told from events where type = 'recovery_plan.signed' order by position`,
      ),
      [
        { type: 'recovery_plan.signed', told: 0 },
        { type: 'recovery_plan.signed', told: 1 },
        { type: 'recovery_plan.signed', told: 0 },
      ],
      'the clinic hears of it when both have signed',
    )
  },
)

t.test('the clinic reads what both have signed, while a consent covers it, with the notice', async (t) => {
  const { clinic, person, companion, path, change, sign, plan, patientId, stored, referralId } =
    await ready(t)
  await done(change({ vision: 'Sample: signed' }))
  await done(sign(person))
  t.equal((await clinic.get(path)).status, 404, 'a draft is between the two')
  t.same((await clinic.get('/v1/recovery-plans')).body.data, [])
  await done(sign(companion))
  await done(change({ vision: 'Sample: draft' }))
  t.match(await clinic.get(path), {
    status: 200,
    body: { vision: 'Sample: signed', number: 1, disclosure: { notice: { text: String } } },
  })
  t.match((await clinic.get(`/v1/recovery-plans?patientId=${patientId}`)).body.data, [
    { id: plan.id, vision: 'Sample: signed', disclosure: Object },
  ])
  t.match((await clinic.get(`${path}/versions`)).body.data, [{ number: 1, vision: 'Sample: signed' }])
  t.equal((await clinic.patch(path, { vision: 'x' }, { 'if-match': '*' })).status, 404)
  t.match(await stored(`select data_classes from disclosures where subject_type = 'recovery_plan' limit 1`), [
    { data_classes: ['recovery_plan'] },
  ])
  const { consentId } = (await clinic.get(`/v1/referrals/${referralId}`)).body
  await done(clinic.post(`/v1/consents/${consentId}/revoke`, { continueAsSelfReferral: true }))
  t.equal((await clinic.get(path)).status, 404)
  t.same(await stored(`select id from recovery_plans where cardinality(reader_ids) > 0`), [])
})

t.test('a consent without the class shows nothing of it, to the clinic or in its portal', async (t) => {
  const { clinic, person, companion, personAtClinic, path, sign } = await ready(t, sampleConsent())
  await done(sign(person))
  await done(sign(companion))
  for (const api of [clinic, personAtClinic]) {
    t.equal((await api.get(path)).status, 404)
    t.equal((await api.get(`${path}/milestones`)).status, 404)
    t.same((await api.get('/v1/recovery-plans')).body.data, [])
  }
})

t.test(
  'the person signs and changes their plan in the clinic’s portal as well, under the consent',
  async (t) => {
    const { personAtClinic, path, change, sign, stored, world } = await ready(t)
    t.match(await done(change({ vision: 'Sample: mine' }, personAtClinic)), {
      vision: 'Sample: mine',
      disclosure: Object,
    })
    t.match(await done(sign(personAtClinic)), { signedByPatientAt: String })
    t.same(await stored('select distinct organization_id from recovery_plan_versions'), [
      { organization_id: world.operator.organizationId },
    ])
    t.match((await personAtClinic.get(path)).body, { vision: 'Sample: mine' })
  },
)

t.test('nobody signs, changes or sees another’s plan', async (t) => {
  const { portal, mentor, accepted, operator, path, plan } = await ready(t)
  const stranger = await portal('mentor', await mentor())
  const other = (await operator.get(`/v1/referrals/${await accepted()}`)).body.patientId
  for (const api of [stranger, await portal('patient', other)]) {
    for (const sub of ['', '/versions', '/milestones', '/blueprints'])
      t.equal((await api.get(`${path}${sub}`)).status, 404, sub)
    t.equal((await api.post(`${path}/sign`, { digest: plan.digest })).status, 404)
    t.equal((await api.patch(path, { vision: 'x' }, { 'if-match': '*' })).status, 404)
    t.equal((await api.post(`${path}/milestones`, { kind: 'housing', personsWord: true })).status, 404)
    t.same((await api.get('/v1/recovery-plans')).body.data, [])
  }
})

t.test(
  'the plan stays with the person: the next mentor goes on with it, the former reads nothing',
  async (t) => {
    const {
      operator,
      person,
      companion,
      mentor,
      portal,
      path,
      change,
      sign,
      mentorshipId,
      referralId,
      paired,
    } = await ready(t)
    await done(change({ vision: 'Sample: mine' }))
    await done(sign(companion))
    const next = await mentor()
    await paired(referralId, next, { handOver: true })
    t.match((await operator.get(`/v1/mentorships/${mentorshipId}`)).body, { status: 'closed' })
    t.equal((await companion.get(path)).status, 404)
    t.equal((await companion.post(`${path}/sign`, {}, { 'if-match': '*' })).status, 404)
    const nextCompanion = await portal('mentor', next)
    t.match((await nextCompanion.get(path)).body, { vision: 'Sample: mine', signedByMentorAt: String })
    t.match(await done(sign(person)), { currentNumber: 1 })
  },
)

t.test('it goes along when the person stays without their clinic', async (t) => {
  const { clinic, operator, companion, person, path, change, sign, referralId, portal, plan, patientId } =
    await ready(t)
  await done(change({ vision: 'Sample: mine' }))
  await done(sign(person))
  const { digest } = await done(sign(companion))
  const note = { kind: 'housing', note: 'Sample: zzkey' }
  const milestone = await done(person.post(`${path}/milestones`, note))
  await done(person.post(`/v1/milestones/${milestone.id}/share`, { with: ['clinic', 'mentor'] }))
  const { consentId } = (await clinic.get(`/v1/referrals/${referralId}`)).body
  await done(clinic.post(`/v1/consents/${consentId}/revoke`, { continueAsSelfReferral: true }))
  const after = (await companion.get(path)).body
  t.match(after, { id: plan.id, vision: 'Sample: mine', digest, currentNumber: 1, signedByPatientAt: String })
  t.not(after.patientId, patientId)
  const own = await portal('patient', after.patientId)
  t.match((await own.get(`${path}/versions`)).body.data, [{ number: 1, vision: 'Sample: mine', digest }])
  t.match((await own.get(`/v1/milestones/${milestone.id}`)).body, {
    note: 'Sample: zzkey',
    sharedWith: ['mentor'],
  })
  t.equal((await clinic.get(`/v1/milestones/${milestone.id}`)).status, 404)
  t.equal((await operator.get(path)).status, 200)
})

t.test(
  'a text that was signed before goals said with whom and in which order keeps its digest',
  async (t) => {
    const goal = {
      id: '01938f3e-7c00-7aaa-8bbb-0123456789ab',
      domain: 'home' as const,
      statement: 'Sample: sleep in my own bed.',
      why: null,
      steps: [],
      targetOn: null,
      achievement: 'in_progress' as const,
      source: null,
    }
    t.equal(
      digestOf({ ...emptyPlan, goals: [goal] }, 1),
      'sha256:e3ff57f34987cf8f39d302356b430ef867cc9be182c86d0024e01ba3137bb762',
    )
  },
)

t.test('what was signed stays in the database as it was signed, whoever writes', async (t) => {
  const { person, companion, path, change, sign, stored, patientId, unknownId, clinic, referralId } =
    await ready(t)
  await done(change({ vision: 'Sample: mine' }))
  await done(sign(person))
  const { digest } = await done(sign(companion))
  const other = digest.replace(/.$/, digest.endsWith('0') ? '1' : '0')
  const versions = 'recovery_plan_versions'
  for (const [table, statement] of [
    [versions, `update ${versions} set digest = '${other}'`],
    [versions, `update ${versions} set number = 2`],
    [versions, `update ${versions} set created_at = now()`],
    [versions, `update ${versions} set content = '{"vision":"Sample: another"}'`],
    [versions, `update ${versions} set sealed = '{"content":"another"}'`],
    [versions, `update ${versions} set sealed = '{}'`],
    [versions, `delete from ${versions}`],
    ['recovery_plan_signatures', `update recovery_plan_signatures set digest = '${other}'`],
    [
      'recovery_plan_signatures',
      `update recovery_plan_signatures set signed_at = now() where signer = 'patient'`,
    ],
    ['recovery_plan_signatures', `delete from recovery_plan_signatures where signer = 'mentor'`],
  ] as const) {
    const before = await stored(`select * from ${table}`)
    await t.rejects(stored(statement), { code: '23514' }, statement)
    t.same(await stored(`select * from ${table}`), before)
  }
  // What else is done with it still is: who finds it, and whose it is once the person stays without their clinic.
  await stored(`update ${versions} set reader_ids = array['${unknownId()}']::uuid[]`)
  const { consentId } = (await clinic.get(`/v1/referrals/${referralId}`)).body
  await done(clinic.post(`/v1/consents/${consentId}/revoke`, { continueAsSelfReferral: true }))
  t.match(await stored(`select patient_id <> '${patientId}' as moved, digest from ${versions}`), [
    { moved: true, digest },
  ])
  t.match((await companion.get(`${path}/versions`)).body.data, [{ vision: 'Sample: mine', digest }])
})
