import { and, asc, eq, isNotNull, isNull, lt } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { castShadow } from '../decisions/shadow.ts'
import { patientsUnder } from './store.ts'
import { agreements } from './table.ts'

/** From the first moment after an agreement's last day on, nobody finds rows by it. Skips what another process has in hand. */
export async function expireAgreements(ctx: TxCtx, limit: number): Promise<number> {
  const { db, networkId, now } = ctx
  const due = await db
    .select()
    .from(agreements)
    .where(
      and(
        eq(agreements.networkId, networkId),
        isNotNull(agreements.endsOn),
        isNull(agreements.expiryToldAt),
        lt(agreements.endsOn, now.toISOString().slice(0, 10)),
      ),
    )
    .orderBy(asc(agreements.endsOn), asc(agreements.id))
    .limit(limit)
    .for('update', { skipLocked: true })
  for (const row of due) {
    ctx.write(
      db
        .update(agreements)
        .set({ expiryToldAt: now })
        .where(and(eq(agreements.networkId, networkId), eq(agreements.id, row.id))),
    )
    for (const patientId of await patientsUnder(ctx, row)) await castShadow(ctx, patientId)
  }
  return due.length
}
