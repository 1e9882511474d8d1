import type { TxCtx } from '../core/context.ts'
import { openSystemContext } from '../db/access.ts'
import { defineSweep, type NetworkDeps, type Sweep } from './job.ts'

/** Rows of one transaction: few enough that nobody waits for their locks, many enough that a busy day is soon done. */
const batch = 200

/**
 * Repeats `some` in transactions of its own until it finds nothing more to do. What time brings about is found by an
 * index on the time at which it comes, so that a sweep with nothing to do costs one look.
 */
export function sweeping(
  name: string,
  everySeconds: number,
  some: (ctx: TxCtx, limit: number) => Promise<number>,
  limit = batch,
): Sweep {
  return defineSweep({
    name,
    everySeconds,
    run: async ({ service, networkId, time, signal }: NetworkDeps) => {
      const now = time.now()
      const once = () =>
        openSystemContext(service, networkId, { requestId: `sweep:${name}`, now }).transaction(
          (ctx) => some(ctx, limit),
          { action: name },
        )
      while (!signal.aborted && (await once()) === limit);
    },
  })
}
