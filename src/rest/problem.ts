import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AppError, catalogue, type ErrorCode, toFault } from '../core/errors.ts'

export const Problem = z
  .object({
    type: z.string().describe('A page of this service that explains the code and how to mend it.'),
    title: z.string(),
    status: z.int32(),
    detail: z.string(),
    code: z.string().describe('Stable; decide by this, never by the wording.'),
    requestId: z.string().describe('Also in the X-Request-Id header. Quote it when you ask for help.'),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe('JSON Pointer (RFC 6901) as a URI fragment.'),
          code: z.string(),
          detail: z.string(),
        }),
      )
      .optional()
      .describe('Every fault of the input, at once.'),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457 problem details. Never holds patient data.',
    example: {
      type: 'http://localhost:3000/errors/not_found',
      title: 'No such resource',
      status: 404,
      detail: 'There is no such referral, or it is not yours to see.',
      code: 'not_found',
      requestId: '01938f3e-7c00-7aaa-8bbb-0123456789ab',
    },
  })

/** Answers every failure as RFC 9457 problem+json. */
export function createProblemSender(publicUrl: () => string) {
  return function sendProblem(error: FastifyError | AppError, request: FastifyRequest, reply: FastifyReply) {
    const refusal = error instanceof AppError ? error : fromFastify(error)
    const { status, title } = catalogue[refusal.code]
    if (status >= 500) request.log.error({ err: refusal.cause ?? error, req: request }, 'request failed')
    if (status === 401) reply.header('www-authenticate', 'Bearer error="invalid_token"')
    if (status === 403) reply.header('www-authenticate', 'Bearer error="insufficient_scope"')
    if (status === 503) reply.header('retry-after', '2')
    return reply
      .code(status)
      .header('cache-control', 'no-store')
      .type('application/problem+json')
      .send({
        type: `${publicUrl()}/errors/${refusal.code}`,
        title,
        status,
        detail: refusal.message,
        code: refusal.code,
        requestId: request.id,
        ...(refusal.issues.length > 0 && { errors: refusal.issues.map(toFault) }),
      })
  }
}

const fastifyCodes: Readonly<Record<string, [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body_too_large', 'A body may have 256 KiB.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'Set Content-Type: application/json.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed_json', 'The body does not parse as JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed_json', 'The body is not as long as Content-Length says.'],
  FST_ERR_BAD_URL: ['not_found', 'The path is not well-formed.'],
  FST_ERR_MAX_PARAM_LENGTH: ['not_found', 'The path is not well-formed.'],
}

function fromFastify(error: FastifyError): AppError {
  const known = fastifyCodes[error.code]
  if (known) return new AppError(...known)
  if (error.statusCode === 400) return new AppError('malformed_json', 'The request does not parse.')
  return Object.assign(
    new AppError(
      'internal_error',
      'The fault is logged under this request id. It is safe to repeat the request with its Idempotency-Key.',
    ),
    { cause: error },
  )
}
