import { and, eq } from 'drizzle-orm'
import { Temporal } from 'temporal-polyfill'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, absentIfNotFound, invalidInput, notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import { LostRace } from '../../db/transaction.ts'
import { findOrganization } from '../organizations/store.ts'
import { ById, EndBillingRule, NewBillingRule } from './contract.ts'
import { type BillingRuleRow, findBillingRule, ownRevisions } from './store.ts'
import { billingRules } from './table.ts'
import { toBillingRule } from './view.ts'

/**
 * The next revision of how a payer counts a service. One that has no end yet ends the day before; any other day that
 * two revisions would share is refused, by a constraint.
 */
export const createBillingRule = action({
  id: 'billingRules.create',
  scope: 'billing:write',
  input: NewBillingRule,
  run: async (ctx, { payerOrganizationId = null, effectiveUntil = null, unitsMax = null, ...said }) => {
    if (said.networkWide && !ctx.scopes.has('network:write'))
      throw new AppError('insufficient_scope', 'A rule for the whole network needs the scope network:write.')
    if (payerOrganizationId) await refuseUnknown(ctx, payerOrganizationId)
    const revisions = await ownRevisions(ctx, said)
    const openEnded = revisions.find(
      ({ status, effectiveFrom, effectiveUntil: until }) =>
        status === 'active' && until === null && effectiveFrom < said.effectiveFrom,
    )
    if (openEnded)
      await change(ctx, openEnded, {
        effectiveUntil: Temporal.PlainDate.from(said.effectiveFrom).subtract({ days: 1 }).toString(),
      })
    const { networkId, organizationId, now } = ctx
    const row: BillingRuleRow = {
      ...said,
      networkId,
      id: newId(now),
      organizationId,
      payerOrganizationId,
      effectiveUntil,
      unitsMax,
      revision: (revisions[0]?.revision ?? 0) + 1,
      status: 'active',
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(billingRules, row))
    tell(ctx, 'billing_rule.created', row)
    return toBillingRule(row)
  },
})

async function refuseUnknown(ctx: TxCtx, id: string) {
  if (await findOrganization(ctx, id).catch(absentIfNotFound)) return
  throw invalidInput({
    path: ['payerOrganizationId'],
    code: 'unknown_organization',
    detail: 'The network has no such organization.',
  })
}

/** From the day after, nothing is counted by it. Days that were counted stay as they are. */
export const endBillingRule = action({
  id: 'billingRules.end',
  scope: 'billing:write',
  input: EndBillingRule,
  run: async (ctx, { id, lastDay }) => {
    const found = await findOwn(ctx, id)
    if (found.status === 'withdrawn')
      throw new AppError('transition_not_allowed', 'The revision was withdrawn.')
    if (lastDay < found.effectiveFrom)
      throw invalidInput({
        path: ['lastDay'],
        code: 'ends_before_start',
        detail: 'It began after this day. Withdraw a revision that should never have counted.',
      })
    if (found.effectiveUntil === lastDay) return toBillingRule(found)
    return toBillingRule(await change(ctx, found, { effectiveUntil: lastDay }))
  },
})

/** It was a mistake: it counts for no day any more, and its days are free for another. Saying it twice changes nothing. */
export const withdrawBillingRule = action({
  id: 'billingRules.withdraw',
  scope: 'billing:write',
  input: ById,
  run: async (ctx, { id }) => {
    const found = await findOwn(ctx, id)
    return toBillingRule(
      found.status === 'withdrawn' ? found : await change(ctx, found, { status: 'withdrawn' }),
    )
  },
})

/** Everybody reads a rule of the network's; its own organization ends it. */
async function findOwn(ctx: TxCtx, id: string): Promise<BillingRuleRow> {
  const found = await findBillingRule(ctx, id)
  if (found.organizationId !== ctx.organizationId) throw notFound('billing rule')
  checkVersion(ctx, found.version)
  return found
}

async function change(
  ctx: TxCtx,
  found: BillingRuleRow,
  changes: Pick<Partial<BillingRuleRow>, 'effectiveUntil' | 'status'>,
): Promise<BillingRuleRow> {
  const [row] = await ctx.db
    .update(billingRules)
    .set({ ...changes, version: found.version + 1, updatedAt: ctx.now })
    .where(
      and(
        eq(billingRules.networkId, ctx.networkId),
        eq(billingRules.id, found.id),
        eq(billingRules.version, found.version),
      ),
    )
    .returning()
  if (!row) throw new LostRace()
  tell(ctx, row.status === 'withdrawn' ? 'billing_rule.withdrawn' : 'billing_rule.ended', row)
  return row
}

function tell(
  ctx: TxCtx,
  type: `billing_rule.${'created' | 'ended' | 'withdrawn'}`,
  { id, networkWide, payerCode, serviceCode }: BillingRuleRow,
) {
  ctx.emit({
    type,
    subjectType: 'billing_rule',
    subjectId: id,
    codes: { payerCode, serviceCode },
    ...(networkWide && { networkWide }),
  })
  ctx.touch({ subjectType: 'billing_rule', subjectId: id })
}
