import { readFileSync } from 'node:fs'
import { CriticalityLevel, diff } from '@graphql-inspector/core'
import {
  buildSchema,
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLObjectType,
  isInputObjectType,
  isObjectType,
  printSchema,
  validateSchema,
} from 'graphql'
import t, { type Test } from 'tap'
import type { z } from 'zod'
import type { Action } from '../../src/core/action.ts'
import { itemOfPage } from '../../src/graphql/connections.ts'
import { codesOf, contractId, shapeOf, unwrap } from '../../src/graphql/contracts.ts'
import { graphs } from '../../src/graphql/domains.ts'
import { isReadTogether, isReference } from '../../src/graphql/graph.ts'
import { camel, pascal } from '../../src/graphql/names.ts'
import { createSchema } from '../../src/graphql/schema.ts'
import type { Route } from '../../src/rest/route.ts'
import { routes } from '../../src/rest/routes.ts'
import { pluralActions } from '../support/graphql.ts'

const schema = createSchema()

/** Actions that are no field of the graph, each with its reason. */
const exceptions: Readonly<Record<string, string>> = {
  'events.stream': 'what it streams comes by subscriptions, which are fed by it',
}

/** Where each action stands in the graph: the type and the field. */
const places = new Map<Action, { type: string; field: string }>()
for (const { queries = {}, mutations = {}, fields = {} } of graphs) {
  for (const [field, action] of Object.entries(queries)) places.set(action, { type: 'Query', field })
  for (const [field, action] of Object.entries(mutations)) places.set(action, { type: 'Mutation', field })
  for (const [type, own] of Object.entries(fields))
    for (const [field, spec] of Object.entries(own))
      if (!isReference(spec) && !places.has(spec.action)) places.set(spec.action, { type, field })
}

const objectType = (name: string) => {
  const type = schema.getType(name)
  if (!isObjectType(type)) throw new Error(`There is no type ${name}`)
  return type
}

t.test('the schema is valid, and each action of REST is reached in it', async (t) => {
  t.same(validateSchema(schema), [])
  for (const { action } of routes) {
    if (action.id in exceptions) continue
    const place = places.get(action)
    t.ok(place && objectType(place.type).getFields()[place.field], action.id)
  }
  for (const id of Object.keys(exceptions))
    t.ok(
      routes.some(({ action }) => action.id === id),
      `${id} is an action`,
    )
})

t.test('what changes something is a mutation, and what reads is none', async (t) => {
  const questions = new Set(['engagement.simulateRuleSet', 'consents.check', 'language.check'])
  for (const { action, method } of routes) {
    if (action.id in exceptions) continue
    const isChange = method !== 'get' && !questions.has(action.id)
    t.equal(places.get(action)?.type === 'Mutation', isChange, action.id)
  }
})

/** Fails for each member of a contract that its type does not have, all the way down. */
function holdsAll(t: Test, contract: z.core.$ZodType, type: unknown, seen = new Set<unknown>()) {
  if (!(type instanceof GraphQLObjectType) || seen.has(type)) return
  seen.add(type)
  const { def } = unwrap(contract).inner._zod
  const fields = type.getFields()
  const members =
    def.type === 'record'
      ? (codesOf(def.keyType) ?? []).map((key) => [camel(key), def.valueType] as const)
      : def.type === 'object'
        ? Object.entries(def.shape)
        : []
  for (const [member, schemaOf] of members) {
    const field = fields[member]
    t.ok(field, `${type.name}.${member}`)
    if (!field) continue
    const inner = unwrap(schemaOf).inner
    const element = inner._zod.def.type === 'array' ? inner._zod.def.element : inner
    holdsAll(t, element, named(field.type), seen)
  }
}

function named(type: unknown): unknown {
  return type !== null && typeof type === 'object' && 'ofType' in type ? named(type.ofType) : type
}

t.test('every member of every contract is in the graph', async (t) => {
  for (const route of routes) {
    const item = itemOfPage(route.answer)
    const contract = item ?? route.answer
    const name = contractId(contract)
    t.ok(name, `${route.action.id} answers with a contract that has a name`)
    holdsAll(t, contract, name && schema.getType(name))
    if (item) besideItems(t, route)
  }
})

/** What a page says beside its items is said by the connection. */
function besideItems(t: Test, { action, answer }: Route) {
  const place = places.get(action)
  const connection = named(place && objectType(place.type).getFields()[place.field]?.type)
  if (!(connection instanceof GraphQLObjectType)) return t.fail(`${action.id} is no connection`)
  for (const member of Object.keys(shapeOf(answer)))
    if (member !== 'data' && member !== 'nextCursor')
      t.ok(connection.getFields()[member], `${connection.name}.${member}`)
  for (const member of ['edges', 'nodes', 'pageInfo']) t.ok(connection.getFields()[member])
}

t.test('every member of every input is in the graph', async (t) => {
  // The feed's own start has another name beside Relay's, and who wants to wait subscribes.
  const paging = new Set(['limit', 'cursor', 'after', 'wait'])
  for (const { action, answer } of routes) {
    if (action.id in exceptions) continue
    const place = places.get(action)
    const field = place && objectType(place.type).getFields()[place.field]
    const input = schema.getType(`${pascal(place?.field ?? '')}Input`)
    const given =
      place?.type === 'Mutation' && isInputObjectType(input)
        ? Object.keys(input.getFields())
        : (field?.args.map(({ name }) => name) ?? [])
    const isPage = itemOfPage(answer) !== undefined
    // The parent itself stands for the member that names it.
    const parents = place && !['Query', 'Mutation'].includes(place.type) ? parentMembers(action) : []
    for (const member of Object.keys(shapeOf(action.input)))
      if (!(isPage && paging.has(member)) && !parents.includes(member))
        t.ok(given.includes(camel(member)), `${action.id}: ${member}`)
  }
})

function parentMembers(action: Action): string[] {
  const specs = graphs.flatMap(({ fields = {} }) =>
    Object.values(fields).flatMap((type) => Object.values(type)),
  )
  return specs.flatMap((spec) => (!isReference(spec) && spec.action === action ? [spec.by ?? 'id'] : []))
}

t.test('reading many asks for the same scope and admits the same tokens as reading one', async (t) => {
  for (const { entities = {}, fields = {} } of graphs) {
    for (const [name, entity] of Object.entries(entities)) {
      const one = routes.find(
        ({ action, answer, method, path }) =>
          method === 'get' &&
          contractId(answer) === name &&
          path.split('{').length === 2 &&
          path.endsWith('{id}') &&
          action.id.endsWith('.get'),
      )
      if (isReadTogether(entity)) {
        t.equal(entity.many.scope, one?.action.scope, name)
        t.same(entity.many.portal, one?.action.portal, name)
      } else {
        const route = routes.find(({ action }) => action === entity.one)
        t.equal(route && contractId(route.answer), name)
        t.match(route?.path, /^[^{]*\/\{id\}$/, `${name} is read as on REST`)
      }
    }
    for (const type of Object.values(fields))
      for (const spec of Object.values(type)) {
        if (isReference(spec) || !spec.each) continue
        t.equal(spec.each.scope, spec.action.scope, spec.each.id)
        t.same(spec.each.portal.toSorted(), spec.action.portal.toSorted(), spec.each.id)
      }
  }
  t.ok(pluralActions().length > 10)
})

/** What REST answers under an id and `node` does not find, each with its reason. */
const noNodes: Readonly<Record<string, string>> = {
  Client: 'its read reaches across organizations, and each is a transaction of its own',
  RecognitionAppeal: 'its read reaches across organizations, and each is a transaction of its own',
  AccountingRequestWithDocument: 'a whole document, put together of the ledgers of every organization',
}

t.test('what REST answers under an id of its own, node finds', async (t) => {
  const found = new Set(graphs.flatMap(({ entities = {} }) => Object.keys(entities)))
  const underId = routes
    .filter(({ method, path }) => method === 'get' && /^[^{]*\/\{id\}$/.test(path))
    .map(({ answer }) => String(contractId(answer)))
  t.same(underId.filter((name) => !found.has(name)).toSorted(), Object.keys(noNodes).toSorted())
  for (const name of found) {
    const interfaces = objectType(name)
      .getInterfaces()
      .map((one) => one.name)
    t.same(interfaces, ['Node'], name)
  }
  t.ok(underId.length > 40)
})

t.test('codes are in upper case, and mean the code of the contract', async (t) => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!(type instanceof GraphQLEnumType) || type.name.startsWith('__')) continue
    for (const { name, value } of type.getValues())
      t.equal(
        name.replace(/^_/, ''),
        String(value)
          .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
          .replace(/[^A-Za-z0-9]+/g, '_')
          .toUpperCase(),
      )
  }
})

t.test('every input takes its place in a description or has a contract of its own', async (t) => {
  const mutation = schema.getMutationType()
  for (const [name, field] of Object.entries(mutation?.getFields() ?? {})) {
    t.ok(field.description, name)
    const input = schema.getType(`${pascal(name)}Input`)
    t.ok(input instanceof GraphQLInputObjectType && 'idempotencyKey' in input.getFields(), name)
  }
})

const published = new URL('../../openapi/schema.graphql', import.meta.url)

t.test('the committed schema is the one that the code serves', async (t) => {
  t.equal(readFileSync(published, 'utf8'), `${printSchema(schema)}\n`, 'run npm run openapi')
})

/** The schema as of the last release: replaced when one is made, and by nothing else. */
const released = new URL('../../openapi/schema.released.graphql', import.meta.url)

t.test('nothing that clients rely on is taken away', async (t) => {
  const changes = await diff(buildSchema(readFileSync(released, 'utf8')), schema)
  const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
  t.same(
    breaking.map(({ message }) => message),
    [],
  )
})
