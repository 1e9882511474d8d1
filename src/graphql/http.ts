import type { FastifyReply, FastifyRequest } from 'fastify'
import { GraphQLError } from 'graphql'
import { AppError, catalogue } from '../core/errors.ts'
import { type GraphqlCode, graphqlCodes } from './codes.ts'
import { type Reporter, toClientErrors } from './errors.ts'

export const responseType = 'application/graphql-response+json'
export const jsonType = 'application/json'

/** The better of the two media types that the client accepts; undefined where it accepts neither. */
export function negotiate(accept: string | undefined): string | undefined {
  if (accept === undefined) return jsonType
  const wished = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range
      .toLowerCase()
      .split(';')
      .map((part) => part.trim())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    return { type, q: weight === undefined ? 1 : Number(weight.slice(2)) || 0 }
  })
  const weightOf = (...types: string[]) =>
    Math.max(0, ...wished.filter(({ type }) => types.includes(type)).map(({ q }) => q))
  const [response, json, any] = [weightOf(responseType), weightOf(jsonType), weightOf('*/*', 'application/*')]
  if (response > 0 && response >= json) return responseType
  return json > 0 || any > 0 ? jsonType : undefined
}

export const reporterOf = (request: FastifyRequest): Reporter => ({
  requestId: request.id,
  logError: (err) => request.log.error({ err, req: request }, 'graphql field failed'),
})

export function sendResult(request: FastifyRequest, reply: FastifyReply, status: number, body: object) {
  const type = negotiate(request.headers.accept) ?? jsonType
  return reply.code(status).type(`${type}; charset=utf-8`).send(JSON.stringify(body))
}

/**
 * Answers what was refused before execution: no `data`. To a client that accepts only application/json a document that
 * does not fit is an answer like any other (200), as GraphQL over HTTP has it.
 */
export function sendRefusal(request: FastifyRequest, reply: FastifyReply, errors: readonly GraphQLError[]) {
  const told = toClientErrors(errors, reporterOf(request))
  const status = Math.max(...told.map(statusOf))
  const aboutDocument = told.every(({ extensions }) => documentCodes.has(String(extensions.code)))
  const asAnswer = aboutDocument && negotiate(request.headers.accept) === jsonType
  if (status === 401) reply.header('www-authenticate', 'Bearer error="invalid_token"')
  if (status === 405) reply.header('allow', 'POST')
  if (status === 503) reply.header('retry-after', '2')
  return sendResult(request, reply, asAnswer ? 200 : status, { errors: told })
}

/** About what is asked rather than how. */
const documentCodes = new Set<string>([
  'QUERY_INVALID',
  'QUERY_TOO_DEEP',
  'QUERY_TOO_COSTLY',
  'QUERY_TOO_LARGE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_REQUIRED',
] satisfies GraphqlCode[])

function statusOf({ extensions }: GraphQLError): number {
  const known: Readonly<Record<string, { status: number }>> = { ...catalogue, ...graphqlCodes }
  return known[String(extensions.code)]?.status ?? 500
}

/** Whatever was thrown, as errors of a request that was not executed. */
export function asErrors(error: unknown): readonly GraphQLError[] {
  if (error instanceof GraphQLError) return [error]
  return [
    new GraphQLError(error instanceof Error ? error.message : 'Failed', {
      originalError: fromFastify(error),
    }),
  ]
}

const fastifyCodes: Readonly<Record<string, [keyof typeof catalogue, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body_too_large', 'A body may have 256 KiB.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'Set Content-Type: application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed_json', 'The body is not as long as Content-Length says.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed_json', 'The body is empty.'],
}

function fromFastify(error: unknown): Error {
  const known = error instanceof Error && 'code' in error ? fastifyCodes[String(error.code)] : undefined
  if (known) return new AppError(...known)
  return error instanceof Error ? error : new Error(String(error))
}
