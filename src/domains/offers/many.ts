import { and, desc, eq, inArray } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { grouped } from '../../core/grouped.ts'
import { eachById, FirstPages, Many } from '../../core/many.ts'
import { cutPage, sealCursor } from '../../core/page.ts'
import { each, eachId } from '../../db/each.ts'
import { statusOfReferrals } from '../referrals/store.ts'
import { toOffer } from './store.ts'
import { offers } from './table.ts'

export const getOffers = action({
  id: 'offers.getMany',
  scope: 'matching:read',
  portal: ['mentor'],
  input: Many,
  run: async (ctx, { ids }) => {
    const rows = await ctx.db
      .select()
      .from(offers)
      .where(and(eq(offers.networkId, ctx.networkId), inArray(offers.id, ids)))
    return eachById(rows.map((row) => toOffer(row, ctx.now)))
  },
})

/** The offers of each referral that the caller's organization was asked to take, newest first. */
export const offersOfReferrals = action({
  id: 'offers.ofReferrals',
  scope: 'matching:read',
  input: FirstPages,
  run: async (ctx, { ids, limit }) => {
    const newest = ctx.db
      .select()
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
        .then((found) => found),
    ])
    const ofReferral = grouped(rows, ({ newest }) => newest.referralId)
    return asked
      .filter(({ parties }) => parties.includes('target'))
      .map(({ row: { id } }) => {
        const page = cutPage(ofReferral(id), limit, ({ newest }) =>
          sealCursor(ctx, 'offers', id, [newest.id]),
        )
        const data = page.rows.map(({ newest }) => toOffer(newest, ctx.now))
        return { id, answer: { data, nextCursor: page.nextCursor } }
      })
  },
})
