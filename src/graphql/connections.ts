import {
  GraphQLBoolean,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
} from 'graphql'
import type { z } from 'zod'
import { contractId, type Shape, shapeOf, unwrap } from './contracts.ts'
import type { Outputs } from './outputs.ts'
import { cursorOf, type Edge, firstDefault, firstMax } from './pages.ts'
import { priced } from './price.ts'

const PageInfo = new GraphQLObjectType({
  name: 'PageInfo',
  description: 'Where a page ends. Lists go forward only: `hasPreviousPage` is always false.',
  fields: {
    hasNextPage: {
      type: new GraphQLNonNull(GraphQLBoolean),
      description: 'The only end signal: a page may hold fewer than `first`.',
    },
    hasPreviousPage: { type: new GraphQLNonNull(GraphQLBoolean) },
    startCursor: { type: GraphQLString },
    endCursor: { type: GraphQLString, description: 'Send it back as `after`, with the same filters.' },
  },
})

export const pageArguments = {
  first: {
    type: GraphQLInt,
    defaultValue: firstDefault,
    description: `Items a page, 1 to ${firstMax}.`,
  },
  after: { type: GraphQLString, description: '`endCursor` of the page before, unchanged.' },
}

/** The item of a page, where the contract is one. */
export function itemOfPage(answer: z.core.$ZodType): z.core.$ZodType | undefined {
  const { data, nextCursor } = shapeOf(answer)
  const def = data && unwrap(data).inner._zod.def
  return nextCursor && def?.type === 'array' ? def.element : undefined
}

/** `ReferralConnection` of a page of Referral; a page with a name of its own (`ContactPage`, `Timeline`) keeps it. */
export function connectionOf(outputs: Outputs, answer: z.core.$ZodType, item: z.core.$ZodType) {
  const node = outputs.objectOf(item, 'Item')
  const name = contractId(answer)?.replace(/Page$/, '') ?? node.name
  const { data: _, nextCursor: __, ...beside }: Shape = shapeOf(answer)
  return outputs.define(`${name}Connection`, undefined, () => ({
    ...outputs.membersOf(beside, name, false),
    edges: { type: listOf(edgeOf(outputs, name, node)), extensions: priced({ own: 0 }) },
    nodes: { type: listOf(node), description: 'The items alone.', extensions: priced({ own: 0 }) },
    pageInfo: { type: new GraphQLNonNull(PageInfo) },
  }))
}

const edgeOf = (outputs: Outputs, name: string, node: GraphQLObjectType) =>
  outputs.define(`${name}Edge`, undefined, () => ({
    node: { type: new GraphQLNonNull(node) },
    cursor: {
      type: new GraphQLNonNull(GraphQLString),
      resolve: (edge) => cursorOf(edge as unknown as Edge),
    },
  }))

const listOf = (type: GraphQLObjectType) => new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(type)))
