import { and, asc, desc, eq, gt, gte, inArray, lt, or, type SQL } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { Id } from '../../core/id.ts'
import { cutPage, openCursor, PageArgs, sealCursor } from '../../core/page.ts'
import { toInstant } from '../../core/wire.ts'
import { discloseOne } from '../disclosures/store.ts'
import { NewReferral, ReferralFilter } from './contract.ts'
import { requestReferral } from './request.ts'
import { findReferralById, selectReferrals, statusReading, withGrounds } from './store.ts'
import { referrals, referralTransitions, sealedTransitions } from './table.ts'
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
  input: ReferralFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const byChange = filters.modifiedSince !== undefined
    const after = openCursor(ctx, 'referrals', filters, cursor)
    const order = byChange ? [asc(referrals.updatedAt), asc(referrals.id)] : [desc(referrals.id)]
    const rows = await selectReferrals(
      ctx,
      inArray(referrals.id, pageOfIds(ctx, filters, after, order, limit + 1)),
      { order, limit: limit + 1 },
    )
    const page = cutPage(rows, limit, ({ row: { id, updatedAt } }) =>
      sealCursor(ctx, 'referrals', filters, byChange ? [toInstant(updatedAt), id] : [id]),
    )
    const records = await withGrounds(ctx, page.rows)
    return { data: showReferrals(ctx, records), nextCursor: page.nextCursor }
  },
})

type Filters = Omit<z.output<typeof ReferralFilter>, 'limit' | 'cursor'>

/**
 * The ids of a page. What an organization sent and what it received are two lists, each with an index that
 * leads with that organization: each is cut to the page before they are merged, so that the cost is that of
 * the page whatever the size of the network.
 */
function pageOfIds(
  ctx: TxCtx,
  filters: Filters,
  after: readonly string[] | undefined,
  order: SQL[],
  rows: number,
) {
  const { db, networkId, organizationId } = ctx
  const wanted = and(
    eq(referrals.networkId, networkId),
    filters.status ? eq(referrals.status, filters.status) : undefined,
    filters.placerId ? eq(referrals.placerId, filters.placerId) : undefined,
    filters.patientId ? eq(referrals.patientId, filters.patientId) : undefined,
    filters.programId ? eq(referrals.programId, filters.programId) : undefined,
    filters.modifiedSince ? gte(referrals.updatedAt, new Date(filters.modifiedSince)) : undefined,
    after && afterPosition(filters.modifiedSince !== undefined, after),
  )
  const side = (own: SQL) =>
    db
      .select({ id: referrals.id })
      .from(referrals)
      .where(and(own, wanted))
      .orderBy(...order)
      .limit(rows)
  return unionAll(
    side(eq(referrals.organizationId, organizationId)),
    side(eq(referrals.receivingOrganizationId, organizationId)),
  )
}

function afterPosition(byChange: boolean, [first = '', id = '']: readonly string[]) {
  if (!byChange) return lt(referrals.id, first)
  const at = new Date(first)
  return or(gt(referrals.updatedAt, at), and(eq(referrals.updatedAt, at), gt(referrals.id, id)))
}

export const getReferralHistory = action({
  id: 'referrals.history',
  scope: 'referrals:read',
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
