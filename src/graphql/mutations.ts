import {
  GraphQLBoolean,
  type GraphQLFieldConfig,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
} from 'graphql'
import type { Action } from '../core/action.ts'
import { AppError, catalogue, type Issue } from '../core/errors.ts'
import { toIdempotencyKey } from '../core/idempotency.ts'
import type { Route } from '../rest/route.ts'
import { contractId, shapeOf } from './contracts.ts'
import { argumentsOf, type Making, wordsOf } from './fields.ts'
import type { Asked } from './loaders.ts'
import { camel, pascal } from './names.ts'
import { priced } from './price.ts'

const text = new GraphQLNonNull(GraphQLString)

const UserError = new GraphQLObjectType({
  name: 'UserError',
  description: 'Why a change was refused. Nothing was changed.',
  fields: {
    code: {
      type: text,
      description: 'The same code as on REST, with a page at `/errors/<code>`. Decide by this.',
    },
    message: { type: text },
    field: {
      type: new GraphQLList(text),
      description:
        'The member of `input` that is at fault, from the outside in; null where it is no single one.',
    },
    fault: { type: GraphQLString, description: 'What is wrong with that member, by a stable code.' },
  },
})

interface Given {
  readonly input: {
    readonly idempotencyKey?: string | null
    readonly version?: number | null
    readonly clientMutationId?: string | null
  }
}

/** A change: `input` with the members of its action, and a payload with what it made or why it was refused. */
export function mutationOf(
  making: Making,
  action: Action,
  name: string,
): GraphQLFieldConfig<unknown, Asked, Given> {
  const route = making.routeOf(action)
  const { args, decode } = argumentsOf(making, shapeOf(action.input), {
    met: pascal(name),
    owner: contractId(route.answer),
  })
  const answer = making.outputs.objectOf(route.answer, pascal(name))
  const member = camel(contractId(route.answer) ?? name).replace(/^./, (first) => first.toLowerCase())
  return {
    type: payloadOf(name, member, answer),
    description: wordsOf(route),
    args: { input: { type: new GraphQLNonNull(inputOf(route, name, args)) } },
    extensions: priced({ own: 10 }),
    resolve: async (_source, { input }, asked) => {
      const { clientMutationId } = input
      asked.forget()
      try {
        const ctx = asked.occasion({
          idempotencyKey: toIdempotencyKey(input.idempotencyKey ?? undefined),
          expectedVersion: input.version ?? undefined,
        })
        const made = await action(ctx, decode(input))
        const body = route.toAnswer(made).body
        return { [member]: body, userErrors: [], replayed: ctx.answer.replayed, clientMutationId }
      } catch (error) {
        return { [member]: null, userErrors: toUserErrors(error), replayed: false, clientMutationId }
      }
    },
  }
}

function payloadOf(name: string, member: string, answer: GraphQLObjectType) {
  return new GraphQLObjectType({
    name: `${pascal(name)}Payload`,
    fields: {
      [member]: { type: answer, description: 'Null when the change was refused.' },
      userErrors: { type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(UserError))) },
      replayed: {
        type: new GraphQLNonNull(GraphQLBoolean),
        description:
          'The change was made before under this `idempotencyKey`; this is the answer it had then.',
      },
      clientMutationId: { type: GraphQLString },
    },
  })
}

function inputOf(route: Route, name: string, members: ReturnType<typeof argumentsOf>['args']) {
  return new GraphQLInputObjectType({
    name: `${pascal(name)}Input`,
    fields: {
      ...members,
      ...(route.ifMatch !== 'none' && {
        version: {
          type: route.ifMatch === 'required' ? new GraphQLNonNull(GraphQLInt) : GraphQLInt,
          description: 'The version that you last read; any other is refused as `version_conflict`.',
        },
      }),
      idempotencyKey: {
        type: GraphQLString,
        description:
          'Repeating a change with its key repeats its answer, for 24 hours. The same key as on REST.',
      },
      clientMutationId: { type: GraphQLString },
    },
  })
}

/** What the caller can mend is part of the payload; a missing right and our own faults are errors. */
function toUserErrors(error: unknown) {
  const refused = error instanceof AppError && catalogue[error.code].status < 500
  if (!refused || error.code === 'insufficient_scope' || error.code === 'unauthenticated') throw error
  const { code, message, issues } = error
  if (issues.length === 0) return [{ code, message, field: null, fault: null }]
  return issues.map((issue) => ({ code, message: issue.detail, field: fieldOf(issue), fault: issue.code }))
}

/** Members of maps are fields here, and fields are in camel case. */
const fieldOf = ({ path }: Issue) => path.map((key) => camel(String(key)))
