import { and, eq, gt, lte, or, type SQL, sql } from 'drizzle-orm'
import type { EventType, TxCtx } from '../../core/context.ts'
import { AppError, notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { only } from '../../db/rows.ts'
import { keyOf, type Opened } from '../../db/sealing.ts'
import { LostRace } from '../../db/transaction.ts'
import { dueAt } from '../clocks/rules.ts'
import type { Constraint } from '../matching/constraints.ts'
import { findCandidates } from '../matching/find.ts'
import { matchRules, millionths } from '../matching/score.ts'
import { permittedTo } from '../matching/store.ts'
import { goOn } from '../mentorships/departure.ts'
import { type MentorshipRow, standingOf } from '../mentorships/store.ts'
import { advance, findReferralById, type ReferralRecord, requireStatusConsent } from '../referrals/store.ts'
import type { Offer } from './contract.ts'
import { offers, sealedOffers } from './table.ts'

export type OfferRow = Opened<typeof offers>

export function toOffer({ networkId: _, patientId: __, ...row }: OfferRow, now: Date): Offer {
  return {
    ...row,
    status: row.status === 'pending' && row.expiresAt <= now ? 'expired' : row.status,
    expiresAt: toInstant(row.expiresAt),
    answeredAt: toInstantOrNull(row.answeredAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

/** As an offer is shown: one whose time is up has expired, whether or not the sweep has come by. */
export function statusIs({ now }: TxCtx, status: OfferRow['status']): SQL | undefined {
  const waiting = eq(offers.status, 'pending')
  if (status === 'pending') return and(waiting, gt(offers.expiresAt, now))
  if (status === 'expired') return or(eq(offers.status, 'expired'), and(waiting, lte(offers.expiresAt, now)))
  return eq(offers.status, status)
}

/** The referral, for the organization that was asked: matching is its work, while a consent is in force. */
export async function findAsked(ctx: TxCtx, referralId: string): Promise<ReferralRecord> {
  const record = await findReferralById(ctx, referralId)
  requireStatusConsent(ctx, record)
  // Who was asked to mentor is the receiving organization's own business: to the sender there are no offers.
  if (!record.parties.includes('target')) throw notFound('offer')
  return record
}

export function requireMatchable({ row }: ReferralRecord): void {
  if (row.status === 'accepted' || row.status === 'in_progress') return
  throw new AppError('transition_not_allowed', `A referral that is ${row.status} is not offered to mentors.`)
}

/** A person has one mentor at a time. The next is asked when the present one is away, or hands over. */
export function takenOver(
  living: MentorshipRow | undefined,
  handOver: boolean | undefined,
): MentorshipRow | undefined {
  if (living && !living.reassignSince && !handOver)
    throw new AppError('already_accompanied', 'The referral already has a mentorship that has not closed.')
  if (handOver && !living)
    throw new AppError('transition_not_allowed', 'There is no mentorship to hand over from.')
  return living
}

export interface Choice {
  readonly mentorId: string
  readonly chosenBy: OfferRow['chosenBy']
  readonly score: number
  readonly overridden?: readonly Constraint[]
  readonly overrideReason?: string | undefined
  readonly takesOverFrom?: MentorshipRow | undefined
}

/** Puts a referral before a mentor. One offer waits at a time: the database refuses a second. */
export async function makeOffer(ctx: TxCtx, record: ReferralRecord, choice: Choice): Promise<OfferRow> {
  const { row, deadlines } = record
  const { networkId, now } = ctx
  await expireUnanswered(ctx, row)
  const expiresAt = dueAt('answer_offer', row.priority, now, deadlines)
  const stored = await ctx.db
    .insert(offers)
    .values(
      sealedOffers.row(keyOf(row), {
        networkId,
        id: newId(now),
        organizationId: row.receivingOrganizationId,
        referralId: row.id,
        patientId: row.patientId,
        mentorId: choice.mentorId,
        status: 'pending',
        chosenBy: choice.chosenBy,
        overridden: [...(choice.overridden ?? [])],
        overrideReason: choice.overrideReason,
        handsOverId: choice.takesOverFrom?.id,
        score: choice.score / millionths,
        ruleSet: matchRules,
        expiresAt,
        createdAt: now,
        updatedAt: now,
      }),
    )
    .returning(sealedOffers.columns)
  const offer = only(await sealedOffers.open(ctx, stored))
  await advance(ctx, record, {
    command: 'offer',
    businessStatus: 'offered_to_mentor',
    turn: {
      action: 'answer_offer',
      ownerOrganizationId: row.receivingOrganizationId,
      ownerRole: 'mentor',
      dueAt: expiresAt,
    },
  })
  tell(ctx, 'offer.made', { ...offer, patientId: row.patientId })
  return offer
}

/** Silence is an answer: an offer whose time is up no longer stands in the way of the next. */
async function expireUnanswered(ctx: TxCtx, { id, patientId }: ReferralRecord['row']) {
  const expired = await ctx.db
    .update(offers)
    .set({ status: 'expired', answeredAt: ctx.now, version: sql`${offers.version} + 1`, updatedAt: ctx.now })
    .where(
      and(
        eq(offers.networkId, ctx.networkId),
        eq(offers.referralId, id),
        eq(offers.status, 'pending'),
        lte(offers.expiresAt, ctx.now),
      ),
    )
    .returning({ id: offers.id, organizationId: offers.organizationId })
  for (const offer of expired) tell(ctx, 'offer.expired', { ...offer, patientId })
}

/** Asks the best candidate who was not asked yet. Undefined when there is none. */
export async function offerToBest(
  ctx: TxCtx,
  record: ReferralRecord,
  takesOverFrom?: MentorshipRow,
): Promise<OfferRow | undefined> {
  // A consent that has run out ends the search: who was found could not be asked to accept.
  if (!permittedTo(ctx, record).has('referral_status')) return undefined
  const { ranking } = await findCandidates(ctx, record)
  const [best] = ranking.ranked
  return (
    best &&
    makeOffer(ctx, record, {
      mentorId: best.mentor.id,
      chosenBy: 'automatic',
      score: best.score,
      takesOverFrom,
    })
  )
}

/**
 * After a no, or after silence. Where the service chose, it asks the next; where a coordinator or the person chose,
 * or nobody is left, it is the coordinator's turn. Somebody's turn it is always.
 */
export async function goOnWithout(
  ctx: TxCtx,
  record: ReferralRecord,
  offer: OfferRow,
  command: string,
): Promise<void> {
  const { living } = await standingOf(ctx, record)
  // With a mentor who is there, the next one is asked only where a handover was wished for.
  const wanted = !living || living.reassignSince !== null || living.id === offer.handsOverId
  if (offer.chosenBy === 'automatic' && wanted && (await offerToBest(ctx, record, living))) return
  await goOn(ctx, record, command)
}

export async function findOffer(ctx: TxCtx, id: string): Promise<OfferRow> {
  const rows = await ctx.db
    .select(sealedOffers.columns)
    .from(offers)
    .where(and(eq(offers.networkId, ctx.networkId), eq(offers.id, id)))
  const [row] = await sealedOffers.open(ctx, rows)
  if (!row) throw notFound('offer')
  return row
}

export async function answer(ctx: TxCtx, found: OfferRow, changes: Partial<OfferRow>): Promise<OfferRow> {
  const { id, version } = found
  const changed = await ctx.db
    .update(offers)
    .set({
      ...sealedOffers.changes(found, changes),
      answeredAt: ctx.now,
      version: version + 1,
      updatedAt: ctx.now,
    })
    .where(and(eq(offers.networkId, ctx.networkId), eq(offers.id, id), eq(offers.version, version)))
    .returning(sealedOffers.columns)
  const [answered] = await sealedOffers.open(ctx, changed)
  if (!answered) throw new LostRace()
  return answered
}

export function tell(
  ctx: TxCtx,
  type: Extract<EventType, `offer.${string}`>,
  { id, organizationId, patientId }: Pick<OfferRow, 'id' | 'organizationId'> & { readonly patientId: string },
) {
  ctx.emit({ type, subjectType: 'offer', subjectId: id, patientId, organizationId })
  ctx.touch({ subjectType: 'offer', subjectId: id, patientId })
}
