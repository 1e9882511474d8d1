import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyServerOptions } from 'fastify'
import type { TimeSource } from './core/clock.ts'
import { AppError } from './core/errors.ts'
import type { Service } from './db/access.ts'
import { createSigningKeys } from './domains/tokens/keys.ts'
import { type GraphqlOptions, graphql, graphqlDefaults } from './graphql/plugin.ts'
import { auth } from './plugins/auth.ts'
import { docs } from './plugins/docs.ts'
import { health } from './plugins/health.ts'
import { news } from './plugins/news.ts'
import { oauth } from './plugins/oauth.ts'
import { rest } from './rest/plugin.ts'
import { createProblemSender } from './rest/problem.ts'

export interface Deps {
  readonly service: Service
  /** Business time. */
  readonly time: TimeSource
  /** Where clients reach the service; asked late, because a test learns its port only after listening. */
  readonly publicUrl: () => string
  readonly accessTokenSeconds: number
  /** Where they are other than the defaults. */
  readonly graphql?: Partial<GraphqlOptions>
  readonly logger: FastifyServerOptions['logger']
}

const bodyLimitBytes = 256 * 1024
/** Longer than any sane request, shorter than a patient attacker. */
const requestTimeoutMs = 30_000
const requestIdPattern = /^[\w.:-]{1,128}$/

/** Tokens expire by the wall clock even when business time is moved. */
const wallClock = () => new Date()

/** The whole service, not yet listening. Tests and main.ts build the same one. */
export async function buildApp({ service, time, publicUrl, accessTokenSeconds, logger, ...own }: Deps) {
  const sendProblem = createProblemSender(publicUrl)
  const app = Fastify({
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id)
      void sendProblem(error, request, reply)
    },
    logger: logger ?? false,
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    routerOptions: { maxParamLength: 200 },
    genReqId: ({ headers }) => {
      const given = headers['x-request-id']
      return typeof given === 'string' && requestIdPattern.test(given) ? given : randomUUID()
    },
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
  })
  app.setErrorHandler(sendProblem)
  app.setNotFoundHandler(() => {
    throw new AppError('not_found', 'There is no such page. See /docs.')
  })
  const keys = createSigningKeys(service, wallClock)
  await app.register(auth, { service, keys, time, issuer: publicUrl, accessTokenSeconds })
  await app.register(oauth, { service, keys, time, wallClock, issuer: publicUrl })
  await app.register(news, { signals: service.database.signals })
  await app.register(rest, { prefix: '/v1' })
  await app.register(graphql, { ...graphqlDefaults, ...own.graphql })
  await app.register(docs, { publicUrl })
  // Refuses to start, rather than to serve, under a master key that does not open the signing keys.
  app.addHook('onReady', async () => void (await keys.published()))
  await app.register(health, { database: service.database })
  return app
}
