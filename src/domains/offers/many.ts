import { and, desc, eq } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { grouped } from '../../core/grouped.ts'
import { eachById, FirstPages, Many } from '../../core/many.ts'
import { cutPage, sealCursor } from '../../core/page.ts'
import { anyOf, each, eachId } from '../../db/each.ts'
import { statusOfReferrals } from '../referrals/store.ts'
import { toOffer } from './store.ts'
import { offers, sealedOffers } from './table.ts'

export const getOffers = action({
  id: 'offers.getMany',
  scope: 'matching:read',
  portal: ['mentor'],
  input: Many,
  run: async (ctx, { ids }) => {
    const rows = await ctx.db
      .select(sealedOffers.columns)
      .from(offers)
      .where(and(eq(offers.networkId, ctx.networkId), anyOf(offers.id, ids)))
    return eachById((await sealedOffers.open(ctx, rows)).map((row) => toOffer(row, ctx.now)))
  },
})

/** The offers of each referral that the caller's organization was asked to take, newest first. */
export const offersOfReferrals = action({
  id: 'offers.ofReferrals',
  scope: 'matching:read',
  input: FirstPages,
  run: async (ctx, { ids, limit }) => {
    const newest = ctx.db
      .select(sealedOffers.columns)
      .from(offers)
      .where(and(eq(offers.networkId, ctx.networkId), eq(offers.referralId, eachId)))
      .orderBy(desc(offers.id))
      .limit(limit + 1)
      .as('newest')
    const [asked, rows] = await Promise.all([
      statusOfReferrals(ctx, ids),
      ctx.db
        .select()
        .from(each(ids))
        .crossJoinLateral(newest)
        .then((found) =>
          sealedOffers.open(
            ctx,
            found.map(({ newest: one }) => one),
          ),
        ),
    ])
    const ofReferral = grouped(rows, (offer) => offer.referralId)
    return asked
      .filter(({ parties }) => parties.includes('target'))
      .map(({ row: { id } }) => {
        const page = cutPage(ofReferral(id), limit, (last) => sealCursor(ctx, 'offers', id, [last.id]))
        const data = page.rows.map((offer) => toOffer(offer, ctx.now))
        return { id, answer: { data, nextCursor: page.nextCursor } }
      })
  },
})
