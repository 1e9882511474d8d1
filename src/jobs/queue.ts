import PgBoss from 'pg-boss'
import type { Database } from '../db/client.ts'
import { bearSilence, timeLimits } from '../db/vanished.ts'
import { faultOf } from './fault.ts'
import type { Job, Log, Sweep } from './job.ts'

export interface QueueOptions {
  readonly database: Database
  readonly log: Log
  /** How often jobs are looked for whose process died, and finished ones are cleared away. */
  readonly maintenanceSeconds: number
}

/** Longest pause between two runs of a sweep: pg-boss forgets that a turn was taken when it clears the run away. */
export const keptCompletedSeconds = 3600

/** pg-boss on the service's own connections. It installs nothing; what it needs comes with the migrations. */
export async function openQueue({ database, log, maintenanceSeconds }: QueueOptions): Promise<PgBoss> {
  const boss = new PgBoss({
    db: { executeSql: createExecutor(database, log) },
    migrate: false,
    // Its cron knows minutes only, and would create a queue; see work.ts for sweeps.
    schedule: false,
    maintenanceIntervalSeconds: maintenanceSeconds,
    archiveCompletedAfterSeconds: keptCompletedSeconds,
    archiveFailedAfterSeconds: 24 * 3600,
    deleteAfterHours: 1,
  })
  // What the database refused is logged where it was sent.
  boss.on('error', () => {})
  await boss.start().catch((cause: unknown) => {
    throw notMigrated(`the queue that this version needs (${faultOf(cause).message})`, cause)
  })
  return boss
}

/**
 * One statement in one transaction, in one round trip. The role is taken for this transaction only: on the embedded
 * engine all connections share one backend, and a role taken for longer would become everybody's.
 */
function createExecutor(database: Database, log: Log) {
  let ailing = false
  return async function executeSql(text: string, values?: unknown[]) {
    try {
      const result = await execute(database, text, values)
      ailing = false
      return result
    } catch (error) {
      const fault = faultOf(error)
      // Two runs of one sweep refuse each other by a unique index: that is how there is only one.
      const expected = fault.code === '23505'
      // Once, not with every look into the queue while the database is away.
      if (!expected && !ailing) log.error({ fault }, 'the job queue cannot be reached')
      ailing ||= !expected
      throw error
    }
  }
}

/** Maintenance of a queue that was left alone for long. */
const statementMs = 30_000
const settings = `begin; set local role alongside_system; ${timeLimits(statementMs)}`

async function execute({ pool }: Database, text: string, values?: unknown[]) {
  // pg-boss's maintenance brings a transaction of its own; it joins this one.
  const statement = text.replace(/^\s*BEGIN;/, '').replace(/COMMIT;\s*$/, '')
  const client = await pool.connect()
  bearSilence(client, statementMs)
  const [began, answered, ended] = await Promise.allSettled([
    client.query(settings),
    client.query(statement, values),
    // After a statement that failed, this is the rollback.
    client.query('commit'),
  ])
  bearSilence(client)
  client.release(ended.status === 'rejected')
  if (began.status === 'rejected') throw began.reason
  if (answered.status === 'rejected') throw answered.reason
  if (ended.status === 'rejected') throw ended.reason
  return answered.value
}

/** Holds that each job and sweep has its queue, and writes to it how it is to be retried and when it expires. */
export async function prepareQueues(boss: PgBoss, work: readonly (Job | Sweep)[]) {
  const queues = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]))
  const lacking = work.filter(({ kind, name }) => queues.get(name)?.policy !== policies[kind])
  if (lacking.length > 0) throw notMigrated(`queues for ${lacking.map(({ name }) => name).join(', ')}`)
  for (const one of work) {
    const known = queues.get(one.name)
    const wanted = queueOptions(one)
    const same = Object.entries(wanted).every(([key, value]) => known?.[key as keyof typeof wanted] === value)
    if (!same) await boss.updateQueue(one.name, { name: one.name, ...wanted })
  }
}

const policies = { job: 'standard', sweep: 'stately' } as const

function queueOptions(work: Job | Sweep) {
  const retry =
    work.kind === 'job'
      ? { retryLimit: work.retryLimit, retryDelay: work.retryDelaySeconds, retryBackoff: true }
      : // The next run is its retry.
        { retryLimit: 0, retryDelay: 0, retryBackoff: false }
  return { policy: policies[work.kind], expireInSeconds: work.expireSeconds, ...retry }
}

function notMigrated(what: string, cause?: unknown) {
  return new Error(
    `The database lacks ${what}. Bring it to this version first: alongside migrate (or start with JOBS=off).`,
    { cause },
  )
}
