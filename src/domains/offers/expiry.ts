import { and, asc, eq, lte } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { groundsOf } from '../decisions/grounds.ts'
import { selectReferrals, toFound } from '../referrals/store.ts'
import { referrals } from '../referrals/table.ts'
import { answer, goOnWithout, tell } from './store.ts'
import { offers, sealedOffers } from './table.ts'

/**
 * Silence is an answer too: offers whose time is up expire, and each of their referrals goes on, to the next candidate
 * or to the coordinator. Skips what another process has in hand.
 */
export async function expireOffers(ctx: TxCtx, limit: number): Promise<number> {
  const found = await ctx.db
    .select(sealedOffers.columns)
    .from(offers)
    .where(
      and(eq(offers.networkId, ctx.networkId), eq(offers.status, 'pending'), lte(offers.expiresAt, ctx.now)),
    )
    .orderBy(asc(offers.expiresAt), asc(offers.id))
    .limit(limit)
    .for('update', { skipLocked: true })
  const due = await sealedOffers.open(ctx, found)
  for (const offer of due) {
    const expired = await answer(ctx, offer, { status: 'expired' })
    const [selected] = await selectReferrals(ctx, eq(referrals.id, offer.referralId))
    if (!selected) continue
    tell(ctx, 'offer.expired', { ...expired, patientId: selected.row.patientId })
    if (!['accepted', 'in_progress'].includes(selected.row.status)) continue
    const grounds = await groundsOf(ctx, selected.row.patientId)
    await goOnWithout(ctx, { ...toFound(selected), grounds, parties: [] }, expired, 'offer_expired')
  }
  return due.length
}
