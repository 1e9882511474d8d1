import { and, desc, eq, lt, lte, sql } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { EventType, TxCtx } from '../../core/context.ts'
import { AppError, absentIfNotFound, invalidInput, notFound } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { only } from '../../db/rows.ts'
import { LostRace } from '../../db/transaction.ts'
import { dueAt } from '../clocks/rules.ts'
import { findMentor, requireRoom } from '../mentors/store.ts'
import { startMentorship } from '../mentorships/start.ts'
import { findLiving } from '../mentorships/store.ts'
import { advance, findReferralById, type ReferralRecord, requireStatusConsent } from '../referrals/store.ts'
import { AcceptOffer, DeclineOffer, NewOffer, type Offer, OfferFilter } from './contract.ts'
import { offers } from './table.ts'

type Row = typeof offers.$inferSelect

function toOffer({ networkId: _, ...row }: Row, now: Date): Offer {
  return {
    ...row,
    status: row.status === 'pending' && row.expiresAt <= now ? 'expired' : row.status,
    expiresAt: toInstant(row.expiresAt),
    answeredAt: toInstantOrNull(row.answeredAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

/** The referral, for the organization that was asked: matching is its work, while a consent is in force. */
async function findAsked(ctx: TxCtx, referralId: string): Promise<ReferralRecord> {
  const record = await findReferralById(ctx, referralId)
  requireStatusConsent(ctx, record)
  // Who was asked to mentor is the receiving organization's own business: to the sender there are no offers.
  if (!record.parties.includes('target')) throw notFound('offer')
  return record
}

export const createOffer = action({
  id: 'offers.create',
  scope: 'matching:write',
  input: NewOffer,
  run: async (ctx, { id: referralId, mentorId }) => {
    const [record, mentor, living] = await Promise.all([
      findAsked(ctx, referralId),
      findMentor(ctx, mentorId).catch(absentIfNotFound),
      findLiving(ctx, referralId),
    ])
    const { row, timeZone } = record
    checkVersion(ctx, row.version)
    if (row.status !== 'accepted' && row.status !== 'in_progress') {
      throw new AppError(
        'transition_not_allowed',
        `A referral that is ${row.status} is not offered to mentors.`,
      )
    }
    if (!mentor)
      throw invalidInput({
        path: ['mentorId'],
        code: 'unknown_mentor',
        detail: 'Your organization has no such mentor.',
      })
    requireRoom(mentor)
    if (living)
      throw new AppError('already_accompanied', 'The referral already has a mentorship that has not closed.')
    await expireUnanswered(ctx, referralId)
    const expiresAt = dueAt('answer_offer', row.priority, ctx.now, timeZone)
    const offer = only(await insertOffer(ctx, { referralId, mentorId, expiresAt }))
    await advance(ctx, record, {
      command: 'offer',
      businessStatus: 'offered_to_mentor',
      turn: {
        action: 'answer_offer',
        ownerOrganizationId: ctx.organizationId,
        ownerRole: 'mentor',
        dueAt: expiresAt,
      },
    })
    tell(ctx, 'offer.made', offer)
    return toOffer(offer, ctx.now)
  },
})

function insertOffer(
  ctx: TxCtx,
  { referralId, mentorId, expiresAt }: Pick<Row, 'referralId' | 'mentorId' | 'expiresAt'>,
) {
  const { db, networkId, organizationId, now } = ctx
  return db
    .insert(offers)
    .values({
      networkId,
      id: newId(now),
      organizationId,
      referralId,
      mentorId,
      status: 'pending',
      expiresAt,
      createdAt: now,
      updatedAt: now,
    })
    .returning()
}

/** Silence is an answer: an offer whose time is up no longer stands in the way of the next. */
async function expireUnanswered(ctx: TxCtx, referralId: string) {
  const expired = await ctx.db
    .update(offers)
    .set({ status: 'expired', answeredAt: ctx.now, version: sql`${offers.version} + 1`, updatedAt: ctx.now })
    .where(
      and(
        eq(offers.networkId, ctx.networkId),
        eq(offers.referralId, referralId),
        eq(offers.status, 'pending'),
        lte(offers.expiresAt, ctx.now),
      ),
    )
    .returning()
  for (const offer of expired) tell(ctx, 'offer.expired', offer)
}

export const getOffer = action({
  id: 'offers.get',
  scope: 'matching:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => toOffer(await findOffer(ctx, id), ctx.now),
})

async function findOffer({ db, networkId }: TxCtx, id: string): Promise<Row> {
  const [row] = await db
    .select()
    .from(offers)
    .where(and(eq(offers.networkId, networkId), eq(offers.id, id)))
  if (!row) throw notFound('offer')
  return row
}

export const listOffers = action({
  id: 'offers.list',
  scope: 'matching:read',
  input: OfferFilter,
  run: async (ctx, { id, limit, cursor }) => {
    await findAsked(ctx, id)
    const page = await pageById(ctx, { list: 'offers', filters: id, limit, cursor }, (after, rows) =>
      ctx.db
        .select()
        .from(offers)
        .where(
          and(
            eq(offers.networkId, ctx.networkId),
            eq(offers.referralId, id),
            after ? lt(offers.id, after) : undefined,
          ),
        )
        .orderBy(desc(offers.id))
        .limit(rows),
    )
    return { data: page.rows.map((row) => toOffer(row, ctx.now)), nextCursor: page.nextCursor }
  },
})

export const acceptOffer = action({
  id: 'offers.accept',
  scope: 'matching:write',
  input: AcceptOffer,
  run: async (ctx, { id }) => {
    const offer = await findOpen(ctx, id)
    const record = await findAsked(ctx, offer.referralId)
    const mentorship = await startMentorship(ctx, record, offer.mentorId)
    const answered = await answer(ctx, offer, { status: 'accepted', mentorshipId: mentorship.id })
    tell(ctx, 'offer.accepted', answered)
    return toOffer(answered, ctx.now)
  },
})

export const declineOffer = action({
  id: 'offers.decline',
  scope: 'matching:write',
  input: DeclineOffer,
  run: async (ctx, { id, reason }) => {
    const offer = await findOpen(ctx, id)
    const record = await findAsked(ctx, offer.referralId)
    const answered = await answer(ctx, offer, { status: 'declined', declineReason: reason ?? null })
    const { priority } = record.row
    await advance(ctx, record, {
      command: 'decline_offer',
      businessStatus: 'awaiting_match',
      turn: {
        action: 'offer_mentor',
        ownerOrganizationId: ctx.organizationId,
        ownerRole: 'coordinator',
        dueAt: dueAt('offer_mentor', priority, ctx.now, record.timeZone),
      },
    })
    tell(ctx, 'offer.declined', answered)
    return toOffer(answered, ctx.now)
  },
})

async function findOpen(ctx: TxCtx, id: string): Promise<Row> {
  const offer = await findOffer(ctx, id)
  checkVersion(ctx, offer.version)
  const { status } = toOffer(offer, ctx.now)
  if (status !== 'pending') throw new AppError('offer_not_open', `The offer is ${status}.`)
  return offer
}

async function answer(ctx: TxCtx, { id, version }: Row, changes: Partial<Row>): Promise<Row> {
  const [answered] = await ctx.db
    .update(offers)
    .set({ ...changes, answeredAt: ctx.now, version: version + 1, updatedAt: ctx.now })
    .where(and(eq(offers.networkId, ctx.networkId), eq(offers.id, id), eq(offers.version, version)))
    .returning()
  if (!answered) throw new LostRace()
  return answered
}

function tell(ctx: TxCtx, type: Extract<EventType, `offer.${string}`>, { id }: Row) {
  ctx.emit({ type, subjectType: 'offer', subjectId: id })
  ctx.touch({ subjectType: 'offer', subjectId: id })
}
