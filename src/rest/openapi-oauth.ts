import { z } from 'zod'
import type { ZodOpenApiPathItemObject } from 'zod-openapi'

const OAuthFailure = z
  .object({
    error: z.enum([
      'invalid_request',
      'invalid_client',
      'invalid_scope',
      'unsupported_grant_type',
      'temporarily_unavailable',
      'server_error',
    ]),
    error_description: z.string(),
  })
  .meta({ id: 'OAuthFailure', description: 'RFC 6749 section 5.2' })

/** By reference to what every other answer has; without a token they count by address. */
const headerOf = (name: string) => ({ $ref: `#/components/headers/${name}` }) as const
const standing = {
  'RateLimit-Policy': headerOf('RateLimit-Policy'),
  RateLimit: headerOf('RateLimit'),
}

const refused = (description: string, more: Record<string, ReturnType<typeof headerOf>> = {}) => ({
  description,
  headers: { ...standing, ...more },
  content: { 'application/json': { schema: OAuthFailure } },
})

/** The token endpoint speaks OAuth, not this API's dialect: form in, RFC 6749 errors out. */
export const tokenPath: ZodOpenApiPathItemObject = {
  post: {
    operationId: 'oauth.token',
    tags: ['Access'],
    summary: 'Get an access token',
    description:
      'Client credentials (RFC 6749 section 4.4) with `client_secret_basic`, `client_secret_post` or `private_key_jwt` (RFC 7523; RS384, ES384, RS256, ES256).',
    security: [],
    requestBody: {
      required: true,
      content: {
        'application/x-www-form-urlencoded': {
          schema: z
            .object({
              grant_type: z.literal('client_credentials'),
              scope: z
                .string()
                .max(2000)
                .optional()
                .describe('Blank-separated; default: all that is registered.'),
              client_id: z.string().max(200).optional(),
              client_secret: z.string().max(200).optional(),
              client_assertion_type: z
                .literal('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
                .optional(),
              client_assertion: z.string().max(8000).optional(),
            })
            .meta({ id: 'TokenRequest' }),
          example: { grant_type: 'client_credentials', scope: 'referrals:write engagement:read' },
        },
      },
    },
    responses: {
      200: {
        description: 'A token',
        headers: standing,
        content: {
          'application/json': {
            schema: z
              .object({
                access_token: z.string(),
                token_type: z.literal('Bearer'),
                expires_in: z.int32().describe('Seconds'),
                scope: z.string().describe('What was granted.'),
              })
              .meta({ id: 'TokenAnswer' }),
          },
        },
      },
      400: refused('`invalid_request`, `invalid_client`, `invalid_scope`, `unsupported_grant_type`'),
      401: refused('`invalid_client`, when HTTP Basic was used'),
      429: refused('`temporarily_unavailable`: too many requests from this address', {
        'Retry-After': headerOf('Retry-After'),
      }),
      500: refused('`server_error`'),
      503: refused('`temporarily_unavailable`'),
    },
  },
}
