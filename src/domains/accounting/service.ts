import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { Id } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { findOwnOrSelf } from '../patients/store.ts'
import { AccountingQuery, AccountingRequestFilter } from './contract.ts'
import { documentOf } from './document.ts'
import { findRequest, periodAsked, periodOfRow, type RequestRow, toRequest } from './store.ts'
import { accountingRequests } from './table.ts'

export const getAccounting = action({
  id: 'patients.getAccounting',
  scope: 'disclosures:read',
  alone: true,
  portal: ['patient'],
  input: AccountingQuery,
  run: async (ctx, { id, from, to, summarize = false }) => {
    await findOwnOrSelf(ctx, id)
    const period = await periodAsked(ctx, { from, to })
    ctx.touch({ subjectType: 'patient', subjectId: id, patientId: id })
    return documentOf(ctx, { patientId: id, kind: 'accounting', period, asOf: ctx.now, summarize })
  },
})

export const getAccountingRequest = action({
  id: 'accountingRequests.get',
  scope: 'disclosures:read',
  alone: true,
  portal: ['patient'],
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const row = await findRequest(ctx, id)
    ctx.beyondPerson()
    touch(ctx, row)
    return { ...toRequest(row), document: await documentFor(ctx, row, row.fulfilledAt ?? ctx.now) }
  },
})

const documentFor = (ctx: TxCtx, row: RequestRow, asOf: Date) =>
  documentOf(ctx, {
    patientId: row.patientId,
    kind: row.kind,
    period: periodOfRow(row),
    asOf,
    summarize: row.kind === 'accounting',
  })

function touch(ctx: TxCtx, { id, patientId }: RequestRow) {
  ctx.touch({ subjectType: 'accounting_request', subjectId: id, patientId })
}

export const listAccountingRequests = action({
  id: 'accountingRequests.list',
  scope: 'disclosures:read',
  portal: ['patient'],
  input: AccountingRequestFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const { networkId, organizationId, patientId, kind, status } = accountingRequests
    const page = await pageById(ctx, { list: 'accounting-requests', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select()
        .from(accountingRequests)
        .where(
          and(
            eq(networkId, ctx.networkId),
            eq(organizationId, ctx.organizationId),
            filters.patientId ? eq(patientId, filters.patientId) : undefined,
            filters.kind ? eq(kind, filters.kind) : undefined,
            filters.status ? eq(status, filters.status) : undefined,
            after ? lt(accountingRequests.id, after) : undefined,
          ),
        )
        .orderBy(desc(accountingRequests.id))
        .limit(rows),
    )
    for (const row of page.rows) touch(ctx, row)
    return { data: page.rows.map(toRequest), nextCursor: page.nextCursor }
  },
})
