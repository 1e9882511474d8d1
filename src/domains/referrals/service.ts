import { and, asc, eq, gt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import { Id } from '../../core/id.ts'
import { cutPage, openCursor, PageArgs, sealCursor } from '../../core/page.ts'
import { toInstant } from '../../core/wire.ts'
import { discloseOne } from '../disclosures/store.ts'
import { NewReferral, ReferralFilter } from './contract.ts'
import { readPage } from './pages.ts'
import { requestReferral } from './request.ts'
import { findReferralById, foreignGrounds, statusReading } from './store.ts'
import { referralTransitions, sealedTransitions } from './table.ts'
import { showReferral, showReferrals, toAllowedTransitions, toTransition } from './view.ts'

export const createReferral = action({
  id: 'referrals.create',
  scope: 'referrals:write',
  input: NewReferral,
  run: async (ctx, input) => {
    const { record, created } = await requestReferral(ctx, input)
    return { ...showReferral(ctx, record), created }
  },
})

export const getReferral = action({
  id: 'referrals.get',
  scope: 'referrals:read',
  portal: ['patient'],
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => showReferral(ctx, await findReferralById(ctx, id)),
})

export const listReferrals = action({
  id: 'referrals.list',
  scope: 'referrals:read',
  fromReplica: true,
  input: ReferralFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const byChange = filters.modifiedSince !== undefined
    const after = openCursor(ctx, 'referrals', filters, cursor)
    const rows = await readPage(ctx, filters, after, limit + 1)
    const page = cutPage(rows, limit, ({ row: { id, updatedAt } }) =>
      sealCursor(ctx, 'referrals', filters, byChange ? [toInstant(updatedAt), id] : [id]),
    )
    const groundsFor = await foreignGrounds(ctx, page.rows)
    const records = page.rows.map((shown) => ({ ...shown, grounds: groundsFor(shown.row.patientId) }))
    return { data: showReferrals(ctx, records), nextCursor: page.nextCursor }
  },
})

export const getReferralHistory = action({
  id: 'referrals.history',
  scope: 'referrals:read',
  fromReplica: true,
  input: z.strictObject({ ...PageArgs.shape, id: Id }),
  run: async (ctx, { id, limit, cursor }) => {
    const [after] = openCursor(ctx, 'referral-history', id, cursor) ?? []
    const [record, stored] = await Promise.all([
      findReferralById(ctx, id),
      ctx.db
        .select(sealedTransitions.columns)
        .from(referralTransitions)
        .where(
          and(
            eq(referralTransitions.networkId, ctx.networkId),
            eq(referralTransitions.referralId, id),
            after ? gt(referralTransitions.id, after) : undefined,
          ),
        )
        .orderBy(asc(referralTransitions.id))
        .limit(limit + 1),
    ])
    const { attached } = discloseOne(ctx, statusReading(record))
    ctx.touch({ subjectType: 'referral', subjectId: id, patientId: record.row.patientId })
    const rows = await sealedTransitions.open(ctx, stored)
    const page = cutPage(rows, limit, (last) => sealCursor(ctx, 'referral-history', id, [last.id]))
    return { data: page.rows.map(toTransition), nextCursor: page.nextCursor, ...attached }
  },
})

export const getAllowedTransitions = action({
  id: 'referrals.allowedTransitions',
  scope: 'referrals:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const record = await findReferralById(ctx, id)
    const { attached } = discloseOne(ctx, statusReading(record))
    ctx.touch({ subjectType: 'referral', subjectId: id, patientId: record.row.patientId })
    return { ...toAllowedTransitions(record), ...attached }
  },
})
