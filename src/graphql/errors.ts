import { GraphQLError } from 'graphql'
import { AppError, catalogue, toFault } from '../core/errors.ts'

export interface Reporter {
  readonly requestId: string
  readonly logError: (error: unknown) => void
}

/** Beyond so many a client learns nothing new, and a page of refusals would be larger than its data. */
const errorsMax = 100

export const toClientErrors = (errors: readonly GraphQLError[], reporter: Reporter) =>
  errors.slice(0, errorsMax).map((error) => toClient(error, reporter))

/** An error as clients see it: ours with the code that REST has too, anything unknown masked and logged. */
function toClient(error: GraphQLError, { requestId, logError }: Reporter): GraphQLError {
  const cause = error.originalError
  if (!cause && typeof error.extensions?.code === 'string')
    return withExtensions(error, { ...error.extensions, requestId })
  // What graphql-js itself found in a document or its variables.
  if (!cause || cause instanceof GraphQLError)
    return withExtensions(error, { code: 'QUERY_INVALID', requestId })
  if (!(cause instanceof AppError) || catalogue[cause.code].status >= 500) logError(cause.cause ?? cause)
  if (!(cause instanceof AppError)) return masked(error, requestId)
  const { code, message, issues } = cause
  return told(error, message, { code, requestId, ...(issues.length > 0 && { errors: issues.map(toFault) }) })
}

const withExtensions = (error: GraphQLError, extensions: Readonly<Record<string, unknown>>) =>
  told(error, error.message, extensions)

const masked = (error: GraphQLError, requestId: string) =>
  told(error, 'Something went wrong on our side. The fault is logged under this request id.', {
    code: 'internal_error',
    requestId,
  })

/** At the same place of the document and of the answer. An error of a compiled query knows its places without their nodes. */
function told(
  { nodes, source, positions, path, locations }: GraphQLError,
  message: string,
  extensions: Readonly<Record<string, unknown>>,
): GraphQLError {
  const error = new GraphQLError(message, { nodes, source, positions, path, extensions })
  return error.locations === undefined ? Object.assign(error, { locations }) : error
}
