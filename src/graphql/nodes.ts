import {
  type GraphQLFieldConfig,
  GraphQLID,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
} from 'graphql'
import { invalidInput } from '../core/errors.ts'
import { findNodes } from '../domains/nodes/service.ts'
import type { Entity } from './graph.ts'
import { type Asked, isNotFound } from './loaders.ts'
import { priced } from './price.ts'

const nodesMax = 100
const id = new GraphQLNonNull(GraphQLID)

export const Node = new GraphQLInterfaceType({
  name: 'Node',
  description: 'Anything with an id: the same id on every face.',
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
      description: 'What has this id, whatever it is. Null where there is none that you may see.',
      args: { id: { type: id } },
      extensions: priced({ own: 1 }),
      resolve: async (_source, args, asked) => (await load(asked, [args.id]))[0],
    },
    nodes: {
      type: new GraphQLNonNull(new GraphQLList(Node)),
      description: `As \`node\`, of up to ${nodesMax} ids and in their order.`,
      args: { ids: { type: new GraphQLNonNull(new GraphQLList(id)) } },
      extensions: priced({ own: 1, perItemOf: 'ids' }),
      resolve: (_source, args, asked) => load(asked, args.ids),
    },
  }
}

async function loadNodes(entities: Readonly<Record<string, Entity>>, asked: Asked, ids: readonly string[]) {
  if (ids.length > nodesMax)
    throw invalidInput({ path: ['ids'], code: 'too_many', detail: `Up to ${nodesMax} ids at once.` })
  const found = await findNodes(asked.ctx, { ids: [...new Set(ids)] })
  const kinds = new Map(found.map(({ id: known, kind }) => [known, kind]))
  return Promise.all(
    ids.map(async (one) => {
      const type = kinds.get(one)
      const many = type && entities[type]?.many
      if (!many) return null
      const node = await asked.load(many, one).catch((error: unknown) => {
        if (isNotFound(error)) return null
        throw error
      })
      return node && { ...node, __typename: type }
    }),
  )
}
