import { type GraphQLFieldConfigMap, GraphQLObjectType, GraphQLSchema } from 'graphql'
import type { z } from 'zod'
import type { Action } from '../core/action.ts'
import type { Route } from '../rest/route.ts'
import { routes } from '../rest/routes.ts'
import { itemOfPage } from './connections.ts'
import { contractId } from './contracts.ts'
import { graphs } from './domains.ts'
import { createEnums } from './enums.ts'
import { fieldOf, type Making } from './fields.ts'
import {
  type Entity,
  type Field,
  type Graph,
  isReadTogether,
  type Reference,
  type Subscription,
} from './graph.ts'
import { createInputs } from './inputs.ts'
import type { Asked } from './loaders.ts'
import { mutationOf } from './mutations.ts'
import { Node, nodeFields } from './nodes.ts'
import { createOutputs } from './outputs.ts'
import { relationsOf } from './relations.ts'
import { subscriptionOf } from './subscriptions.ts'

type Types = Readonly<Record<string, Readonly<Record<string, Field | Reference>>>>

function merged<Part>(
  pick: (graph: Graph) => Readonly<Record<string, Part>> | undefined,
): Record<string, Part> {
  return Object.assign({}, ...graphs.map((graph) => pick(graph) ?? {}))
}

/** A type may lead to what several domains have: their fields stand side by side. */
function mergedFields(): Types {
  const types: Record<string, Record<string, Field | Reference>> = {}
  for (const { fields = {} } of graphs)
    for (const [type, own] of Object.entries(fields)) types[type] = { ...types[type], ...own }
  return types
}

/** The whole graph, from the contracts, the routes and what each domain adds. */
export function createSchema(): GraphQLSchema {
  const byAction = new Map<Action, Route>(routes.map((route) => [route.action, route]))
  const routeOf = (action: Action) => {
    const route = byAction.get(action)
    if (!route) throw new Error(`${action.id} has no route: its words and its answer are said there`)
    return route
  }
  const entities = merged<Entity>(({ entities }) => entities)
  const queries = merged<Action>(({ queries }) => queries)
  const mutations = merged<Action>(({ mutations }) => mutations)
  const fields = mergedFields()
  const enums = createEnums(merged<readonly string[]>(({ enums }) => enums))
  const contracts = contractsOf(routes)
  const contractOf = (entity: string) => {
    const contract = contracts.get(entity)
    if (!contract) throw new Error(`No route answers with ${entity}`)
    return contract
  }
  const making: Making = {
    inputs: createInputs(enums),
    routeOf,
    outputs: createOutputs({
      enums,
      interfacesOf: (name) => (name in entities ? [Node] : []),
      relationsOf: (name, shape) => relationsOf(making, { entities, fields, contractOf }, name, shape),
    }),
  }
  const query = Object.entries(queries).map(([name, action]) => [name, fieldOf(making, { action }, name)])
  const mutation = Object.entries(mutations).map(([name, action]) => [name, mutationOf(making, action, name)])
  const subscriptions = merged<Subscription>(({ subscriptions }) => subscriptions)
  const subscription = Object.entries(subscriptions).map(([name, spec]) => [
    name,
    subscriptionOf(making.outputs, spec, contractOf),
  ])
  return new GraphQLSchema({
    query: rootOf('Query', { ...nodeFields(entities), ...Object.fromEntries(query) }),
    mutation: rootOf('Mutation', Object.fromEntries(mutation)),
    subscription: rootOf('Subscription', Object.fromEntries(subscription)),
    // Whatever is read by itself has a field at the root that leads to it.
    types: Object.entries(entities)
      .filter(([, entity]) => isReadTogether(entity))
      .map(([name]) => making.outputs.objectOf(contractOf(name), name)),
  })
}

const rootOf = (name: string, fields: GraphQLFieldConfigMap<unknown, Asked>) =>
  new GraphQLObjectType({ name, fields })

/** The contracts that routes answer with, by their names. */
function contractsOf(all: readonly Route[]) {
  const contracts = new Map<string, z.core.$ZodType>()
  for (const { answer } of all)
    for (const contract of [answer, itemOfPage(answer)]) {
      const name = contract && contractId(contract)
      if (contract && name && !contracts.has(name)) contracts.set(name, contract)
    }
  return contracts
}
