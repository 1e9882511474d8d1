import {
  type GraphQLFieldConfig,
  type GraphQLFieldConfigArgumentMap,
  GraphQLNonNull,
  type GraphQLOutputType,
} from 'graphql'
import { z } from 'zod'
import type { Action } from '../core/action.ts'
import type { Route } from '../rest/route.ts'
import { connectionOf, itemOfPage, pageArguments } from './connections.ts'
import { contractId, numberMaxOf, type Shape, shapeOf, unwrap } from './contracts.ts'
import type { Place } from './enums.ts'
import type { Field } from './graph.ts'
import { decoderOf, type Inputs } from './inputs.ts'
import type { Asked } from './loaders.ts'
import { pascal } from './names.ts'
import type { Outputs } from './outputs.ts'
import { type Page, type PageArgs, toConnection, windowOf } from './pages.ts'
import { type Limit, oneByOne, ownStatements, priced, together } from './price.ts'

type Source = Readonly<Record<string, unknown>>
export type FieldConfig = GraphQLFieldConfig<Source, Asked>

export interface Making {
  readonly outputs: Outputs
  readonly inputs: Inputs
  readonly routeOf: (action: Action) => Route
}

export const wordsOf = ({ summary, description, action }: Route) =>
  [`${summary}.`, description, `Needs the scope \`${action.scope}\`.`].filter(Boolean).join('\n\n')

/** A field that asks an action: of the root, or of an object whose id it passes on. */
export function fieldOf(
  making: Making,
  { action, each, by, from = 'id', cost }: Field,
  name: string,
): FieldConfig {
  const route = making.routeOf(action)
  const item = itemOfPage(route.answer)
  const type: GraphQLOutputType = item
    ? connectionOf(making.outputs, route.answer, item)
    : making.outputs.objectOf(route.answer, pascal(name))
  const { [by ?? '']: _, cursor: __, wait: ___, limit, ...shape } = shapeOf(action.input)
  const asked = !item && limit ? { ...shape, limit } : shape
  const { args, decode } = argumentsOf(making, asked, {
    met: pascal(name),
    owner: contractId(item ?? route.answer),
  })
  const ask = item ? askPage : askOne
  return {
    type,
    description: wordsOf(route),
    args: item ? { ...pageArguments, ...args } : args,
    extensions: {
      ...priced({
        own: cost ?? (by === undefined || each ? 1 : ownStatements),
        page: item !== undefined,
        ...(!item && limit && { limit: limitOf(limit) }),
      }),
      ...(by !== undefined && (each ? together : oneByOne)),
    },
    resolve: (source, given, asked) => {
      const parent = by === undefined ? undefined : { by, id: String(source[from]) }
      return ask({ action, each, asked, parent, given, filters: decode(given) as object })
    },
  }
}

/** By the contract itself: larger ones are refused, or coerced to the most. */
const limitOf = (limit: z.core.$ZodType): Limit => ({
  most: numberMaxOf(limit) ?? Number(z.parse(limit, Number.MAX_SAFE_INTEGER)),
  unsaid: Number(z.parse(limit, undefined)),
})

interface Question {
  readonly action: Action
  readonly each: Action | undefined
  readonly asked: Asked
  readonly parent: { readonly by: string; readonly id: string } | undefined
  readonly given: PageArgs
  readonly filters: object
}

const none: object = {}

/** Many can be asked at once where the plural action knows every filter that is given. */
const knows = (each: Action | undefined, filters: object): each is Action =>
  each !== undefined && Object.keys(filters).every((name) => name in shapeOf(each.input))

function askOne({ action, each, asked, parent, filters }: Question) {
  if (parent && knows(each, filters)) return asked.load(each, parent.id, filters)
  return action(asked.ctx, parent ? { ...filters, [parent.by]: parent.id } : filters)
}

/** The first page of each of many is one read; where a list goes on it is its own. */
async function askPage({ action, each, asked, parent, given, filters }: Question) {
  const window = windowOf(given)
  const { limit, cursor } = window
  const page =
    parent && cursor === undefined && knows(each, filters)
      ? await asked.load(each, parent.id, { ...filters, limit })
      : await action(asked.ctx, {
          ...filters,
          ...(parent ? { [parent.by]: parent.id } : none),
          limit,
          ...(cursor !== undefined && { cursor }),
        })
  return toConnection(page as Page, window)
}

/** `owner` is what the answer is about: its statuses are meant where one is asked for or set. */
export function argumentsOf({ inputs }: Making, shape: Shape, { met, owner }: Pick<Place, 'met' | 'owner'>) {
  const members = Object.entries(shape).map(([member, schema]) => ({
    // The feed's own `after` is the number of an event; here that word is Relay's.
    member: member === 'after' ? 'afterSequence' : member,
    key: member,
    ...unwrap(schema),
    input: inputs.inputOf(schema, { owner, member, met: `${met}${pascal(member)}` }),
  }))
  const args: GraphQLFieldConfigArgumentMap = Object.fromEntries(
    members.map(({ member, nullable, description, input }) => [
      member,
      { type: nullable ? input.type : new GraphQLNonNull(input.type), description },
    ]),
  )
  return { args, decode: decoderOf(members) }
}
