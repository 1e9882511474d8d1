import t from 'tap'
import { contractId } from '../../src/graphql/contracts.ts'
import { graphs } from '../../src/graphql/domains.ts'
import { routes } from '../../src/rest/routes.ts'
import { graphOf } from '../support/graphql.ts'
import { createMarks } from '../support/marks.ts'
import { type Api, startService } from '../support/service.ts'
import { tellStory } from '../support/story.ts'

const service = await startService(t)
const world = await service.createWorld()
const elsewhere = await service.createWorld()
const clinic = await service.as(world.clinic)
const operator = await service.as(world.operator)
const office = await service.as(world.admin)
const privacyOffice = await service.as({ ...world.clinic, clientId: service.unknownId() })

/** The portal of a person, by the operator. */
async function person(id: string) {
  const { body } = await operator.post('/v1/portal-tokens', { subject: { type: 'patient', id } })
  return service.withToken(body.accessToken)
}
const marks = { ofClinic: createMarks('Zyxc'), ofOperator: createMarks('Zyxo') }
const { ids } = await tellStory(
  { clinic, operator, office, privacyOffice, person },
  world,
  service.time.now(),
  marks,
)

const found = new Set(graphs.flatMap(({ entities = {} }) => Object.keys(entities)))

/** One of each kind: where REST answers it, and what it is. */
const things = routes.flatMap(({ method, path, answer }) => {
  const kind = String(contractId(answer))
  const id = ids[path.split('/')[1] ?? '']
  if (method !== 'get' || !/^[^{]*\/\{id\}$/.test(path) || !found.has(kind)) return []
  return id === undefined ? [] : [{ kind, id, path: `/v1${path.replace('{id}', id)}` }]
})

const nodes = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }'

async function kindsFor(api: Api) {
  const { data } = await graphOf(api)(nodes, { ids: things.map(({ id }) => id) })
  return data.nodes.map((node: { __typename: string } | null) => node?.__typename ?? null)
}

t.test('node finds whatever REST answers under an id, for whom REST answers it', async (t) => {
  t.ok(things.length >= 40, `${things.length} kinds`)
  const seen = new Set<string>()
  const own = await graphOf(await person(String(ids.patients)))(nodes, { ids: [ids.milestones] })
  t.same(
    own.data.nodes,
    [{ __typename: 'Milestone', id: ids.milestones }],
    'what a person shares with nobody',
  )
  seen.add('Milestone')
  for (const [who, api] of Object.entries({ clinic, operator, office })) {
    const told = await kindsFor(api)
    for (const [index, { kind, path }] of things.entries()) {
      const { status } = await api.get(path)
      if (status === 200) seen.add(kind)
      t.equal(told[index], status === 200 ? kind : null, `${kind} for the ${who}: ${status}`)
    }
  }
  t.same(
    things.map(({ kind }) => kind).filter((kind) => !seen.has(kind)),
    [],
    'each is somebody’s to see',
  )
})

t.test('node says nothing of what is in another network', async (t) => {
  for (const member of [elsewhere.clinic, elsewhere.operator, elsewhere.admin]) {
    const told = await kindsFor(await service.as(member))
    t.same(
      told,
      things.map(() => null),
    )
  }
})

t.test('what node finds was read as on REST: the audit trail has it', async (t) => {
  const read = [ids.stories, ids['recovery-plans'], ids.restrictions]
  const audited = async () =>
    service.stored<{ action: string }>(
      `select action from audit_events where subject_id = any($1) and action in ('stories.get', 'recoveryPlans.get', 'restrictions.get')`,
      [read],
    )
  const before = (await audited()).length
  await graphOf(operator)(nodes, { ids: read.slice(0, 2) })
  await graphOf(clinic)(nodes, { ids: read.slice(2) })
  t.equal((await audited()).length, before + 3)
})
