import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type PgBoss from 'pg-boss'
import { faultOf } from './fault.ts'
import type { Job, JobDeps, Sweep } from './job.ts'
import { jobs as allJobs } from './jobs.ts'
import { openQueue, prepareQueues } from './queue.ts'
import { runJob, runSweep } from './run.ts'

export interface WorkOptions extends JobDeps {
  readonly jobs?: readonly (Job | Sweep)[]
  /** How often an empty queue is looked into. */
  readonly pollMs?: number
  readonly maintenanceSeconds?: number
}

export interface RunningJobs {
  /** Takes no new work, lets what is under way finish within this time, and hands the rest back to the queue. */
  readonly stop: (withinMs: number) => Promise<void>
}

interface Run {
  readonly work: Job | Sweep
  readonly id: string
  readonly abort: AbortController
}

/**
 * Works the queues in this process; any number of processes may. pg-boss keeps the queue; the loop around its fetch,
 * complete and fail is ours, because that of `boss.work` neither waits for its answers nor catches their errors:
 * a database that goes away for a moment would end the process.
 */
export async function startJobs({
  jobs = allJobs,
  pollMs = 1_000,
  maintenanceSeconds = 30,
  ...deps
}: WorkOptions): Promise<RunningJobs> {
  const { log, service } = deps
  const boss = await openQueue({ database: service.database, log, maintenanceSeconds })
  await prepareQueues(boss, jobs).catch(async (error: unknown) => {
    await boss.stop({ graceful: false })
    throw error
  })
  const stopping = new AbortController()
  // Every queue and sweep waits on it.
  setMaxListeners(0, stopping.signal)
  const running = new Set<Run>()

  async function workJob(job: Job) {
    while (!stopping.signal.aborted) {
      const [row] = await boss.fetch(job.name)
      if (row) await perform(job, row)
      else await pause(pollMs)
    }
  }

  /**
   * Each process knocks in each interval, and the database lets one through: so the pace is kept as long as any
   * process lives, without a chain that could break.
   */
  async function workSweep(sweep: Sweep) {
    while (!stopping.signal.aborted) {
      const started = performance.now()
      await boss.send(sweep.name, {}, { singletonSeconds: sweep.everySeconds }).catch(() => {})
      const [row] = await boss.fetch(sweep.name)
      if (row) await perform(sweep, row)
      await pause(sweep.everySeconds * 1_000 - (performance.now() - started))
    }
  }

  async function pause(ms: number) {
    await delay(Math.max(ms, 50), undefined, { signal: stopping.signal }).catch(() => {})
  }

  async function perform(work: Job | Sweep, { id, data, expireInSeconds }: PgBoss.Job<unknown>) {
    const run = { work, id, abort: new AbortController() }
    running.add(run)
    const expiry = setTimeout(() => run.abort.abort(), expireInSeconds * 1_000)
    try {
      const { signal } = run.abort
      await (work.kind === 'job' ? runJob(work, deps, data, signal) : runSweep(work, deps, signal))
      await report(run, () => boss.complete(work.name, id))
    } catch (error) {
      const fault = faultOf(error)
      log.error({ job: work.name, id, fault }, 'job failed')
      await report(run, () => boss.fail(work.name, id, fault))
    } finally {
      clearTimeout(expiry)
      running.delete(run)
    }
  }

  /** Where a report is lost, the job expires and runs again. */
  async function report({ work, id, abort }: Run, send: () => Promise<void>) {
    if (abort.signal.aborted) {
      // No longer ours: the queue has given it to another run, or is about to.
      log.warn({ job: work.name, id }, 'job took longer than its time limit, or than the process had')
    } else {
      await send().catch(() => {})
    }
  }

  async function handBack({ work, id, abort }: Run) {
    abort.abort()
    await boss.fail(work.name, id, { message: 'The process stopped before the job was done' }).catch(() => {})
  }

  const loops = jobs.flatMap((work) =>
    work.kind === 'sweep' ? [workSweep(work)] : Array.from({ length: work.concurrency }, () => workJob(work)),
  )

  return {
    stop: async (withinMs) => {
      stopping.abort()
      const late = new AbortController()
      await Promise.race([
        Promise.all(loops),
        delay(withinMs, undefined, { signal: late.signal }).catch(() => {}),
      ])
      late.abort()
      await Promise.all([...running].map(handBack))
      await boss.stop({ graceful: false })
    },
  }
}
