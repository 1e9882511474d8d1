import { createHash } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { invalidInput, notFound } from '../../core/errors.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { dateIn } from '../clocks/calendar.ts'
import { startClock } from '../clocks/store.ts'
import { findOrganization } from '../organizations/store.ts'
import type { Accounting, AccountingRequest } from './contract.ts'
import { type Period, type PeriodFault, periodOf, type RequestKind } from './rules.ts'
import { accountingRequests } from './table.ts'

export type RequestRow = typeof accountingRequests.$inferSelect

const wording: Readonly<Record<PeriodFault, readonly [string, string]>> = {
  period_reversed: ['to', 'It ends before it begins.'],
  period_too_early: ['from', 'An accounting reaches back three years from the day of the request.'],
  period_in_future: ['to', 'It ends on the day of the request at the latest.'],
}

/** Days are those of the organization that accounts. */
export async function periodAsked(
  ctx: TxCtx,
  asked: { from?: string | undefined; to?: string | undefined },
): Promise<Period> {
  const { timeZone } = await findOrganization(ctx, ctx.organizationId)
  const period = periodOf(dateIn(timeZone, ctx.now), timeZone, asked)
  if (typeof period !== 'string') return period
  const [member, detail] = wording[period]
  throw invalidInput({ path: [member], code: period, detail })
}

export const thisRequest = ({ networkId, organizationId }: TxCtx, id: string) =>
  and(
    eq(accountingRequests.networkId, networkId),
    eq(accountingRequests.organizationId, organizationId),
    eq(accountingRequests.id, id),
  )

export async function findRequest(ctx: TxCtx, id: string): Promise<RequestRow> {
  const [row] = await ctx.db.select().from(accountingRequests).where(thisRequest(ctx, id))
  if (!row) throw notFound('accounting request')
  return row
}

const actionOf = { accounting: 'account_for_disclosures', intermediary_list: 'list_recipients' } as const

/** Who owes the answer by when: it climbs like every other clock. */
export function startRequestClock(ctx: TxCtx, id: string, kind: RequestKind, dueAt: Date): string {
  const { organizationId } = ctx
  const clock = startClock(
    ctx,
    { type: 'accounting_request', id, organizationId, readerIds: [] },
    { action: actionOf[kind], ownerOrganizationId: organizationId, ownerRole: 'coordinator', dueAt },
  )
  return clock.id
}

export const digestOf = (document: Accounting): string =>
  createHash('sha256').update(JSON.stringify(document)).digest('hex')

export const periodOfRow = ({ fromDate, toDate, timeZone }: RequestRow): Period => ({
  from: fromDate,
  to: toDate,
  timeZone,
})

export function toRequest(row: RequestRow): AccountingRequest {
  return {
    id: row.id,
    organizationId: row.organizationId,
    patientId: row.patientId,
    kind: row.kind,
    status: row.status,
    requestedAt: toInstant(row.requestedAt),
    ...periodOfRow(row),
    dueAt: toInstant(row.dueAt),
    extendedAt: toInstantOrNull(row.extendedAt),
    extensionReason: row.extensionReason,
    fulfilledAt: toInstantOrNull(row.fulfilledAt),
    documentSha256: row.documentSha256,
    disclosuresCount: row.disclosuresCount,
    version: row.version,
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}
