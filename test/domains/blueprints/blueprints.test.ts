import fc from 'fast-check'
import t from 'tap'
import { faultsOf } from '../../../src/domains/blueprints/rules.ts'
import { PlanContent } from '../../../src/domains/recovery-plans/contract.ts'
import { digestOf } from '../../../src/domains/recovery-plans/rules.ts'
import { done, ready } from '../recovery-plans/ready.ts'

const codes = ({ body }: { body: { errors?: { pointer: string; code: string }[] } }) =>
  (body.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`)

const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id)

t.test('steps may be in any order that leads somewhere, and in none that leads back', async () => {
  const keys = ['a', 'b', 'c', 'd', 'e']
  const forward = fc.tuple(...keys.map((_, index) => fc.subarray(keys.slice(0, index))))
  fc.assert(
    fc.property(forward, fc.nat(), fc.nat(), (after, from, to) => {
      const steps = keys.map((key, index) => ({ key, after: after[index] ?? [] }))
      if (faultsOf(steps).length > 0) return false
      // Whatever is added from an earlier step to itself or a later one that waits for it closes a circle.
      const early = steps[from % steps.length]
      const late = steps[to % steps.length]
      if (!early || !late) return false
      const waits = (one: string, seen: readonly string[] = []): boolean =>
        one === early.key ||
        (steps.find(({ key }) => key === one)?.after ?? []).some(
          (key) => !seen.includes(key) && waits(key, [...seen, key]),
        )
      const closed = steps.map((step) =>
        step === early ? { ...step, after: [...step.after, late.key] } : step,
      )
      return faultsOf(closed).some(({ code }) => code === 'step_cycle') === waits(late.key)
    }),
  )
})

t.test(
  'a circle, a step that is not there and too many steps are refused, and nothing is stored',
  async (t) => {
    const { operator, stored } = await ready(t)
    const step = (key: string, after: string[] = []) => ({ key, after, what: 'Sample', domain: 'health' })
    const post = (steps: object[]) => operator.post('/v1/blueprints', { title: 'Sample', steps })
    t.same(codes(await post([step('a', ['b']), step('b', ['a']), step('c')])), [
      '#/steps/0/after step_cycle',
      '#/steps/1/after step_cycle',
    ])
    t.same(codes(await post([step('a', ['x'])])), ['#/steps/0/after/0 unknown_step'])
    t.same(codes(await post([step('a'), step('a')])), ['#/steps/1/key duplicate'])
    t.same(codes(await post(Array.from({ length: 51 }, (_, index) => step(`s${index}`)))), [
      '#/steps too_many',
    ])
    t.same(await stored('select id from publications'), [])
  },
)

t.test(
  'an adopted blueprint is the person’s own: no later version of it, and no withdrawal, reaches the plan',
  async (t) => {
    const { person, operator, published, path, plan } = await ready(t)
    const blueprintId = await published()
    t.match((await person.get(`${path}/blueprints`)).body.data, [
      { id: blueprintId, number: 1, steps: [{ key: 'first' }, { key: 'second' }] },
    ])
    const adopt = (id: string, version: number) =>
      person.post(`${path}/adopt`, { blueprintId: id }, { 'if-match': `"v${version}"` })
    const adopted = await done(adopt(blueprintId, plan.version))
    t.match(adopted.goals, [
      {
        statement: 'Sample: go to one meeting.',
        targetOn: '2026-11-18',
        source: { blueprintId, number: 1, step: 'first' },
      },
      { targetOn: '2026-12-02', source: { number: 1, step: 'second' } },
    ])
    t.equal((await adopt(blueprintId, plan.version)).status, 412)
    const ofBlueprint = `/v1/blueprints/${blueprintId}`
    const { version } = (await operator.get(ofBlueprint)).body
    await done(operator.patch(ofBlueprint, { title: 'Another' }, { 'if-match': `"v${version}"` }))
    await done(operator.post(`${ofBlueprint}/submit`, {}))
    await done(operator.post(`${ofBlueprint}/publish`, {}))
    t.match((await person.get(`${path}/blueprints`)).body.data, [{ number: 2, title: 'Another' }])
    t.same((await person.get(path)).body, adopted)
    await done(operator.post(`${ofBlueprint}/withdraw`, {}))
    t.same((await person.get(path)).body, adopted)
    t.same(codes(await adopt(blueprintId, adopted.version)), ['#/blueprintId unknown_blueprint'])
    t.equal((await operator.get(ofBlueprint)).status, 404)
  },
)

t.test('a mentor’s blueprint is adopted only with their consent and another’s review', async (t) => {
  const { person, operator, reviewer, companion, mentorId, published, path, personAtClinic } = await ready(t)
  const id = await published({ mentorId })
  t.equal((await operator.post(`/v1/blueprints/${id}/publish`, {})).body.code, 'review_by_another')
  t.equal((await reviewer.post(`/v1/blueprints/${id}/publish`, {})).body.code, 'teller_consent_required')
  t.same(codes(await person.post(`${path}/adopt`, { blueprintId: id })), ['#/blueprintId unknown_blueprint'])
  await done(companion.post(`/v1/blueprints/${id}/consent`, {}))
  await done(reviewer.post(`/v1/blueprints/${id}/publish`, {}))
  t.match(await done(personAtClinic.post(`${path}/adopt`, { blueprintId: id })), { goals: { length: 2 } })
})

t.test(
  'with whom a step is taken, and after which others, is the person’s to read, to change and to sign',
  async (t) => {
    const { person, companion, published, path, plan, change, sign } = await ready(t)
    const step = { what: 'Sample', domain: 'community' }
    const blueprintId = await published({
      steps: [
        { key: 'evening', ...step, with: ['family', 'peers'], after: ['call'] },
        { key: 'call', ...step, with: ['mentor'] },
      ],
    })
    const adopted = await done(
      person.post(`${path}/adopt`, { blueprintId }, { 'if-match': `"v${plan.version}"` }),
    )
    const [evening, call] = adopted.goals
    t.match(evening, { with: ['family', 'peers'], after: [call.id] })
    t.match(call, { with: ['mentor'], after: [] })
    const said = ({ source: _, ...goal }: Record<string, unknown>, more: object) => ({ ...goal, ...more })
    const inCircle = await change({
      goals: [evening, said(call, { after: [evening.id] })].map((one) => said(one, {})),
    })
    t.same(codes(inCircle), ['#/goals/0/after step_cycle', '#/goals/1/after step_cycle'])
    t.same(codes(await change({ goals: [said(evening, {})] })), ['#/goals/0/after/0 unknown_goal'])
    const alone = { domain: 'home', statement: 'Sample: sleep in my own bed.' }
    const changed = await done(
      change({
        goals: [said(evening, { with: ['self'], after: [] }), said(call, { after: [evening.id] }), alone],
      }),
    )
    t.match(changed.goals, [
      { id: evening.id, with: ['self'], after: [], source: { step: 'evening' } },
      { id: call.id, with: ['mentor'], after: [evening.id] },
      alone,
    ])
    t.notOk('with' in changed.goals[2] || 'after' in changed.goals[2], 'what nobody said is not there')
    await done(sign(person))
    const signed = await done(sign(companion))
    t.equal(signed.digest, changed.digest)
    const [version] = (await person.get(`${path}/versions`)).body.data
    t.same(version.goals, changed.goals)
    t.equal(
      digestOf(PlanContent.parse(version), version.number),
      signed.digest,
      'what is kept is what was signed',
    )
  },
)

t.test('a mentor’s way is offered to nobody any more once they have left', async (t) => {
  const { person, operator, reviewer, portal, mentor, published, path } = await ready(t)
  const mentorId = await mentor()
  const id = await published({ mentorId })
  await done((await portal('mentor', mentorId)).post(`/v1/blueprints/${id}/consent`, {}))
  await done(reviewer.post(`/v1/blueprints/${id}/publish`, {}))
  const offered = async () => (await person.get(`${path}/blueprints`)).body.data
  t.match(await offered(), [{ id }])
  await done(operator.post(`/v1/mentors/${mentorId}/status`, { status: 'ended' }))
  t.same(await offered(), [])
  t.same(codes(await person.post(`${path}/adopt`, { blueprintId: id })), ['#/blueprintId unknown_blueprint'])
})

t.test('what there is to choose from is read page by page to its end', async (t) => {
  const { person, published, path } = await ready(t)
  const ids = [await published(), await published(), await published()].toReversed()
  const first = (await person.get(`${path}/blueprints?limit=2`)).body
  t.same(idsOf(first), ids.slice(0, 2))
  const rest = (await person.get(`${path}/blueprints?limit=2&cursor=${first.nextCursor}`)).body
  t.same(idsOf(rest), ids.slice(2))
  t.equal(rest.nextCursor, null)
})

t.test('a blueprint is a mentor’s, a program’s or the organization’s, and never of two', async (t) => {
  const { operator, clinic, companion, mentorId, world, published, person, path, stored } = await ready(t)
  const { programId } = world
  const own = await published()
  const ofProgram = await published({ programId })
  t.match((await operator.get(`/v1/blueprints/${ofProgram}`)).body, {
    ...{ programId, mentorId: null, status: 'published' },
  })
  t.same(idsOf((await operator.get(`/v1/blueprints?programId=${programId}`)).body), [ofProgram])
  t.same(idsOf((await person.get(`${path}/blueprints`)).body), [ofProgram, own], 'and both are offered')
  const seen = await operator.post('/graphql', {
    query: `{ program(id: "${programId}") { blueprints(first: 5) { nodes { id program { id } mentor { id } } } } }`,
  })
  t.same(seen.body.data.program.blueprints.nodes, [
    { id: ofProgram, program: { id: programId }, mentor: null },
  ])
  const steps = [{ key: 'first', what: 'Sample', domain: 'health' }]
  const write = (api: typeof operator, more: object) =>
    api.post('/v1/blueprints', { title: 'Sample', steps, ...more })
  t.same(codes(await write(operator, { programId, mentorId })), ['#/programId conflicting_members'])
  t.same(codes(await write(companion, { programId })), ['#/programId unknown_program'])
  t.same(codes(await write(clinic, { programId })), ['#/programId unknown_program'], 'another’s program')
  await t.rejects(
    stored(`update publications set mentor_id = '${mentorId}' where id = '${ofProgram}'`),
    /only_a_blueprint_is_a_programs/,
  )
  await t.rejects(
    stored(
      `update publications set organization_id = '${world.clinic.organizationId}' where id = '${ofProgram}'`,
    ),
    /publications_program/,
  )
})
