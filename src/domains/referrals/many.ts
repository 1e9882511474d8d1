import { and, asc, eq, or } from 'drizzle-orm'
import type { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { grouped } from '../../core/grouped.ts'
import { eachById, FirstPages, Many } from '../../core/many.ts'
import { cutPage, sealCursor } from '../../core/page.ts'
import { each, eachId } from '../../db/each.ts'
import { newestOfEach } from '../../db/newest.ts'
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
    return eachById(showReferrals(ctx, await readRecords(ctx, own)))
  },
})

const { status, patientId, programId } = ReferralFilter.shape
const OfEach = FirstPages.extend({ status, patientId, programId })

/** The referrals of each patient that the caller's organization sent or received, newest first. */
export const referralsOfPatients = action({
  id: 'referrals.ofPatients',
  scope: 'referrals:read',
  input: OfEach.omit({ patientId: true }),
  run: (ctx, input) => pagesBy(ctx, 'patientId', input),
})

/** The same to each program. */
export const referralsOfPrograms = action({
  id: 'referrals.ofPrograms',
  scope: 'referrals:read',
  input: OfEach.omit({ programId: true }),
  run: (ctx, input) => pagesBy(ctx, 'programId', input),
})

/** The same that rest on each consent. */
export const referralsOfConsents = action({
  id: 'referrals.ofConsents',
  scope: 'referrals:read',
  input: OfEach,
  run: (ctx, input) => pagesBy(ctx, 'consentId', input),
})

async function pagesBy(
  ctx: TxCtx,
  member: 'patientId' | 'programId' | 'consentId',
  { ids, limit, status, patientId, programId }: z.output<typeof OfEach>,
) {
  const of = and(
    eq(referrals[member], eachId),
    or(
      eq(referrals.organizationId, ctx.organizationId),
      eq(referrals.receivingOrganizationId, ctx.organizationId),
    ),
    status && eq(referrals.status, status),
    patientId === undefined ? undefined : eq(referrals.patientId, patientId),
    programId === undefined ? undefined : eq(referrals.programId, programId),
  )
  const records = await readRecords(ctx, newestOfEach(ctx, referrals, { ids, limit, of }))
  const ofParent = grouped(records, ({ row }) => row[member] ?? '')
  return ids.map((id) => {
    // In the order in which the list of one has them, for a cursor is bound to it.
    const filters = { status, patientId, programId, consentId: undefined, [member]: id }
    const page = cutPage(ofParent(id), limit, ({ row }) => sealCursor(ctx, 'referrals', filters, [row.id]))
    return { id, answer: { data: showReferrals(ctx, page.rows), nextCursor: page.nextCursor } }
  })
}

/** Those of many referrals whose status may be told, with the short notice each. */
async function tellStatus(ctx: TxCtx, ids: readonly string[]) {
  const records = await readRecords(ctx, ids)
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
