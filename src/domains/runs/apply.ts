import { and, eq, inArray, ne, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { AppError, type ErrorCode } from '../../core/errors.ts'
import { failedConstraints } from '../matching/constraints.ts'
import { refuseUnfit } from '../matching/find.ts'
import { millionths } from '../matching/score.ts'
import { mentorRows, type Seeking, seekersOf, toMentorFacts } from '../matching/store.ts'
import { type MentorRow, requireRoom } from '../mentors/store.ts'
import type { MentorshipRow } from '../mentorships/store.ts'
import { mentorships, sealedMentorships } from '../mentorships/table.ts'
import { makeOffer, requireMatchable, takenOver } from '../offers/store.ts'
import { offers } from '../offers/table.ts'
import {
  type ReferralRecord,
  requireStatusConsent,
  selectReferrals,
  withGrounds,
} from '../referrals/store.ts'
import { referrals } from '../referrals/table.ts'
import type { PairRow } from './store.ts'
import { matchingRunPairs } from './table.ts'

/** Pairs that go out together; their statements travel in one pipeline. */
const together = 100

/** Looks at each pair again as it is now, and makes the offers of those that still hold. */
export async function applyPairs(ctx: TxCtx, pairs: readonly PairRow[]): Promise<PairRow[]> {
  const settled: PairRow[] = []
  if (pairs.length === 0) return settled
  const mentors = await mentorRows(
    ctx,
    pairs.map(({ mentorId }) => mentorId),
  )
  for (let from = 0; from < pairs.length; from += together) {
    const some = pairs.slice(from, from + together)
    const now = await lookAgain(ctx, some)
    settled.push(...(await Promise.all(some.map((pair) => settle(ctx, pair, now(pair), mentors)))))
  }
  await keep(ctx, settled)
  return settled
}

interface Now {
  readonly record: ReferralRecord | undefined
  readonly seeking: Seeking | undefined
  readonly living: MentorshipRow | undefined
  readonly waitsForAnswer: boolean
}

/** What is known of the pairs' referrals now, locked until the offers are made: a fixed number of statements. */
async function lookAgain(ctx: TxCtx, pairs: readonly PairRow[]): Promise<(pair: PairRow) => Now> {
  const { db, networkId } = ctx
  const ids = pairs.map(({ referralId }) => referralId)
  await db
    .select({ id: referrals.id })
    .from(referrals)
    .where(and(eq(referrals.networkId, networkId), inArray(referrals.id, ids)))
    .orderBy(referrals.id)
    .for('update')
  const [rows, living, waiting] = await Promise.all([
    selectReferrals(ctx, inArray(referrals.id, ids)),
    db
      .select(sealedMentorships.columns)
      .from(mentorships)
      .where(
        and(
          eq(mentorships.networkId, networkId),
          inArray(mentorships.referralId, ids),
          ne(mentorships.status, 'closed'),
        ),
      )
      .then((rows) => sealedMentorships.open(ctx, rows)),
    db
      .select({ referralId: offers.referralId })
      .from(offers)
      .where(
        and(
          eq(offers.networkId, networkId),
          inArray(offers.referralId, ids),
          eq(offers.status, 'pending'),
          sql`${offers.expiresAt} > ${ctx.now.toISOString()}`,
        ),
      ),
  ])
  const records = await withGrounds(ctx, rows)
  const seekers = await seekersOf(ctx, records)
  return ({ referralId }) => ({
    record: records.find(({ row }) => row.id === referralId),
    seeking: seekers.find(({ record }) => record.row.id === referralId),
    living: living.find((mentorship) => mentorship.referralId === referralId),
    waitsForAnswer: waiting.some((offer) => offer.referralId === referralId),
  })
}

async function settle(
  ctx: TxCtx,
  pair: PairRow,
  now: Now,
  mentors: ReadonlyMap<string, MentorRow>,
): Promise<PairRow> {
  const refused = (refusal: ErrorCode | 'referral_changed'): PairRow => ({
    ...pair,
    status: 'refused',
    refusal,
  })
  const { record, seeking, living, waitsForAnswer } = now
  if (!record || !seeking || record.row.version !== pair.referralVersion) return refused('referral_changed')
  if (waitsForAnswer) return refused('offer_already_open')
  const mentor = mentors.get(pair.mentorId)
  if (!mentor) return refused('mentor_not_available')
  try {
    requireStatusConsent(ctx, record)
    requireMatchable(record)
    requireRoom(mentor, seeking.seeker.points, ctx.now)
    refuseUnfit(failedConstraints(toMentorFacts(mentor, ctx.now), seeking.seeker), undefined)
    const takesOverFrom = takenOver(living, false)
    const offer = await makeOffer(ctx, record, {
      mentorId: pair.mentorId,
      chosenBy: 'matching_run',
      score: Math.round(pair.score * millionths),
      takesOverFrom,
    })
    return { ...pair, status: 'applied', offerId: offer.id }
  } catch (error) {
    // What the rules refuse is said of the pair; anything else is not for the pair to bear.
    if (error instanceof AppError) return refused(error.code)
    throw error
  }
}

async function keep(ctx: TxCtx, settled: readonly PairRow[]): Promise<void> {
  const [first] = settled
  if (!first) return
  const column = (values: readonly (string | null)[], type: string) =>
    sql`unnest(${sql.param(values)}::${sql.raw(type)}[])`
  await ctx.db.execute(sql`
    update ${matchingRunPairs} set status = s.status, refusal = s.refusal, offer_id = s.offer_id
    from (select ${column(
      settled.map(({ referralId }) => referralId),
      'uuid',
    )} as referral_id,
                 ${column(
                   settled.map(({ status }) => status),
                   'text',
                 )} as status,
                 ${column(
                   settled.map(({ refusal }) => refusal),
                   'text',
                 )} as refusal,
                 ${column(
                   settled.map(({ offerId }) => offerId),
                   'uuid',
                 )} as offer_id) s
    where ${matchingRunPairs.networkId} = ${ctx.networkId} and ${matchingRunPairs.runId} = ${first.runId}
      and ${matchingRunPairs.referralId} = s.referral_id`)
}
