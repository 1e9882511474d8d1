import {
  type GraphQLFieldConfig,
  GraphQLID,
  GraphQLNonNull,
  type GraphQLObjectType,
  GraphQLString,
} from 'graphql'
import type { z } from 'zod'
import { streamEvents } from '../domains/events/service.ts'
import type { Subscription } from './graph.ts'
import { type Asked, isNotFound } from './loaders.ts'
import { pascal } from './names.ts'
import type { Outputs } from './outputs.ts'
import { priced } from './price.ts'

/** What a subscription is told from: events of some types, after a number, of one subject or of all. */
export interface Following {
  readonly types: string
  readonly after: string | undefined
  readonly subjectId: string | undefined
}

/** What a subscriber is given besides: events as they come, each piece under the consents of its moment. */
export interface Listening {
  readonly follow: (following: Following) => AsyncIterable<unknown>
}

export interface Told {
  readonly event: { readonly subject: { readonly id: string } }
}

interface Given {
  readonly after?: string | null
  readonly id?: string | null
}

export function subscriptionOf(
  outputs: Outputs,
  { description, types, shows }: Subscription,
  contractOf: (name: string) => z.core.$ZodType,
): GraphQLFieldConfig<Told, Listening & Asked, Given> {
  const { member, contract, many } = shows
  const shown = outputs.objectOf(contractOf(contract), contract)
  const event = outputs.objectOf(contractOf('Event'), 'Event')
  return {
    type: new GraphQLNonNull(changeOf(outputs, { member, event, shown, many })),
    description: `${description}\n\nNeeds the scopes \`${streamEvents.scope}\` and \`${many.scope}\`. Each event is decided on at the moment in which it is sent.`,
    args: {
      after: {
        type: GraphQLString,
        description:
          'The `sequence` of the last event that you have: nothing after it is missed. Left out, from now on.',
      },
      id: { type: GraphQLID, description: 'Of this one alone.' },
    },
    extensions: priced({ own: 1 }),
    subscribe: (_root, { after, id }, { follow }) =>
      follow({ types, after: after ?? undefined, subjectId: id ?? undefined }),
    resolve: (told) => told,
  }
}

interface Change {
  readonly member: string
  readonly event: GraphQLObjectType
  readonly shown: GraphQLObjectType
  readonly many: Subscription['shows']['many']
}

/** The event, and beside it what it is about as it is when the event is sent. */
const changeOf = (outputs: Outputs, { member, event, shown, many }: Change) =>
  outputs.define(`${pascal(member)}Change`, undefined, () => ({
    event: { type: new GraphQLNonNull(event) },
    [member]: {
      type: shown,
      description: 'As it is now. Null where you may not see it, or no longer.',
      resolve: async (source, _args, asked) => {
        const { event } = source as unknown as Told
        return asked.load(many, event.subject.id).catch((error: unknown) => {
          if (isNotFound(error)) return null
          throw error
        })
      },
    },
  }))
