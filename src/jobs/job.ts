import type { BaseLogger } from 'pino'
import type { z } from 'zod'
import type { TimeSource } from '../core/clock.ts'
import type { Service } from '../db/access.ts'

export type Log = Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>

export interface JobDeps {
  readonly service: Service
  /** Business time. */
  readonly time: TimeSource
  readonly log: Log
  /** How long events stay in the log. Absent: for ever. */
  readonly retention?: EventRetention | undefined
}

export interface EventRetention {
  readonly days: number
  /** The folder to which they go. Absent: they leave without a copy. */
  readonly archive: string | undefined
}

/** Work is done for one network at a time, as a request is: see `asSystem`. */
export interface NetworkDeps extends JobDeps {
  readonly networkId: string
  /**
   * Fires when the time limit is over or the process has to go. Long work looks at it between its steps: nothing
   * can stop a promise from outside, and another process may already be at the same job.
   */
  readonly signal: AbortSignal
}

/** Runs at least once for each time it is enqueued, so doing it twice must do no harm. */
export interface Job {
  readonly kind: 'job'
  readonly name: string
  /** How many run at a time in one process. */
  readonly concurrency: number
  readonly expireSeconds: number
  readonly retryLimit: number
  /** Before the first retry; it doubles with each. */
  readonly retryDelaySeconds: number
  readonly run: (deps: NetworkDeps, input: unknown) => Promise<void>
}

/** Runs again and again, in one process at a time: what time alone brings about. */
export interface Sweep {
  readonly kind: 'sweep'
  readonly name: string
  readonly everySeconds: number
  readonly expireSeconds: number
  readonly run: (deps: NetworkDeps) => Promise<void>
}

type JobOptions<Input extends z.ZodType> = Pick<Job, 'name'> &
  Partial<Pick<Job, 'concurrency' | 'expireSeconds' | 'retryLimit' | 'retryDelaySeconds'>> & {
    readonly input: Input
    readonly run: (deps: NetworkDeps, input: z.output<Input>) => Promise<void>
  }

/** Its queue comes with a migration: `call job_queue('<name>')`. Its input holds ids and codes only. */
export function defineJob<Input extends z.ZodType>({ input, run, ...options }: JobOptions<Input>): Job {
  return {
    kind: 'job',
    concurrency: 2,
    expireSeconds: 300,
    retryLimit: 5,
    retryDelaySeconds: 2,
    ...options,
    run: async (deps, data) => run(deps, input.parse(data)),
  }
}

/** Its queue comes with a migration: `call sweep_queue('<name>')`. */
export function defineSweep(
  options: Pick<Sweep, 'name' | 'everySeconds' | 'run'> & Partial<Pick<Sweep, 'expireSeconds'>>,
): Sweep {
  // A process that dies in a sweep keeps the others from it for this long: a minute, unless the sweep needs more.
  return { kind: 'sweep', expireSeconds: 60, ...options }
}
