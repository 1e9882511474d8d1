import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { TimeSource } from '../core/clock.ts'
import { scopes } from '../core/context.ts'
import { AppError } from '../core/errors.ts'
import type { Service } from '../db/access.ts'
import type { SigningKeys } from '../domains/tokens/keys.ts'
import { grantToken, OAuthError, type TokenRequest } from '../domains/tokens/service.ts'
import { countAddresses } from './auth.ts'

export interface OAuthOptions {
  readonly service: Service
  readonly keys: SigningKeys
  /** Business time, in which the ends of secrets are written. */
  readonly time: TimeSource
  /** Assertions end by the wall clock, which their signers go by. */
  readonly wallClock: () => Date
  readonly issuer: () => string
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const Form = z.object({
  grant_type: z.string().optional(),
  scope: z.string().max(2000).optional(),
  client_id: z.string().max(200).optional(),
  client_secret: z.string().max(200).optional(),
  client_assertion_type: z.string().optional(),
  client_assertion: z.string().max(8000).optional(),
})

/** OAuth 2.0: tokens, the keys that verify them, and where to find both (RFC 6749, 7517, 7523, 8414). */
export async function oauth(app: FastifyInstance, { service, keys, time, wallClock, issuer }: OAuthOptions) {
  countAddresses(app)
  app.removeAllContentTypeParsers()
  await app.register(formbody, { bodyLimit: 32 * 1024 })
  app.setErrorHandler(sendOAuthError)

  app.post('/oauth/token', async (request, reply) => {
    const form = Form.safeParse(request.body)
    if (!form.success) throw new OAuthError('invalid_request', 'Send each parameter once, form-encoded.')
    if (form.data.grant_type === undefined) throw new OAuthError('invalid_request', 'grant_type is missing.')
    if (form.data.grant_type !== 'client_credentials') {
      throw new OAuthError('unsupported_grant_type', 'Only client_credentials.')
    }
    const audiences = [issuer(), `${issuer()}/oauth/token`]
    const grant = await grantToken(service, toTokenRequest(request, form.data), {
      audiences,
      now: wallClock(),
      secretsAt: time.now(),
    })
    const { accessToken, expiresInSeconds } = await app.issueToken(grant)
    return reply
      .header('cache-control', 'no-store')
      .header('pragma', 'no-cache')
      .send({
        access_token: accessToken,
        token_type: 'Bearer',
        expires_in: expiresInSeconds,
        scope: grant.scopes.join(' '),
      })
  })

  app.get('/.well-known/jwks.json', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=60').send({ keys: await keys.published() }),
  )

  app.get('/.well-known/oauth-authorization-server', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').send(metadata(issuer())),
  )
}

function metadata(issuer: string) {
  return {
    issuer,
    token_endpoint: `${issuer}/oauth/token`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384', 'RS256', 'ES256'],
    scopes_supported: scopes,
    service_documentation: `${issuer}/docs`,
  }
}

function toTokenRequest(request: FastifyRequest, form: z.output<typeof Form>): TokenRequest {
  const { scope, client_id, client_secret, client_assertion, client_assertion_type } = form
  const basic = basicCredentials(request)
  if (basic && (client_secret !== undefined || client_assertion !== undefined)) {
    throw new OAuthError('invalid_request', 'Authenticate one way only.')
  }
  if (basic && client_id !== undefined && client_id !== basic.clientId) {
    throw new OAuthError('invalid_client', 'Client authentication failed.')
  }
  if (client_assertion !== undefined && client_assertion_type !== assertionType) {
    throw new OAuthError('invalid_request', `client_assertion_type must be ${assertionType}.`)
  }
  if (basic) return { ...basic, scope }
  return { clientId: client_id, clientSecret: client_secret, assertion: client_assertion, scope }
}

/** RFC 6749 section 2.3.1: both parts are form-encoded inside the Basic credentials. */
function basicCredentials({ headers }: FastifyRequest) {
  if (!/^Basic\b/i.test(headers.authorization ?? '')) return undefined
  const encoded = /^Basic\s+([A-Za-z0-9+/=]+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  try {
    return { clientId: decodeURIComponent(id), clientSecret: decodeURIComponent(secret.join(':')) }
  } catch {
    return { clientId: '', clientSecret: '' }
  }
}

function sendOAuthError(
  error: Error & { statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
) {
  reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
  if (error instanceof OAuthError) {
    const usedBasic = request.headers.authorization !== undefined
    const unauthorized = error.code === 'invalid_client' && usedBasic
    if (unauthorized) reply.header('www-authenticate', 'Basic realm="alongside"')
    return reply.code(unauthorized ? 401 : 400).send({ error: error.code, error_description: error.message })
  }
  if (error instanceof AppError && (error.code === 'service_unavailable' || error.code === 'rate_limited')) {
    if (error.code === 'service_unavailable') reply.header('retry-after', '2')
    return reply
      .code(error.statusCode)
      .send({ error: 'temporarily_unavailable', error_description: error.message })
  }
  if ((error.statusCode ?? 500) < 500) {
    return reply.code(400).send({
      error: 'invalid_request',
      error_description: 'Send application/x-www-form-urlencoded, of at most 32 KiB.',
    })
  }
  request.log.error({ err: error, req: request }, 'token request failed')
  return reply
    .code(500)
    .send({ error: 'server_error', error_description: `Quote ${request.id} when you ask for help.` })
}
