import type { FastifyInstance } from 'fastify'
import { catalogue } from '../core/errors.ts'
import type { Database } from '../db/client.ts'
import { type SchemaLevel, schemaLevel } from '../db/fit.ts'
import { type Backlog, deadLetters, type ReadBacklog } from '../jobs/backlog.ts'

export interface HealthOptions {
  readonly database: Database
  readonly readBacklog: ReadBacklog
  readonly publicUrl: () => string
  /** Told to serve from a newer database too: it was started to go back by. */
  readonly schemaMayBeAhead?: boolean | undefined
}

interface Checks {
  readonly database: 'ok' | 'failed'
  readonly migrations: 'ok' | SchemaLevel | 'unknown'
  readonly queue: 'ok' | 'late' | 'unknown'
}

/** Whoever asks within this time gets what the last one got, so that asking is no way to keep the database busy. */
const goodForMs = 1_000
/** An orchestrator waits no longer, and a probe that hangs is worse than one that says no. */
const answersWithinMs = 4_000
/** What should take a second waits for a minute and more: nobody works, or too few do. */
const eventsLateSeconds = 60
const jobsLateSeconds = 300

/**
 * `live`: the process answers. `ready`: it can do its work. For orchestrators; no token, and of each check a word. Late
 * queues are told and keep nobody out of rotation: requests are answered as ever, and fewer who answer would not help.
 */
export async function health(app: FastifyInstance, { publicUrl, ...checked }: HealthOptions) {
  // Asked under pressure most of all.
  const asked = { logLevel: 'silent', config: { pressureHandler: () => {} } } as const
  const check = createCheck(checked)
  app.get('/health/live', asked, async () => ({ status: 'live' }))
  app.get('/health/ready', asked, async (request, reply) => {
    const checks = await check()
    reply.header('cache-control', 'no-store')
    const faults = faultsOf(checks)
    if (faults.length === 0) return { status: 'ready', checks }
    return reply
      .code(503)
      .header('retry-after', '2')
      .type('application/problem+json')
      .send({
        type: `${publicUrl()}/errors/service_unavailable`,
        ...catalogue.service_unavailable,
        detail: faults.join(' '),
        code: 'service_unavailable',
        requestId: request.id,
        checks,
      })
  })
}

function faultsOf({ database, migrations }: Checks): string[] {
  if (database !== 'ok') return ['The database does not answer.']
  if (migrations === 'ok') return []
  return [
    migrations === 'older'
      ? 'The database is not at the level of this version yet.'
      : 'The database is at a newer level than this version.',
  ]
}

/**
 * Migrations are safe while the version before still serves, so a process that began on its own level goes on when the
 * database moves ahead of it; one that begins on a newer level does not know what it meets, unless it was told to serve it.
 */
function createCheck({
  database,
  readBacklog,
  schemaMayBeAhead = false,
}: Omit<HealthOptions, 'publicUrl'>): () => Promise<Checks> {
  let mayBeAhead = schemaMayBeAhead
  let last: { readonly until: number; readonly answer: Promise<Checks> } | undefined

  async function look(): Promise<Checks> {
    const level = await within(schemaLevel(database))
    if (level === undefined) return { database: 'failed', migrations: 'unknown', queue: 'unknown' }
    mayBeAhead ||= level === 'same'
    const migrations = level === 'same' || (level === 'newer' && mayBeAhead) ? 'ok' : level
    // The tables that it reads may not be there yet.
    const backlog = level === 'older' ? undefined : await within(readBacklog())
    return { database: 'ok', migrations, queue: backlog ? (isLate(backlog) ? 'late' : 'ok') : 'unknown' }
  }

  return () => {
    if (last && performance.now() < last.until) return last.answer
    last = { until: performance.now() + goodForMs, answer: look() }
    return last.answer
  }
}

const isLate = ({ events, clocksLateSeconds, queues }: Backlog) =>
  events.oldestSeconds > eventsLateSeconds ||
  clocksLateSeconds > jobsLateSeconds ||
  queues.some(({ queue, oldestSeconds }) => queue !== deadLetters && oldestSeconds > jobsLateSeconds)

/** Undefined where it fails, or does not come in time. */
async function within<T>(answer: Promise<T>): Promise<T | undefined> {
  let late: NodeJS.Timeout | undefined
  const timeout = new Promise<undefined>((resolve) => {
    late = setTimeout(() => resolve(undefined), answersWithinMs)
  })
  const found = await Promise.race([answer.catch(() => undefined), timeout])
  clearTimeout(late)
  return found
}
