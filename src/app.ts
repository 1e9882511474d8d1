import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyReply, type FastifyRequest, type FastifyServerOptions } from 'fastify'
import { type ConnectionLimits, connectionLimits, serverOptions } from './connections.ts'
import type { TimeSource } from './core/clock.ts'
import { AppError } from './core/errors.ts'
import type { Service } from './db/access.ts'
import { createDirectory } from './domains/directory/published.ts'
import { createSigningKeys, credentials } from './domains/tokens/keys.ts'
import { type GraphqlOptions, graphql, graphqlDefaults } from './graphql/plugin.ts'
import { createBacklog, type ReadBacklog } from './jobs/backlog.ts'
import { openReferral } from './openreferral/plugin.ts'
import { auth } from './plugins/auth.ts'
import { browsers } from './plugins/browsers.ts'
import { certificates } from './plugins/certificates.ts'
import { docs } from './plugins/docs.ts'
import { health } from './plugins/health.ts'
import { leaving } from './plugins/leaving.ts'
import { type LimitsOptions, limits } from './plugins/limits.ts'
import { type FollowerLimits, followerLimits, news } from './plugins/news.ts'
import { oauth } from './plugins/oauth.ts'
import { recognition } from './plugins/recognition.ts'
import { rest } from './rest/plugin.ts'
import { createProblemSender } from './rest/problem.ts'
import type { Metrics } from './telemetry/metrics.ts'
import type { Tracing } from './telemetry/tracing.ts'

export interface Deps {
  readonly service: Service
  /** Business time. */
  readonly time: TimeSource
  /** Where clients reach the service; asked late, because a test learns its port only after listening. */
  readonly publicUrl: () => string
  readonly accessTokenSeconds: number
  /** Where they are other than the defaults. */
  readonly graphql?: Partial<GraphqlOptions>
  /** What is told of the whole database; left out, the app asks for itself. */
  readonly readBacklog?: ReadBacklog
  /** Left out, nothing is traced. */
  readonly tracing?: Pick<Tracing, 'follow'> | undefined
  /** Left out, nothing is measured. */
  readonly metrics?: Pick<Metrics, 'countRequest'> | undefined
  /** Left out, nobody is limited. */
  readonly limits?: Omit<LimitsOptions, 'database' | 'proxyIsNamed'>
  /** Whether it was told to serve from a database of a newer version. */
  readonly schemaMayBeAhead?: boolean
  /** Where they are other than the defaults. */
  readonly connections?: Partial<ConnectionLimits>
  /** Where they are other than the defaults. */
  readonly followers?: Partial<FollowerLimits>
  /** Whose word on the address of a caller is taken; left out, nobody's. */
  readonly trustedProxies?: readonly string[] | undefined
  /** Whose pages may call from a browser; left out, nobody's. */
  readonly corsOrigins?: readonly string[]
  readonly logger: FastifyServerOptions['logger']
}

const requestIdPattern = /^[\w.:-]{1,128}$/

/** No page of anybody's may frame an answer, nor learn from a link where its reader was. Other origins are allowed nothing. */
const safeHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  // An answer is read by a program; pages of the documentation say for themselves what they need.
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

const unlimited = { requestsPerMinute: { client: 0, network: 0, address: 0 }, shedsLoad: false }

/** Tokens expire by the wall clock even when business time is moved. */
const wallClock = () => new Date()

/** The whole service, not yet listening. Tests and main.ts build the same one. */
export async function buildApp({ service, time, publicUrl, accessTokenSeconds, logger, ...own }: Deps) {
  const sendProblem = createProblemSender(publicUrl)
  const connections = { ...connectionLimits, ...own.connections }
  const headersOf = (requestId: string) => ({
    'x-request-id': requestId,
    ...safeHeaders,
    ...(publicUrl().startsWith('https:') && { 'strict-transport-security': 'max-age=31536000' }),
  })
  const app = Fastify({
    frameworkErrors: (error, request, reply) => {
      // No hook runs for what is no path.
      reply.headers(headersOf(request.id))
      void sendProblem(error, request, reply)
    },
    logger: logger ?? false,
    ...serverOptions(connections, publicUrl),
    trustProxy: own.trustedProxies ? [...own.trustedProxies] : false,
    routerOptions: { maxParamLength: 200 },
    genReqId: ({ headers }) => {
      const given = headers['x-request-id']
      return typeof given === 'string' && requestIdPattern.test(given) ? given : randomUUID()
    },
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headersOf(request.id))
  })
  const { metrics, tracing } = own
  tracing?.follow(app)
  if (metrics) app.addHook('onResponse', async (request, reply) => metrics.countRequest(request, reply))
  app.server.maxConnections = connections.max
  if (own.corsOrigins && own.corsOrigins.length > 0)
    await app.register(browsers, { origins: own.corsOrigins })
  app.setErrorHandler(sendProblem)
  await app.register(leaving)
  const keys = createSigningKeys(service, wallClock)
  await app.register(auth, { service, keys, time, issuer: publicUrl, accessTokenSeconds })
  await app.register(limits, {
    ...(own.limits ?? unlimited),
    database: service.database,
    proxyIsNamed: own.trustedProxies !== undefined,
  })
  app.setNotFoundHandler(
    { preHandler: async (request: FastifyRequest, reply: FastifyReply) => app.meterAddress(request, reply) },
    () => {
      throw new AppError('not_found', 'There is no such page. See /docs.')
    },
  )
  await app.register(oauth, { service, keys, time, wallClock, issuer: publicUrl })
  const followers = { ...followerLimits, ...own.followers }
  await app.register(news, { signals: service.database.signals, followers })
  await app.register(rest, { prefix: '/v1' })
  await app.register(graphql, { ...graphqlDefaults, ...own.graphql })
  await app.register(certificates, { service, time })
  const credentialKeys = createSigningKeys(service, wallClock, credentials)
  await app.register(recognition, {
    prefix: '/recognition',
    service,
    keys: credentialKeys,
    publicUrl,
    now: time.now,
  })
  const directory = createDirectory(service, time.now)
  // A client that appends paths to a base needs the network in it; one that can send a query need not.
  for (const prefix of ['/openreferral/v3', '/openreferral/:network/v3'])
    await app.register(openReferral, { prefix, directory, publicUrl })
  await app.register(docs, { publicUrl })
  // Refuses to start, rather than to serve, under a master key that does not open the signing keys. Where the database goes
  // away in this moment, the first request that needs them asks again.
  app.addHook('onReady', async () => {
    await keys.published().catch((error: unknown) => {
      if (!(error instanceof AppError && error.code === 'service_unavailable')) throw error
    })
  })
  const readBacklog = own.readBacklog ?? createBacklog(service, time)
  const { schemaMayBeAhead } = own
  await app.register(health, { database: service.database, readBacklog, publicUrl, schemaMayBeAhead })
  return app
}
