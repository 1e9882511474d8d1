import type { FastifyReply, FastifyRequest } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { acting, onCommitted, onDenied } from '../core/watched.ts'
import type { Database } from '../db/client.ts'
import type { ReadBacklog } from '../jobs/backlog.ts'
import { measureBacklog } from './backlog.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A stream or a socket: how long it was open says nothing of the service. */
    lasting?: boolean
  }
}

export interface Metrics {
  readonly registry: Registry
  readonly countRequest: (request: FastifyRequest, reply: FastifyReply) => void
  readonly stop: () => void
}

/** Around the times that are promised; few, since each is a series for each route. */
const secondsBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/**
 * What this process measures. A label holds a word that the code knows (a route as it is written, a status, the name of an
 * action, a queue): never an id, an address or anything that was sent, so that the number of series is bounded.
 */
export function createMetrics(database: Database, readBacklog: ReadBacklog): Metrics {
  const registry = new Registry()
  const registers = [registry]
  // Memory, processor, event loop, garbage collection: of Node itself, under its usual names.
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'alongside_http_requests_total',
    help: 'Requests that were answered, by route and status',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'alongside_http_request_duration_seconds',
    help: 'From the arrival of a request to the end of its answer; without streams and long polls',
    labelNames: ['method', 'route'],
    buckets: secondsBounds,
    registers,
  })
  const actions = new Counter({
    name: 'alongside_actions_total',
    help: 'Actions of REST, GraphQL and the command line, by how they ended: ok, or the code of the refusal',
    labelNames: ['action', 'outcome'],
    registers,
  })
  const events = new Counter({
    name: 'alongside_events_total',
    help: 'Events that this process committed, by type; a breach of a clock is clock.breached',
    labelNames: ['type'],
    registers,
  })
  const denials = new Counter({
    name: 'alongside_decision_denials_total',
    help: 'Data of another organization that a decision kept back, by reason',
    labelNames: ['reason'],
    registers,
  })
  measurePools(registry, database)
  measureBacklog(registry, readBacklog)

  const countAction = (told: unknown) => {
    const { action, outcome = 'internal_error' } = told as { action: string; outcome?: string }
    actions.inc({ action, outcome })
  }
  const listener = { asyncEnd: countAction } as Parameters<typeof acting.subscribe>[0]
  acting.subscribe(listener)
  const offCommitted = onCommitted((types) => {
    for (const type of types) events.inc({ type })
  })
  const offDenied = onDenied((reasons) => {
    for (const reason of reasons) denials.inc({ reason })
  })
  return {
    registry,
    countRequest: (request, reply) => {
      const { method } = request
      const route = request.routeOptions.url ?? '(none)'
      requests.inc({ method, route, status: String(reply.statusCode) })
      if (!isLasting(request)) seconds.observe({ method, route }, reply.elapsedTime / 1_000)
    },
    stop: () => {
      acting.unsubscribe(listener)
      offCommitted()
      offDenied()
    },
  }
}

/** Streams, sockets, and whoever asked to be kept waiting: how long that took says nothing of the service. */
function isLasting({ routeOptions, query }: FastifyRequest): boolean {
  return routeOptions.config.lasting === true || (query as { wait?: unknown } | undefined)?.wait !== undefined
}

/** `main` serves requests and jobs, `beside` what a graph query needs done in a transaction of its own. */
function measurePools(registry: Registry, { pool, beside }: Database) {
  const pools = { main: pool, beside }
  const states = {
    in_use: ({ totalCount, idleCount }: typeof pool) => totalCount - idleCount,
    idle: ({ idleCount }: typeof pool) => idleCount,
    waiting: ({ waitingCount }: typeof pool) => waitingCount,
    max: ({ options }: typeof pool) => options.max,
  }
  new Gauge({
    name: 'alongside_pool_connections',
    help: 'Connections to the database by state; waiting: requests that wait for one; max: how many there may be',
    labelNames: ['pool', 'state'],
    registers: [registry],
    collect() {
      for (const [name, one] of Object.entries(pools))
        for (const [state, of] of Object.entries(states)) this.set({ pool: name, state }, of(one))
    },
  })
}
