import type { TxCtx } from '../core/context.ts'
import { openSystemContext, type Service } from '../db/access.ts'
import { rewrapSome } from '../db/person-keys.ts'
import { networkIds } from './networks.ts'
import { sealSome } from './sealing.ts'

/** Rows of one transaction: a request that wants one of them waits for no more than that. */
const batch = 500

/** What the sweeps do in their time, at once and to the end: after it, the master keys before can be taken away. */
export async function rewrapAll(
  service: Service,
  now: Date,
): Promise<{ readonly rewrapped: number; readonly sealed: number }> {
  let [rewrapped, sealed] = [0, 0]
  for (const networkId of await networkIds(service)) {
    const context = openSystemContext(service, networkId, { requestId: 'keys.rewrap', now })
    const toTheEnd = async (some: (ctx: TxCtx, limit: number) => Promise<number>) => {
      for (let total = 0; ; ) {
        const done = await context.transaction((ctx) => some(ctx, batch), { action: 'keys.rewrap' })
        total += done
        if (done < batch) return total
      }
    }
    rewrapped += await toTheEnd(rewrapSome)
    sealed += await toTheEnd(sealSome)
  }
  return { rewrapped, sealed }
}
