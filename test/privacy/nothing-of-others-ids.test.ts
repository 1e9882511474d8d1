import {
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import t from 'tap'
import type { Action } from '../../src/core/action.ts'
import { openContext } from '../../src/db/access.ts'
import { shapeOf } from '../../src/graphql/contracts.ts'
import { graphs } from '../../src/graphql/domains.ts'
import { camel } from '../../src/graphql/names.ts'
import { createSchema } from '../../src/graphql/schema.ts'
import { familyOf, type Operation, operations } from '../support/contract.ts'
import { pluralActions } from '../support/graphql.ts'
import { rightBodies } from '../support/right-bodies.ts'
import { startService } from '../support/service.ts'
import type { Ids } from '../support/story.ts'
import { idIn, type Stranger, strangersTo } from '../support/strangers.ts'

// Longer than all of this takes on a busy machine: what is refused for its token proves nothing.
const service = await startService(t, { accessTokenSeconds: 1_800 })
const { world, told, strangers } = await strangersTo(service)
const schema = createSchema()
const bodyOf = rightBodies(world)
const absent: Ids = new Proxy({}, { get: () => service.unknownId() })

/** Of one side of the schema: each field that is an operation of REST with an id in its path. */
function fieldsWithId(side: 'queries' | 'mutations') {
  const all = graphs.flatMap((graph) => Object.entries(graph[side] ?? {}) as [string, Action][])
  return all.flatMap(([name, { id }]) => {
    const operation = operations.find(({ operationId }) => operationId === id)
    return operation?.path.includes('{id}') ? [{ name, operation }] : []
  })
}

/** A body of REST in the words of the graph: members and codes are spelled otherwise, and a change may need a version. */
function toInput(type: GraphQLInputType, value: unknown): unknown {
  if (isNonNullType(type)) return toInput(type.ofType, value)
  if (isListType(type)) return Array.isArray(value) ? value.map((item) => toInput(type.ofType, item)) : value
  if (isEnumType(type)) return type.getValues().find((code) => code.value === value)?.name ?? value
  if (!isInputObjectType(type) || value === null || typeof value !== 'object') return value
  const fields = type.getFields()
  const given = Object.entries(value).flatMap(([member, part]) => {
    const field = fields[camel(member)]
    return field ? [[field.name, toInput(field.type, part)]] : []
  })
  return { ...(fields.version && { version: 1 }), ...Object.fromEntries(given) }
}

/** The members that are no objects, so that an answer shows whether there is anything. */
function leavesOf(name: string): string {
  const type = schema.getType(name)
  if (!isObjectType(type)) return ''
  const leaves = Object.values(type.getFields()).filter(
    ({ args, type: of }) => args.length === 0 && !('getFields' in getNamedType(of)),
  )
  return ['__typename', ...leaves.map((leaf) => leaf.name)].join(' ')
}

const fieldNamed = (side: 'Query' | 'Mutation', name: string) => {
  const type = schema.getType(side)
  const field = isObjectType(type) ? type.getFields()[name] : undefined
  if (!field) throw new Error(`${side} has no ${name}`)
  return field
}

/** A document, with variables, that asks one field of the graph for one id. */
function mutationFor(name: string, operation: Operation, ids: Ids, id: string) {
  const field = fieldNamed('Mutation', name)
  const payload = getNamedType(field.type)
  const members = isObjectType(payload) ? Object.values(payload.getFields()) : []
  const made = members.find(
    ({ type }) => isObjectType(getNamedType(type)) && getNamedType(type).name !== 'UserError',
  )
  const type = field.args[0]?.type
  if (!type || !made) throw new Error(`${name} takes no input`)
  return {
    query: `mutation ($input: ${type}) { ${name}(input: $input) {
      ${made.name} { ${leavesOf(getNamedType(made.type).name)} } userErrors { code message field fault } } }`,
    variables: { input: { ...(toInput(type, bodyOf(operation, ids)) as object), id } },
  }
}

function queryFor(name: string, operation: Operation, ids: Ids, id: string) {
  const { args, type } = fieldNamed('Query', name)
  const body = { ...bodyOf(operation, ids), ...shownQuery, id } as Readonly<Record<string, unknown>>
  const taken = args.filter((arg) => isNonNullType(arg.type))
  const declared = taken.map((arg) => `$${arg.name}: ${arg.type}`).join(', ')
  const given = taken.map((arg) => `${arg.name}: $${arg.name}`).join(', ')
  return {
    query: `query (${declared}) { ${name}(${given}) { ${leavesOf(getNamedType(type).name)} } }`,
    variables: Object.fromEntries(taken.map((arg) => [arg.name, toInput(arg.type, body[arg.name])])),
  }
}

/** What a question may need beside an id. */
const shownQuery = { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' }

async function ask({ api }: Stranger, asked: object) {
  const { status, body } = await api.post('/graphql', asked, {
    accept: 'application/graphql-response+json',
  })
  const errors = (body.errors ?? []).map(
    ({
      message,
      extensions: { requestId: _, ...told },
    }: {
      message: string
      extensions: object & { requestId?: string }
    }) => ({
      message,
      ...told,
    }),
  )
  return { status, data: body.data, errors }
}

const codesIn = (answer: unknown) =>
  [...JSON.stringify(answer).matchAll(/"code":"(\w+)"/g)].map(([, code]) => code)

const asks = [
  ...fieldsWithId('queries').map((one) => ({ ...one, documentFor: queryFor })),
  ...fieldsWithId('mutations').map((one) => ({ ...one, documentFor: mutationFor })),
]

for (const stranger of strangers)
  t.test(`${stranger.who} cannot tell an id of the story from an id of nobody, by any field`, async (t) => {
    let reached = 0
    for (const { name, operation, documentFor } of asks) {
      const family = familyOf(operation)
      const real = await ask(stranger, documentFor(name, operation, told.ids, idIn(told.ids, family)))
      const codes = codesIn(real)
      t.notOk(codes.includes('internal_error') || codes.includes('service_unavailable'), name)
      t.notOk(codes.includes('QUERY_INVALID'), `${name}: ${JSON.stringify(real.errors).slice(0, 300)}`)
      if (stranger.knows.has(family) || stranger.knows.has(operation.operationId)) continue
      const none = await ask(stranger, documentFor(name, operation, absent, service.unknownId()))
      t.same(real, none, name)
      // It is the id that decides, and nothing before it: what is refused for another reason proves nothing.
      if (codes.includes('not_found')) reached += 1
      else t.ok(codes.length > 0, `${name} is answered with nothing`)
    }
    t.comment(`${reached} of ${asks.length} were decided by their id`)
    if (stranger.knows.size > 0) t.ok(reached > asks.length / 2, `${reached} of ${asks.length}`)
  })

/** The numbers of what an action may be told of the story: everything, of whichever kind. */
const everyId = Object.values(told.ids)

t.test('what the graph reads for many shows to others what it shows of nobody', async (t) => {
  const { foundIn: ofClinic } = told.marks.ofClinic
  const { foundIn: ofOperator } = told.marks.ofOperator
  const directory = new Set([told.ids.organizations, told.ids.programs])
  const ids = everyId.filter((id) => !directory.has(id))
  const others = ids.map(() => service.unknownId())
  for (const { organizationId, networkId, clientId, scopes } of [world.otherOperator, world.otherClinic])
    for (const plural of pluralActions()) {
      const ctx = openContext(
        service.service,
        { organizationId, networkId, clientId, scopes: new Set(scopes) },
        { requestId: 'test', now: service.time.now() },
      )
      const limit = 'limit' in shapeOf(plural.input) ? { limit: 5 } : {}
      const told = async (of: readonly string[]) => {
        const answers = (await plural(ctx, { ids: of, ...limit }).catch(
          (error: { code: string }) => error.code,
        )) as string | { answer: unknown }[]
        return typeof answers === 'string' ? answers : answers.map(({ answer }) => answer)
      }
      const real = await told(ids)
      const text = JSON.stringify(real)
      t.same([...ofClinic(text), ...ofOperator(text)], [], plural.id)
      t.same(real, await told(others), plural.id)
    }
})
