import { and, eq, inArray, isNotNull, isNull, ne, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { dueAt } from '../clocks/rules.ts'
import type { Turn } from '../clocks/store.ts'
import { offers } from '../offers/table.ts'
import { advance, type ReferralRecord, selectReferrals, toFound } from '../referrals/store.ts'
import { referrals } from '../referrals/table.ts'
import { closeLiving, contactEvidence, type MentorshipRow, ofReferral } from './store.ts'
import { mentorships } from './table.ts'
import { nextTurn } from './turn.ts'

/**
 * A mentor leaves or pauses: in the same transaction each of their people has a coordinator, a next action and a
 * clock to find the next mentor. One who pauses keeps their people until somebody else takes over, or until they
 * are back; one who has gone does not.
 */
export async function leaveNobodyAlone(ctx: TxCtx, mentorId: string, why: 'paused' | 'ended'): Promise<void> {
  const ofMentor = and(eq(mentorships.mentorId, mentorId), ne(mentorships.status, 'closed'))
  const [affected, withdrawn] = await Promise.all([
    why === 'ended'
      ? closeLiving(ctx, ofMentor, { outcome: 'mentor_unavailable', because: 'mentor_ended' })
      : markForReassignment(ctx, mentorId),
    withdrawOffersOf(ctx, mentorId),
  ])
  for (const { id, readerIds } of affected)
    ctx.emit({ type: 'mentorship.needs_reassignment', subjectType: 'mentorship', subjectId: id, readerIds })
  const running = affected.filter(({ status }) => status !== 'paused')
  const records = await openReferrals(
    ctx,
    [...running, ...withdrawn].map(({ referralId }) => referralId),
  )
  const left = new Set(running.map(({ referralId }) => referralId))
  await Promise.all(
    records
      .filter(({ row }) => row.status !== 'on_hold')
      .map((record) =>
        advance(ctx, record, {
          command: why === 'ended' ? 'mentor_ended' : 'mentor_paused',
          businessStatus: 'awaiting_match',
          turn: searching(ctx, record, left.has(record.row.id) ? 'reassign_mentor' : 'offer_mentor'),
        }),
      ),
  )
}

function markForReassignment({ db, networkId, now }: TxCtx, mentorId: string): Promise<MentorshipRow[]> {
  return db
    .update(mentorships)
    .set({ reassignSince: now, version: sql`${mentorships.version} + 1`, updatedAt: now })
    .where(
      and(
        eq(mentorships.networkId, networkId),
        eq(mentorships.mentorId, mentorId),
        ne(mentorships.status, 'closed'),
        isNull(mentorships.reassignSince),
      ),
    )
    .returning()
    .then((rows) => rows)
}

function withdrawOffersOf({ db, networkId, now }: TxCtx, mentorId: string) {
  return db
    .update(offers)
    .set({ status: 'withdrawn', answeredAt: now, version: sql`${offers.version} + 1`, updatedAt: now })
    .where(and(eq(offers.networkId, networkId), eq(offers.mentorId, mentorId), eq(offers.status, 'pending')))
    .returning()
}

/** The other way: a mentor is back, and those of their people whom nobody took over are theirs again. */
export async function returnToTheirPeople(ctx: TxCtx, mentorId: string): Promise<void> {
  const { db, networkId, now } = ctx
  const back = await db
    .update(mentorships)
    .set({ reassignSince: null, resumedAt: now, version: sql`${mentorships.version} + 1`, updatedAt: now })
    .where(
      and(
        eq(mentorships.networkId, networkId),
        eq(mentorships.mentorId, mentorId),
        ne(mentorships.status, 'closed'),
        isNotNull(mentorships.reassignSince),
      ),
    )
    .returning()
  if (back.length === 0) return
  // Whoever was asked in the meantime is asked no longer: the person has their mentor back.
  await db
    .update(offers)
    .set({ status: 'withdrawn', answeredAt: now, version: sql`${offers.version} + 1`, updatedAt: now })
    .where(
      and(
        eq(offers.networkId, networkId),
        eq(offers.status, 'pending'),
        inArray(
          offers.handsOverId,
          back.map(({ id }) => id),
        ),
      ),
    )
  const running = back.filter(({ status }) => status === 'active')
  const records = await openReferrals(
    ctx,
    running.map(({ referralId }) => referralId),
  )
  const living = new Map(running.map((mentorship) => [mentorship.referralId, mentorship]))
  await Promise.all(
    records
      .filter(({ row }) => row.status !== 'on_hold')
      .map(async (record) => {
        const evidence = await contactEvidence(ctx, ofReferral(ctx, record.row.id))
        const { priority, receivingOrganizationId } = record.row
        const standing = {
          ...record,
          priority,
          receivingOrganizationId,
          living: living.get(record.row.id),
          evidence,
        }
        return advance(ctx, record, {
          command: 'mentor_returned',
          businessStatus: evidence.lastTwoWayAt ? 'contact_completed' : 'attempting_contact',
          turn: nextTurn(standing, now),
        })
      }),
  )
}

async function openReferrals(ctx: TxCtx, ids: readonly string[]): Promise<ReferralRecord[]> {
  if (ids.length === 0) return []
  const rows = await selectReferrals(
    ctx,
    and(inArray(referrals.id, [...new Set(ids)]), eq(referrals.open, true)),
  )
  return rows.map((row) => ({ ...toFound(row), consents: [], parties: [] }))
}

/** A coordinator's turn to find the next mentor. */
export function searching(
  ctx: TxCtx,
  { row, deadlines }: Pick<ReferralRecord, 'row' | 'deadlines'>,
  action: 'offer_mentor' | 'reassign_mentor',
): Turn {
  return {
    action,
    ownerOrganizationId: row.receivingOrganizationId,
    ownerRole: 'coordinator',
    dueAt: dueAt(action, row.priority, ctx.now, deadlines),
  }
}
