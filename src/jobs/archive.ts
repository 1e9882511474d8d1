import type { TxCtx } from '../core/context.ts'
import { openSystemContext } from '../db/access.ts'
import { claimRange, type LeavingRange, readRange, removeRange } from '../domains/events/leaving.ts'
import { queuedThrough } from '../domains/webhooks/fan-out.ts'
import { writeArchive } from './archive-file.ts'
import { defineSweep, type NetworkDeps } from './job.ts'

const name = 'events.archive'
const dayMs = 86_400_000

/**
 * Lets events go that are older than they are kept, a range at a time: the range is claimed, its file written, its rows
 * taken away. A process that dies in between has another one do the rest, with the same range.
 */
export const archiveEvents = defineSweep({
  name,
  everySeconds: 900,
  // A first run may have years before it.
  expireSeconds: 600,
  run: async (deps) => {
    const { retention, time, signal } = deps
    if (!retention) return
    // Whole days: otherwise each run would find some seconds more, and write a file of them.
    const before = new Date((Math.floor(time.now().getTime() / dayMs) - retention.days) * dayMs)
    while (!signal.aborted && (await letGo(deps, before, retention.archive)));
  },
})

async function letGo(deps: NetworkDeps, before: Date, archive: string | undefined): Promise<boolean> {
  const { service, networkId, time, log } = deps
  const within = <T>(work: (ctx: TxCtx) => Promise<T>) =>
    openSystemContext(service, networkId, { requestId: `sweep:${name}`, now: time.now() }).transaction(work, {
      action: name,
    })
  const range = await within(async (ctx) => claimRange(ctx, before, await queuedThrough(ctx)))
  if (!range) return false
  const digest = archive === undefined ? null : await write(within, archive, networkId, range)
  const left = await within((ctx) => removeRange(ctx, range, digest))
  if (left) log.info({ networkId, ...range, digest }, 'events have left the log')
  return true
}

async function write(
  within: <T>(work: (ctx: TxCtx) => Promise<T>) => Promise<T>,
  archive: string,
  networkId: string,
  range: LeavingRange,
): Promise<string> {
  const rows = await within((ctx) => readRange(ctx, range))
  return writeArchive(archive, networkId, range, rows)
}
