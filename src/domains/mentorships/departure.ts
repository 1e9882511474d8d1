import { and, eq, inArray, isNotNull, isNull, ne, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { dueAt } from '../clocks/rules.ts'
import type { Turn } from '../clocks/store.ts'
import { noGrounds } from '../decisions/facts.ts'
import { offers } from '../offers/table.ts'
import { advance, type ReferralRecord, selectReferrals, toFound } from '../referrals/store.ts'
import { referrals } from '../referrals/table.ts'
import { closeLiving, type MentorshipRow, standingOf, withdrawOffers } from './store.ts'
import { mentorships, sealedMentorships } from './table.ts'
import { businessStatusFor, nextTurn } from './turn.ts'

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
    withdrawOffers(ctx, eq(offers.mentorId, mentorId)),
  ])
  for (const { id, patientId, readerIds } of affected)
    ctx.emit({
      type: 'mentorship.needs_reassignment',
      subjectType: 'mentorship',
      subjectId: id,
      patientId,
      readerIds,
    })
  const command = why === 'ended' ? 'mentor_ended' : 'mentor_paused'
  const running = affected.filter(({ status }) => status !== 'paused')
  const left = new Set(running.map(({ referralId }) => referralId))
  const records = await openReferrals(
    ctx,
    [...running, ...withdrawn].map(({ referralId }) => referralId),
  )
  await Promise.all(
    records.map((record) =>
      left.has(record.row.id)
        ? advance(ctx, record, {
            command,
            businessStatus: 'awaiting_match',
            turn: searching(ctx, record, 'reassign_mentor'),
          })
        : goOn(ctx, record, command),
    ),
  )
}

/**
 * No offer waits any more: whoever accompanies the person has the turn again, and where nobody does, or they are away,
 * the coordinator has it.
 */
export async function goOn(ctx: TxCtx, record: ReferralRecord, command: string): Promise<void> {
  const standing = await standingOf(ctx, record)
  const turn = standing.living ? nextTurn(standing, ctx.now) : searching(ctx, record, 'offer_mentor')
  await advance(ctx, record, { command, businessStatus: businessStatusFor(turn.action), turn })
}

async function markForReassignment(ctx: TxCtx, mentorId: string): Promise<MentorshipRow[]> {
  const { db, networkId, now } = ctx
  const marked = await db
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
    .returning(sealedMentorships.columns)
  return sealedMentorships.open(ctx, marked)
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
    .returning({ id: mentorships.id, status: mentorships.status, referralId: mentorships.referralId })
  if (back.length === 0) return
  // Whoever was asked in the meantime is asked no longer: the person has their mentor back.
  const withdrawn = await withdrawOffers(
    ctx,
    inArray(
      offers.handsOverId,
      back.map(({ id }) => id),
    ),
  )
  const running = back.filter(({ status }) => status === 'active')
  const records = await openReferrals(
    ctx,
    [...running, ...withdrawn].map(({ referralId }) => referralId),
  )
  await Promise.all(records.map((record) => goOn(ctx, record, 'mentor_returned')))
}

/** Those of the referrals that are being worked on; what is on hold keeps its own clock. */
async function openReferrals(ctx: TxCtx, ids: readonly string[]): Promise<ReferralRecord[]> {
  if (ids.length === 0) return []
  const rows = await selectReferrals(
    ctx,
    and(inArray(referrals.id, [...new Set(ids)]), inArray(referrals.status, ['accepted', 'in_progress'])),
  )
  return rows.map((row) => ({ ...toFound(row), grounds: noGrounds, parties: [] }))
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
