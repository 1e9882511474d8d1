import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, absentIfNotFound, invalidInput } from '../../core/errors.ts'
import { Id } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { canBeOverridden } from '../matching/constraints.ts'
import { judgePair, refuseUnfit } from '../matching/find.ts'
import { requireRoom } from '../mentors/store.ts'
import { startMentorship } from '../mentorships/start.ts'
import { findLiving } from '../mentorships/store.ts'
import { AcceptOffer, DeclineOffer, NewOffer, OfferFilter, OwnOfferFilter } from './contract.ts'
import {
  answer,
  findAsked,
  findOffer,
  goOnWithout,
  makeOffer,
  type OfferRow,
  offerToBest,
  requireMatchable,
  statusIs,
  takenOver,
  tell,
  toOffer,
} from './store.ts'
import { offers, sealedOffers } from './table.ts'

export const createOffer = action({
  id: 'offers.create',
  scope: 'matching:write',
  input: NewOffer,
  run: async (ctx, { id: referralId, mentorId, overrideReason, handOver }) => {
    const [record, living] = await Promise.all([findAsked(ctx, referralId), findLiving(ctx, referralId)])
    checkVersion(ctx, record.row.version)
    requireMatchable(record)
    const takesOverFrom = takenOver(living, handOver)
    if (mentorId === undefined) {
      const offer = await offerToBest(ctx, record, takesOverFrom)
      if (!offer)
        throw new AppError(
          'no_mentor_available',
          'No mentor fits this referral just now. GET its candidates to see what excludes them.',
        )
      return toOffer(offer, ctx.now)
    }
    const pair = await judgePair(ctx, record, mentorId).catch(absentIfNotFound)
    if (!pair)
      throw invalidInput({
        path: ['mentorId'],
        code: 'unknown_mentor',
        detail: 'Your organization has no such mentor.',
      })
    requireRoom(pair.mentor, pair.points, ctx.now)
    refuseUnfit(pair.failed, overrideReason)
    const overridden = pair.failed.filter(canBeOverridden)
    const offer = await makeOffer(ctx, record, {
      mentorId,
      chosenBy: 'coordinator',
      score: pair.score,
      overridden,
      overrideReason: overridden.length > 0 ? overrideReason : undefined,
      takesOverFrom,
    })
    return toOffer(offer, ctx.now)
  },
})

export const getOffer = action({
  id: 'offers.get',
  scope: 'matching:read',
  portal: ['mentor'],
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => toOffer(await findOffer(ctx, id), ctx.now),
})

function pageOfOffers(
  ctx: TxCtx,
  page: {
    readonly list: string
    readonly filters: unknown
    readonly limit: number
    readonly cursor?: string | undefined
  },
  condition: ReturnType<typeof and>,
) {
  return pageById(ctx, page, (after, rows) =>
    ctx.db
      .select(sealedOffers.columns)
      .from(offers)
      .where(and(eq(offers.networkId, ctx.networkId), condition, after ? lt(offers.id, after) : undefined))
      .orderBy(desc(offers.id))
      .limit(rows),
  )
}

export const listOffers = action({
  id: 'offers.list',
  scope: 'matching:read',
  input: OfferFilter,
  run: async (ctx, { id, limit, cursor }) => {
    await findAsked(ctx, id)
    const page = await pageOfOffers(
      ctx,
      { list: 'offers', filters: id, limit, cursor },
      eq(offers.referralId, id),
    )
    return {
      data: (await sealedOffers.open(ctx, page.rows)).map((row) => toOffer(row, ctx.now)),
      nextCursor: page.nextCursor,
    }
  },
})

/** What waits for an answer, in one list: for a coordinator those of the organization, for a mentor their own. */
export const listOwnOffers = action({
  id: 'offers.listOwn',
  scope: 'matching:read',
  portal: ['mentor'],
  input: OwnOfferFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const condition = and(
      eq(offers.organizationId, ctx.organizationId),
      filters.status ? statusIs(ctx, filters.status) : undefined,
      filters.mentorId ? eq(offers.mentorId, filters.mentorId) : undefined,
    )
    const page = await pageOfOffers(ctx, { list: 'own-offers', filters, limit, cursor }, condition)
    return {
      data: (await sealedOffers.open(ctx, page.rows)).map((row) => toOffer(row, ctx.now)),
      nextCursor: page.nextCursor,
    }
  },
})

export const acceptOffer = action({
  id: 'offers.accept',
  scope: 'matching:write',
  portal: ['mentor'],
  input: AcceptOffer,
  run: async (ctx, { id }) => {
    const offer = await findOpen(ctx, id)
    const [record, living] = await Promise.all([
      findAsked(ctx, offer.referralId),
      findLiving(ctx, offer.referralId),
    ])
    const takesOverFrom = takenOver(living, offer.handsOverId !== null && offer.handsOverId === living?.id)
    // A relation may have been declared, or a panel uploaded, since the offer was made.
    const { failed } = await judgePair(ctx, record, offer.mentorId)
    refuseUnfit(
      failed.filter((constraint) => !canBeOverridden(constraint)),
      undefined,
    )
    const mentorship = await startMentorship(ctx, record, offer.mentorId, takesOverFrom)
    const answered = await answer(ctx, offer, { status: 'accepted', mentorshipId: mentorship.id })
    tell(ctx, 'offer.accepted', { ...answered, patientId: record.row.patientId })
    return toOffer(answered, ctx.now)
  },
})

export const declineOffer = action({
  id: 'offers.decline',
  scope: 'matching:write',
  portal: ['mentor'],
  input: DeclineOffer,
  run: async (ctx, { id, reason }) => {
    const offer = await findOpen(ctx, id)
    const record = await findAsked(ctx, offer.referralId)
    const answered = await answer(ctx, offer, { status: 'declined', declineReason: reason ?? null })
    tell(ctx, 'offer.declined', { ...answered, patientId: record.row.patientId })
    await goOnWithout(ctx, record, answered, 'decline_offer')
    return toOffer(answered, ctx.now)
  },
})

async function findOpen(ctx: TxCtx, id: string): Promise<OfferRow> {
  const offer = await findOffer(ctx, id)
  // Found behind the person wall: the offer is theirs to answer.
  ctx.beyondPerson()
  checkVersion(ctx, offer.version)
  const { status } = toOffer(offer, ctx.now)
  if (status !== 'pending') throw new AppError('offer_not_open', `The offer is ${status}.`)
  return offer
}
