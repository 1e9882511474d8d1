import { and, eq, lte } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { standingConsent } from '../recognition-consents/store.ts'
import { evaluate } from './evaluate.ts'
import { schemeInForce } from './store.ts'
import { recognitionEvaluations } from './table.ts'

/**
 * Looks again at what was asked for once, when its time has come, by the revision that is in force now. Under the
 * system's context; returns how many it took up. Of two sweeps each takes what the other has not in hand.
 */
export async function sweepRecognition(ctx: TxCtx, limit: number): Promise<number> {
  const due = await ctx.db
    .select()
    .from(recognitionEvaluations)
    .where(
      and(eq(recognitionEvaluations.networkId, ctx.networkId), lte(recognitionEvaluations.nextAt, ctx.now)),
    )
    .orderBy(recognitionEvaluations.nextAt)
    .limit(limit)
    .for('update', { skipLocked: true })
  for (const { id, organizationId, schemeCode, mentorId } of due) {
    const scheme = await schemeInForce(ctx, schemeCode)
    const mayShow = mentorId === null || (await standingConsent(ctx, mentorId)) !== undefined
    if (scheme && mayShow) await evaluate(ctx, { organizationId, scheme, mentorId, occasion: 'scheduled' })
    else await rest(ctx, id)
  }
  return due.length
}

/** The scheme is in force no more, or the mentor consents no more: there is nothing to look at again. */
async function rest({ db, networkId }: TxCtx, id: string): Promise<void> {
  await db
    .update(recognitionEvaluations)
    .set({ nextAt: null })
    .where(and(eq(recognitionEvaluations.networkId, networkId), eq(recognitionEvaluations.id, id)))
}
