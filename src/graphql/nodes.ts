import {
  type GraphQLFieldConfig,
  GraphQLID,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
} from 'graphql'
import { z } from 'zod'
import { invalidInput } from '../core/errors.ts'
import { Id } from '../core/id.ts'
import { parseInput } from '../core/input.ts'
import { findNodes } from '../domains/nodes/service.ts'
import { type Entity, isReadTogether } from './graph.ts'
import { type Asked, isNotFound } from './loaders.ts'
import { ownStatements, priced } from './price.ts'

const nodesMax = 100
const OneId = z.object({ id: Id })
const id = new GraphQLNonNull(GraphQLID)

export const Node = new GraphQLInterfaceType({
  name: 'Node',
  description: 'Anything that REST answers under an id of its own: the same id on every face.',
  fields: { id: { type: id } },
  // Set on what `node` and `nodes` answer.
  resolveType: ({ __typename }: { __typename: string }) => __typename,
})

type NodeField = GraphQLFieldConfig<unknown, Asked>

/** `node` and `nodes`: the kind of each id is looked up in one statement, behind the caller's walls. */
export function nodeFields(entities: Readonly<Record<string, Entity>>): {
  node: NodeField
  nodes: NodeField
} {
  const load = (asked: Asked, ids: readonly string[]) => loadNodes(entities, asked, ids)
  return {
    node: {
      type: Node,
      description:
        'What has this id: whatever is a `Node`. Null where there is none that you may see. Needs the scope of what it is.',
      args: { id: { type: id } },
      extensions: priced({ own: ownStatements }),
      resolve: async (_source, args, asked) => loadNode(entities, asked, args.id),
    },
    nodes: {
      type: new GraphQLNonNull(new GraphQLList(Node)),
      description: `As \`node\`, of up to ${nodesMax} ids and in their order.`,
      args: { ids: { type: new GraphQLNonNull(new GraphQLList(id)) } },
      extensions: priced({ own: ownStatements, perItemOf: 'ids' }),
      resolve: (_source, args, asked) => load(asked, args.ids),
    },
  }
}

async function loadNodes(entities: Readonly<Record<string, Entity>>, asked: Asked, ids: readonly string[]) {
  if (ids.length > nodesMax)
    throw invalidInput({ path: ['ids'], code: 'too_many', detail: `Up to ${nodesMax} ids at once.` })
  return Promise.all(ids.map((one) => loadNode(entities, asked, one)))
}

/**
 * The kinds of all ids that one level asks for are looked up as one, and each kind is then read as one where it has a
 * plural action.
 */
export async function loadNode(entities: Readonly<Record<string, Entity>>, asked: Asked, one: string) {
  // By itself, so that an id that is none spoils nothing for those that are looked up with it.
  parseInput(OneId, { id: one })
  try {
    const type = (await asked.load(findNodes, one)) as string
    const entity = entities[type]
    if (!entity) return null
    const found = isReadTogether(entity)
      ? await asked.load(entity.many, one)
      : await asked.loadOne(entity.one, one)
    return { ...(found as object), __typename: type }
  } catch (error) {
    if (isNotFound(error)) return null
    throw error
  }
}
