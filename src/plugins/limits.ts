import underPressure, { type FastifyUnderPressureOptions } from '@fastify/under-pressure'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Redis } from 'ioredis'
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  type RateLimiterRes,
} from 'rate-limiter-flexible'
import { AppError } from '../core/errors.ts'
import type { Database } from '../db/client.ts'
import { addressOf, callerAt } from './address.ts'

export interface LimitsOptions {
  readonly database: Database
  /** Requests a minute. 0: as many as come. */
  readonly requestsPerMinute: Readonly<Record<Limit['name'], number>>
  /** Where processes count together. Absent: each counts for itself. */
  readonly redisUrl?: string | undefined
  /** Answers 503 at once where there is more to do than can be done. */
  readonly shedsLoad: boolean
  /** Beyond it every answer is late, and what is taken on only makes them later. 0: whatever it is, nobody is turned away. */
  readonly eventLoopDelayMaxMs?: number
  /** Whether somebody's word is taken on where a request comes from. */
  readonly proxyIsNamed: boolean
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts a request of the caller's; refuses it where the client or the network has had its share. */
    meter: (request: FastifyRequest, reply?: FastifyReply) => Promise<void>
    /** The same of where a request comes from that has no token, or none that is good. */
    meterAddress: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
  }
}

const windowSeconds = 60
/** Redis that does not answer within this time is counted without: a limit must not become an outage. */
const redisWithinMs = 250
/** So long does the delay have to last, in milliseconds, with requests coming. */
const patienceMs = 3_000
/** For each connection, so many requests may wait: more would run into the pool's own time-out. */
const waitingPerConnection = 20

interface Limit {
  readonly name: 'client' | 'network' | 'address'
  readonly quota: number
  readonly limiter: RateLimiterAbstract
}

/** What keeps one caller from taking the service away from the others, and the service from drowning. */
export const limits = fp<LimitsOptions>(
  async (app, { database, requestsPerMinute, redisUrl, shedsLoad, eventLoopDelayMaxMs, proxyIsNamed }) => {
    const redis = redisUrl === undefined ? undefined : connectRedis(redisUrl)
    if (redis) app.addHook('onClose', async () => redis.disconnect())
    const limitOf = (name: Limit['name']): Limit[] => {
      const limit = { name, quota: requestsPerMinute[name] }
      return limit.quota > 0 ? [{ ...limit, limiter: limiterOf(limit, redis) }] : []
    }
    const ofClients = [...limitOf('client'), ...limitOf('network')]
    const ofAddresses = limitOf('address')

    app.decorate('meter', ({ ctx: { clientId, networkId } }, reply) =>
      count(ofClients, ({ name }) => (name === 'client' ? clientId : networkId), reply),
    )
    const askAboutProxy = proxyNotice(app, proxyIsNamed)
    app.decorate('meterAddress', (request, reply) => {
      askAboutProxy(request)
      return count(ofAddresses, () => callerAt(addressOf(request)), reply)
    })

    if (shedsLoad) await app.register(underPressure, pressureOf(database, eventLoopDelayMaxMs))
  },
  { name: 'limits', dependencies: ['auth'] },
)

/** Takes one from each share, says what is left of the least, and refuses where one is used up. */
async function count(
  limits: readonly Limit[],
  keyOf: (limit: Limit) => string,
  reply: FastifyReply | undefined,
): Promise<void> {
  if (limits.length === 0) return
  const standings = await Promise.all(limits.map((limit) => stand(limit, keyOf(limit))))
  const least = standings.reduce((a, b) => (b.remaining < a.remaining ? b : a))
  const policy = limits.map(({ name, quota }) => `"${name}";q=${quota};w=${windowSeconds}`).join(', ')
  void reply?.header('ratelimit-policy', policy)
  void reply?.header('ratelimit', `"${least.name}";r=${least.remaining};t=${least.seconds}`)
  const over = standings.filter(({ exceeded }) => exceeded)
  if (over.length === 0) return
  const seconds = Math.max(...over.map((one) => one.seconds))
  void reply?.header('retry-after', seconds)
  throw new AppError(
    'rate_limited',
    wordsFor(
      over.map(({ name }) => name),
      seconds,
    ),
  )
}

/** Behind a proxy that is not named, all strangers have one address and so one share: said once, it saves a night. */
function proxyNotice({ log }: FastifyInstance, proxyIsNamed: boolean) {
  let told = proxyIsNamed
  return ({ headers }: FastifyRequest) => {
    if (told || headers['x-forwarded-for'] === undefined) return
    told = true
    log.warn(
      'requests come through a proxy that TRUST_PROXY does not name: callers without a token are counted together',
    )
  }
}

function pressureOf({ pool }: Database, maxEventLoopDelay = 0): FastifyUnderPressureOptions {
  const isLasting = createPatience()
  return {
    maxEventLoopDelay,
    healthCheck: async () => pool.waitingCount <= waitingPerConnection * pool.options.max,
    healthCheckInterval: 500,
    // Of a promise it takes a refusal.
    pressureHandler: async (_request, _reply, type) => {
      if (type === 'eventLoopDelay' && !isLasting(performance.now())) return
      throw new AppError(
        'service_unavailable',
        'There is more to do than can be done just now. Nothing of this request was begun.',
      )
    },
  }
}

/**
 * A process that has just started, or that stood still once, is not one that has too much to do: the delay of its event loop
 * is measured once a second, and turns nobody away until it has been found too long for some of these in a row.
 */
function createPatience() {
  let since: number | undefined
  let last = 0
  return (now: number): boolean => {
    if (since === undefined || now - last > patienceMs) since = now
    last = now
    return now - since > patienceMs
  }
}

function connectRedis(url: string): Redis {
  const redis = new Redis(url, {
    commandTimeout: redisWithinMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
  })
  // It reconnects by itself; until then the limiter beside it counts.
  redis.on('error', () => {})
  return redis
}

function limiterOf(
  { name, quota }: Pick<Limit, 'name' | 'quota'>,
  redis: Redis | undefined,
): RateLimiterAbstract {
  const options = { keyPrefix: `alongside:rate:${name}`, points: quota, duration: windowSeconds }
  const own = new RateLimiterMemory(options)
  return redis ? new RateLimiterRedis({ ...options, storeClient: redis, insuranceLimiter: own }) : own
}

async function stand({ name, limiter }: Limit, key: string) {
  const [counted, exceeded] = await limiter.consume(key).then(
    (result): [RateLimiterRes, boolean] => [result, false],
    (refusal: RateLimiterRes | Error): [RateLimiterRes, boolean] => {
      if (refusal instanceof Error) throw refusal
      return [refusal, true]
    },
  )
  return {
    name,
    exceeded,
    remaining: counted.remainingPoints,
    seconds: Math.ceil(counted.msBeforeNext / 1_000),
  }
}

const wordsFor = (names: readonly Limit['name'][], seconds: number) =>
  `As many requests as the ${names.join(' and the ')} may send in a minute were sent. Go on in ${seconds} seconds.`
