import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { TxCtx } from '../core/context.ts'
import { openSystemContext } from '../db/access.ts'
import { numberEvents } from '../domains/events/numbering.ts'
import { fanOut } from '../domains/webhooks/fan-out.ts'
import { faultOf } from './fault.ts'
import type { JobDeps } from './job.ts'
import { networkIds } from './networks.ts'

/** Brings rows of one network into order, at most `limit` of them, and returns how many it found. */
export interface OrderingStep {
  readonly name: string
  readonly run: (ctx: TxCtx, limit: number) => Promise<number>
}

/** What is put in order for a network, in this order, in one transaction under the network's lock. */
export const orderingSteps: readonly OrderingStep[] = [
  { name: 'events.number', run: numberEvents },
  { name: 'webhooks.fanOut', run: fanOut },
]

/** Rows of a step in one transaction: what is under way when a process dies is done again by another. */
const batch = 1_000

/** A process that holds the lock and says nothing for so long is gone, with its machine or its line: another one goes on. */
const stallMs = 3_000

/** Another process is at this network; it may have looked before our rows were there. */
const retryMs = 25

/**
 * From the beginning of one batch of a network to that of the next. The first is put in order at once; what comes close behind
 * is taken together, so that a busy network costs each step, and each reader that it wakes, twenty looks a second and not a
 * hundred.
 */
const paceMs = 50

/**
 * One batch for one network. `taken`: another process holds the lock, which ends with its transaction, so that a
 * process that dies keeps nobody waiting. The statements that follow the lock see all that its last holder wrote.
 */
export async function orderOnce(
  { service, time }: Pick<JobDeps, 'service' | 'time'>,
  networkId: string,
  steps = orderingSteps,
): Promise<'done' | 'more' | 'taken'> {
  const context = openSystemContext(service, networkId, { requestId: 'sequencer', now: time.now() })
  const counts = await context.transaction(
    async (ctx) => {
      const { rows } = await ctx.db.execute<{ held: boolean }>(
        sql`select pg_try_advisory_xact_lock(hashtextextended(${`sequencer|${networkId}`}, 0)) as held,
          set_config('idle_in_transaction_session_timeout', ${`${stallMs}`}, true)`,
      )
      if (!rows[0]?.held) return undefined
      const found: number[] = []
      for (const step of steps) found.push(await step.run(ctx, batch))
      return found
    },
    { action: 'sequencer' },
  )
  if (!counts) return 'taken'
  if (counts.some((count) => count > 0)) service.database.signals.send('numbered', networkId)
  return counts.some((count) => count >= batch) ? 'more' : 'done'
}

export interface SequencerOptions extends JobDeps {
  readonly steps?: readonly OrderingStep[]
  /** How often every network is looked at without having been woken. */
  readonly pollMs?: number
}

export interface RunningSequencer {
  /** Resolves when the batch under way is committed. */
  readonly stop: () => Promise<void>
}

/**
 * Puts each network's log in order, as soon as something was committed to it, in whichever process is first. Any number
 * of processes run it.
 */
export function startSequencer({
  steps = orderingSteps,
  pollMs = 1_000,
  ...deps
}: SequencerOptions): RunningSequencer {
  const stopping = new AbortController()
  const { signal } = stopping
  /** Networks under way here; true when something came in the meantime. */
  const under = new Map<string, { again: boolean; readonly done: Promise<void> }>()
  /** Of the last batch of each network. */
  const begunAt = new Map<string, number>()
  let ailing = false

  function wake(networkId: string): Promise<void> {
    const current = under.get(networkId)
    if (current) {
      current.again = true
      return current.done
    }
    if (signal.aborted) return Promise.resolve()
    const done = order(networkId)
    under.set(networkId, { again: false, done })
    return done
  }

  async function order(networkId: string) {
    // Let whoever wakes several at once finish its turn.
    await Promise.resolve()
    try {
      for (let more = true; more && !signal.aborted; ) {
        await pause((begunAt.get(networkId) ?? 0) + paceMs - performance.now())
        begunAt.set(networkId, performance.now())
        const current = under.get(networkId)
        if (current) current.again = false
        const outcome = await orderOnce(deps, networkId, steps)
        if (outcome === 'taken') await pause(retryMs)
        more = outcome !== 'done' || under.get(networkId)?.again === true
      }
      ailing = false
    } catch (error) {
      // The next look is its retry. Once, not with every look while the database is away.
      if (!ailing) deps.log.error({ networkId, fault: faultOf(error) }, 'the log cannot be put in order')
      ailing = true
    } finally {
      // In the same turn as the last look at `again`: a wake-up after it begins anew.
      under.delete(networkId)
    }
  }

  async function poll() {
    while (!signal.aborted) {
      const ids = await networkIds(deps.service).catch(() => [])
      for (const networkId of ids) await wake(networkId)
      await pause(pollMs)
    }
  }

  const pause = async (ms: number) => {
    if (ms > 0) await delay(ms, undefined, { signal }).catch(() => {})
  }
  const off = deps.service.database.signals.on('emitted', (networkId) => {
    if (networkId !== undefined) void wake(networkId)
  })
  const polling = poll()
  return {
    stop: async () => {
      stopping.abort()
      off()
      await Promise.all([polling, ...[...under.values()].map(({ done }) => done)])
    },
  }
}
