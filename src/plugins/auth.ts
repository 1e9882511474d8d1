import jwt from '@fastify/jwt'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { z } from 'zod'
import type { TimeSource } from '../core/clock.ts'
import {
  type Ctx,
  type Face,
  type Grant,
  type IssueToken,
  type Occasion,
  type PurposeOfUse,
  personTypes,
  purposesOfUse,
  stepUpScopes,
  stepUpSecondsMax,
} from '../core/context.ts'
import { AppError } from '../core/errors.ts'
import { Id } from '../core/id.ts'
import { toIdempotencyKey } from '../core/idempotency.ts'
import { openContext, type Service } from '../db/access.ts'
import { accessTokenAlgorithm, type SigningKeys } from '../domains/tokens/keys.ts'
import { addressOf } from './address.ts'

declare module 'fastify' {
  interface FastifyRequest {
    ctx: Ctx
    /** A context of the same caller, for one of several changes that came in one request. */
    onOccasion: (changes: Partial<Occasion>) => Ctx
    /** The caller's context at this instant: for what lasts longer than one answer. */
    contextNow: () => Ctx
    /** When the token of the request is over. */
    tokenExpiresAt: Date
  }
  interface FastifyContextConfig {
    /** Which face the route belongs to, for the audit trail; left out, it is REST. */
    face?: Face
  }
  interface FastifyInstance {
    /** Signs an access token for what was granted. */
    issueToken: IssueToken
  }
  interface FastifyContextConfig {
    /** False: what the request makes has no earlier version, so If-Match says nothing about it. */
    matchesVersion?: boolean
  }
}

export interface AuthOptions {
  readonly service: Service
  readonly keys: SigningKeys
  readonly time: TimeSource
  readonly issuer: () => string
  readonly accessTokenSeconds: number
}

const Header = z.object({ header: z.object({ kid: z.string() }) })

const Claims = z.object({
  sub: Id,
  network: Id,
  org: Id,
  scope: z.string(),
  iss: z.string(),
  exp: z.number(),
  /** Of a portal token: the one mentor or patient for whom it speaks. */
  person: z.object({ type: z.enum(personTypes), id: Id }).optional(),
})

/**
 * Access tokens in and out. `request.ctx` is the only thing that the rest of the service knows of a token;
 * nothing past this point reads one.
 */
export const auth = fp<AuthOptions>(
  async (app, { service, keys, time, issuer, accessTokenSeconds }) => {
    await app.register(jwt, {
      // The key is looked up by `kid` among our own; the algorithm is ours to say, never the token's.
      secret: async (_request: FastifyRequest, token: unknown) => {
        const key = await keys.byId(Header.safeParse(token).data?.header.kid ?? '')
        if (!key)
          throw new AppError(
            'unauthenticated',
            'The token was not signed by this service, or by a key long retired.',
          )
        return key.publicPem
      },
      decode: { complete: true },
      verify: { algorithms: [accessTokenAlgorithm], requiredClaims: ['exp', 'iss', 'sub'], cache: 5_000 },
    })
    app.decorateRequest('ctx')
    app.decorateRequest('onOccasion')
    app.decorateRequest('contextNow')
    app.decorateRequest('tokenExpiresAt')
    app.decorate('issueToken', async (grant: Grant) => {
      const { kid, privatePem } = await keys.current()
      const claims = {
        iss: issuer(),
        sub: grant.clientId,
        network: grant.networkId,
        org: grant.organizationId,
        scope: grant.scopes.join(' '),
        ...(grant.person && { person: grant.person }),
      }
      const expiresInSeconds = grant.scopes.some((scope) => stepUpScopes.has(scope))
        ? Math.min(accessTokenSeconds, stepUpSecondsMax)
        : accessTokenSeconds
      const accessToken = app.jwt.sign(claims, {
        key: privatePem,
        kid,
        algorithm: accessTokenAlgorithm,
        expiresIn: expiresInSeconds,
      })
      return { accessToken, expiresInSeconds }
    })

    app.decorate('authenticate', async (request: FastifyRequest) => {
      const claims = await claimsOf(request)
      if (claims.iss !== issuer()) throw unauthenticated()
      const caller = {
        networkId: claims.network,
        organizationId: claims.org,
        clientId: claims.sub,
        scopes: new Set(claims.scope.split(' ')),
        person: claims.person,
        actingUser: actingUserOf(request) ?? (claims.person && `${claims.person.type}:${claims.person.id}`),
      }
      const occasionNow = () => ({ ...occasionOf(request, time.now()), issueToken: app.issueToken })
      const occasion = occasionNow()
      request.onOccasion = (changes) => openContext(service, caller, { ...occasion, ...changes })
      request.ctx = openContext(service, caller, occasion)
      request.contextNow = () => openContext(service, caller, occasionNow())
      request.tokenExpiresAt = new Date(claims.exp * 1_000)
    })
  },
  { name: 'auth' },
)

declare module 'fastify' {
  interface FastifyInstance {
    authenticate: (request: FastifyRequest) => Promise<void>
  }
}

/** Every request of this scope needs a token, and counts as one of its client's; without one, as its address's. */
export function requireToken(app: FastifyInstance) {
  app.addHook('onRequest', async (request, reply) => {
    try {
      await app.authenticate(request)
    } catch (error) {
      await app.meterAddress(request, reply)
      throw error
    }
    await app.meter(request, reply)
  })
}

/** Whoever calls this scope needs no token, and counts by their address. */
export function countAddresses(app: FastifyInstance) {
  app.addHook('onRequest', (request, reply) => app.meterAddress(request, reply))
}

const unauthenticated = () =>
  new AppError(
    'unauthenticated',
    'Send a valid access token: Authorization: Bearer <token from POST /oauth/token>.',
  )

async function claimsOf(request: FastifyRequest) {
  const payload = await request.jwtVerify().catch((error: unknown) => {
    const own = error instanceof AppError ? error : unauthenticated()
    throw own
  })
  const claims = Claims.safeParse(payload)
  if (!claims.success) throw unauthenticated()
  return claims.data
}

const printable = /^[\x20-\x7e]{1,200}$/

/** For the audit trail only; a name that cannot be stored is a fault of the caller's, so it is dropped, not guessed. */
function actingUserOf(request: FastifyRequest): string | undefined {
  const header = request.headers['x-acting-user']
  return typeof header === 'string' && printable.test(header) ? header : undefined
}

function occasionOf(request: FastifyRequest, now: Date): Occasion {
  return {
    requestId: request.id,
    face: request.routeOptions.config.face ?? 'rest',
    clientAddress: addressOf(request),
    now,
    idempotencyKey: request.method === 'POST' ? idempotencyKeyOf(request) : undefined,
    expectedVersion:
      request.routeOptions.config.matchesVersion === false ? undefined : expectedVersionOf(request),
    purpose: purposeOf(request),
  }
}

/** Says why data is asked for, where it is not for treatment. One that is not known is refused, never guessed. */
function purposeOf(request: FastifyRequest): PurposeOfUse | undefined {
  const header = request.headers['x-purpose-of-use']
  if (header === undefined) return undefined
  const purpose = purposesOfUse.find((known) => known === header)
  if (purpose) return purpose
  throw new AppError('invalid_purpose', `X-Purpose-Of-Use is one of ${purposesOfUse.join(', ')}.`)
}

function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const header = headers['idempotency-key']
  return toIdempotencyKey(header === undefined ? undefined : String(header))
}

/** A tag that is not one of ours matches no version, and so is refused as stale. */
function expectedVersionOf(request: FastifyRequest): number | undefined {
  const header = request.headers['if-match']
  if (header === undefined || header.trim() === '*') return undefined
  return Number(/^"v(\d+)(?:\.[\w-]+)?"$/.exec(header.trim())?.[1] ?? -1)
}
