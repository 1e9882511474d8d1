import { and, asc, desc, eq, inArray, or } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { grouped } from '../../core/grouped.ts'
import { eachById, FirstPages, Many } from '../../core/many.ts'
import { cutPage, sealCursor } from '../../core/page.ts'
import { anyOf, each, eachId } from '../../db/each.ts'
import { disclose } from '../disclosures/store.ts'
import { ReferralFilter } from './contract.ts'
import { ownAmong, readRecords, statusReading } from './store.ts'
import { referrals, referralTransitions, sealedTransitions } from './table.ts'
import { showReferrals, toAllowedTransitions, toTransition } from './view.ts'

/** As `getReferral`, with the short notice each. */
export const getReferrals = action({
  id: 'referrals.getMany',
  scope: 'referrals:read',
  portal: ['patient'],
  input: Many,
  run: async (ctx, { ids }) => {
    const own = await ownAmong(ctx, ids)
    return eachById(showReferrals(ctx, await readRecords(ctx, anyOf(referrals.id, own))))
  },
})

/** The referrals of each patient that the caller's organization sent or received, newest first. */
export const referralsOfPatients = action({
  id: 'referrals.ofPatients',
  scope: 'referrals:read',
  input: FirstPages.extend({
    status: ReferralFilter.shape.status,
    programId: ReferralFilter.shape.programId,
  }),
  run: async (ctx, { ids, limit, status, programId }) => {
    const { db, networkId, organizationId } = ctx
    const newest = db
      .select({ id: referrals.id })
      .from(referrals)
      .where(
        and(
          eq(referrals.networkId, networkId),
          eq(referrals.patientId, eachId),
          or(
            eq(referrals.organizationId, organizationId),
            eq(referrals.receivingOrganizationId, organizationId),
          ),
          status && eq(referrals.status, status),
          programId === undefined ? undefined : eq(referrals.programId, programId),
        ),
      )
      .orderBy(desc(referrals.id))
      .limit(limit + 1)
      .as('newest')
    const these = db.select({ id: newest.id }).from(each(ids)).crossJoinLateral(newest)
    const ofPatient = grouped(
      await readRecords(ctx, inArray(referrals.id, these)),
      ({ row }) => row.patientId,
    )
    return ids.map((id) => {
      const filters = {
        ...(status && { status }),
        patientId: id,
        ...(programId !== undefined && { programId }),
      }
      const page = cutPage(ofPatient(id), limit, ({ row }) => sealCursor(ctx, 'referrals', filters, [row.id]))
      return { id, answer: { data: showReferrals(ctx, page.rows), nextCursor: page.nextCursor } }
    })
  },
})

/** Those of many referrals whose status may be told, with the short notice each. */
async function tellStatus(ctx: TxCtx, ids: readonly string[]) {
  const records = await readRecords(ctx, anyOf(referrals.id, ids))
  const shown = disclose(ctx, records.map(statusReading), 'short')
  return records.flatMap((record, index) => {
    const part = shown[index]
    if (!part || part.permitted.size === 0) return []
    const { id, patientId } = record.row
    ctx.touch({ subjectType: 'referral', subjectId: id, patientId })
    return [{ record, attached: part.attached }]
  })
}

/** What happened to each referral, oldest first. */
export const historiesOfReferrals = action({
  id: 'referrals.histories',
  scope: 'referrals:read',
  input: FirstPages,
  run: async (ctx, { ids, limit }) => {
    const oldest = ctx.db
      .select(sealedTransitions.columns)
      .from(referralTransitions)
      .where(
        and(eq(referralTransitions.networkId, ctx.networkId), eq(referralTransitions.referralId, eachId)),
      )
      .orderBy(asc(referralTransitions.id))
      .limit(limit + 1)
      .as('oldest')
    const [told, rows] = await Promise.all([
      tellStatus(ctx, ids),
      ctx.db
        .select()
        .from(each(ids))
        .crossJoinLateral(oldest)
        .then((found) =>
          sealedTransitions.open(
            ctx,
            found.map(({ oldest: one }) => one),
          ),
        ),
    ])
    const ofReferral = grouped(rows, (transition) => transition.referralId)
    return told.map(({ record: { row }, attached }) => {
      const page = cutPage(ofReferral(row.id), limit, (last) =>
        sealCursor(ctx, 'referral-history', row.id, [last.id]),
      )
      const data = page.rows.map(toTransition)
      return { id: row.id, answer: { data, nextCursor: page.nextCursor, ...attached } }
    })
  },
})

export const allowedTransitionsOfReferrals = action({
  id: 'referrals.allowedTransitionsOfMany',
  scope: 'referrals:read',
  input: Many,
  run: async (ctx, { ids }) =>
    (await tellStatus(ctx, ids)).map(({ record, attached }) => ({
      id: record.row.id,
      answer: { ...toAllowedTransitions(record), ...attached },
    })),
})
