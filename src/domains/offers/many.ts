import { and, desc, eq } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { firstPages } from '../../core/first-pages.ts'
import { grouped } from '../../core/grouped.ts'
import { eachById, FirstPages, Many } from '../../core/many.ts'
import { cutPage, sealCursor } from '../../core/page.ts'
import { anyOf, each, eachId } from '../../db/each.ts'
import { newestOfEach } from '../../db/newest.ts'
import { statusOfReferrals } from '../referrals/store.ts'
import { OwnOfferFilter } from './contract.ts'
import { statusIs, toOffer } from './store.ts'
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

/** The offers to each mentor, newest first, as `listOwnOffers` lists them. */
export const offersOfMentors = action({
  id: 'offers.ofMentors',
  scope: 'matching:read',
  portal: ['mentor'],
  input: FirstPages.extend({ status: OwnOfferFilter.shape.status }),
  run: async (ctx, { ids, limit, status }) => {
    const of = and(
      eq(offers.organizationId, ctx.organizationId),
      eq(offers.mentorId, eachId),
      status && statusIs(ctx, status),
    )
    const rows = await ctx.db
      .select(sealedOffers.columns)
      .from(offers)
      .where(and(eq(offers.networkId, ctx.networkId), newestOfEach(ctx, offers, { ids, limit, of })))
      .orderBy(desc(offers.id))
    const rowsOf = grouped(await sealedOffers.open(ctx, rows), ({ mentorId }) => mentorId)
    return firstPages(ctx, {
      ids,
      limit,
      list: 'own-offers',
      filters: (mentorId) => ({ status, mentorId }),
      rowsOf,
      show: (row) => toOffer(row, ctx.now),
    })
  },
})
