import { and, eq } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { checkVersion } from '../../core/version.ts'
import { only } from '../../db/rows.ts'
import { LostRace } from '../../db/transaction.ts'
import { stopClock } from '../clocks/store.ts'
import { findOwnOrSelf, findVisiblePatient } from '../patients/store.ts'
import { ExtendRequest, NewAccountingRequest, NewIntermediaryRequest } from './contract.ts'
import { documentOf } from './document.ts'
import { dueAt, extendedDueAt, type RequestKind } from './rules.ts'
import {
  digestOf,
  findRequest,
  periodAsked,
  periodOfRow,
  type RequestRow,
  startRequestClock,
  thisRequest,
  toRequest,
} from './store.ts'
import { accountingRequests } from './table.ts'

export const requestAccounting = action({
  id: 'accountingRequests.create',
  scope: 'disclosures:write',
  portal: ['patient'],
  input: NewAccountingRequest,
  run: async (ctx, { id, ...asked }) => {
    await findOwnOrSelf(ctx, id)
    return receive(ctx, id, 'accounting', asked)
  },
})

export const requestIntermediaryList = action({
  id: 'intermediaryRequests.create',
  scope: 'disclosures:write',
  portal: ['patient'],
  input: NewIntermediaryRequest,
  run: async (ctx, { id }) => {
    // The intermediary owes it, and it holds no patient: whoever the consent lets find the person may be asked.
    await (ctx.person ? findOwnOrSelf(ctx, id) : findVisiblePatient(ctx, id))
    return receive(ctx, id, 'intermediary_list', {})
  },
})

async function receive(
  ctx: TxCtx,
  patientId: string,
  kind: RequestKind,
  asked: { from?: string | undefined; to?: string | undefined },
) {
  const { networkId, organizationId, now } = ctx
  const period = await periodAsked(ctx, asked)
  const id = newId(now)
  const due = dueAt(kind, now)
  const row = only(
    await ctx.db
      .insert(accountingRequests)
      .values({
        networkId,
        id,
        organizationId,
        patientId,
        kind,
        status: 'open',
        requestedAt: now,
        fromDate: period.from,
        toDate: period.to,
        timeZone: period.timeZone,
        dueAt: due,
        clockId: startRequestClock(ctx, id, kind, due),
        createdAt: now,
        updatedAt: now,
      })
      .returning(),
  )
  tell(ctx, 'received', row)
  return toRequest(row)
}

function tell(ctx: TxCtx, what: 'received' | 'extended' | 'fulfilled', { id, kind, patientId }: RequestRow) {
  const subject = { subjectType: 'accounting_request', subjectId: id } as const
  ctx.emit({ type: `accounting_request.${what}`, ...subject, patientId, codes: { kind } })
  ctx.touch({ ...subject, patientId })
}

async function openRequest(ctx: TxCtx, id: string): Promise<RequestRow> {
  const row = await findRequest(ctx, id)
  checkVersion(ctx, row.version)
  if (row.status !== 'open') throw new AppError('transition_not_allowed', 'It was fulfilled already.')
  return row
}

async function change(
  ctx: TxCtx,
  row: RequestRow,
  set: Partial<typeof accountingRequests.$inferInsert>,
): Promise<RequestRow> {
  const [changed] = await ctx.db
    .update(accountingRequests)
    .set({ ...set, version: row.version + 1, updatedAt: ctx.now })
    .where(and(thisRequest(ctx, row.id), eq(accountingRequests.version, row.version)))
    .returning()
  if (!changed) throw new LostRace()
  return changed
}

export const extendAccountingRequest = action({
  id: 'accountingRequests.extend',
  scope: 'disclosures:write',
  input: ExtendRequest,
  run: async (ctx, { id, reason }) => {
    const row = await openRequest(ctx, id)
    if (row.kind !== 'accounting' || row.extendedAt || ctx.now > row.dueAt)
      throw new AppError(
        'transition_not_allowed',
        'An accounting may be extended once, by thirty days, before it is due (45 CFR 164.528(c)(1)(ii)).',
      )
    const due = extendedDueAt(row.dueAt)
    stopClock(ctx, row.clockId)
    const clockId = startRequestClock(ctx, id, row.kind, due)
    const extended = await change(ctx, row, {
      dueAt: due,
      clockId,
      extendedAt: ctx.now,
      extensionReason: reason,
    })
    tell(ctx, 'extended', extended)
    return toRequest(extended)
  },
})

export const fulfilAccountingRequest = action({
  id: 'accountingRequests.fulfil',
  scope: 'disclosures:write',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const row = await openRequest(ctx, id)
    const { patientId, kind } = row
    const summarize = kind === 'accounting'
    const period = periodOfRow(row)
    const document = await documentOf(ctx, { patientId, kind, period, asOf: ctx.now, summarize })
    if (document.truncated)
      throw new AppError(
        'transition_not_allowed',
        'There is more than one document holds: ask for fewer days.',
      )
    const fulfilled = await change(ctx, row, {
      status: 'fulfilled',
      fulfilledAt: ctx.now,
      documentSha256: digestOf(document),
      disclosuresCount: document.lines.reduce((sum, { count }) => sum + count, 0),
    })
    stopClock(ctx, row.clockId)
    tell(ctx, 'fulfilled', fulfilled)
    return { ...toRequest(fulfilled), document }
  },
})
