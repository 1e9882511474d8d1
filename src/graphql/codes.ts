import { GraphQLError } from 'graphql'

/**
 * Refusals that only GraphQL has, in the spelling that its clients know. Everything that an action refuses has the same
 * code as on REST (src/core/errors.ts). Each has a page in docs/errors, and none is ever renamed.
 */
export const graphqlCodes = {
  QUERY_MALFORMED: { status: 400, title: 'The request is no GraphQL request' },
  QUERY_INVALID: { status: 400, title: 'The document does not fit the schema' },
  QUERY_TOO_DEEP: { status: 400, title: 'The query is nested too deep' },
  QUERY_TOO_COSTLY: { status: 400, title: 'The query asks for too much at once' },
  QUERY_TOO_LARGE: { status: 400, title: 'The document is too large' },
  PERSISTED_QUERY_NOT_FOUND: { status: 400, title: 'The persisted query is not known' },
  PERSISTED_QUERY_REQUIRED: { status: 400, title: 'Only known queries are answered here' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Send a mutation by POST' },
  NOT_ACCEPTABLE: { status: 406, title: 'No media type that you accept' },
} as const satisfies Record<string, { status: number; title: string }>

export type GraphqlCode = keyof typeof graphqlCodes

/** Refused before anything was executed. `facts` name the limit and the actual value, where there is one. */
export function refusal(code: GraphqlCode, message: string, facts: Readonly<Record<string, unknown>> = {}) {
  return new GraphQLError(message, { extensions: { code, ...facts } })
}
