import { and, desc, eq, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { invalidInput } from '../../core/errors.ts'
import { cutPage, openCursor, pageById, sealCursor } from '../../core/page.ts'
import { decide } from '../decisions/decision.ts'
import { consentsFor, groundsOfMany } from '../decisions/grounds.ts'
import { findOrganization } from '../organizations/store.ts'
import {
  BillingRuleFilter,
  ById,
  type ServiceUnitExport,
  ServiceUnitExportQuestion,
  ServiceUnitFilter,
  type ServiceUnitLine,
} from './contract.ts'
import { type Counted, countUnits } from './rules.ts'
import {
  type BillingRuleRow,
  type DeliveredContact,
  daysAsked,
  deliveredAround,
  deliveredIn,
  findBillingRule,
  periodOf,
  rulesOf,
  withNeighbours,
} from './store.ts'
import { billingRules } from './table.ts'
import { toBillingRule, toLine } from './view.ts'

export const getBillingRule = action({
  id: 'billingRules.get',
  scope: 'billing:read',
  input: ById,
  run: async (ctx, { id }) => toBillingRule(await findBillingRule(ctx, id)),
})

export const listBillingRules = action({
  id: 'billingRules.list',
  scope: 'billing:read',
  input: BillingRuleFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const { payerCode, serviceCode } = filters
    const page = await pageById(ctx, { list: 'billingRules', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select()
        .from(billingRules)
        .where(
          and(
            eq(billingRules.networkId, ctx.networkId),
            after ? lt(billingRules.id, after) : undefined,
            payerCode ? eq(billingRules.payerCode, payerCode) : undefined,
            serviceCode ? eq(billingRules.serviceCode, serviceCode) : undefined,
          ),
        )
        .orderBy(desc(billingRules.id))
        .limit(rows),
    )
    return { data: page.rows.map(toBillingRule), nextCursor: page.nextCursor }
  },
})

interface Asked {
  readonly id: string
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Which service of which payer, and which days of the caller's own place. */
async function askedOf(ctx: TxCtx, { id, ...said }: Asked) {
  const [{ payerCode, serviceCode }, { timeZone }] = await Promise.all([
    findBillingRule(ctx, id),
    findOrganization(ctx, ctx.organizationId),
  ])
  const days = daysAsked(said, ctx.now, timeZone)
  return { service: { payerCode, serviceCode }, days, period: periodOf({ ...days, timeZone }) }
}

/** Of the caller's own contacts, computed anew with each request: a corrected contact is counted as it is now. */
export const listServiceUnits = action({
  id: 'serviceUnits.list',
  scope: 'billing:read',
  input: ServiceUnitFilter,
  run: async (ctx, { limit, cursor, ...asked }) => {
    const [at, last] = openCursor(ctx, 'serviceUnits', asked, cursor) ?? []
    const after = at && last ? { at: new Date(at), id: last } : undefined
    const { service, days, period } = await askedOf(ctx, asked)
    const [rules, found] = await Promise.all([
      rulesOf(ctx, service, days),
      deliveredIn(ctx, period, { after, limit: limit + 1 }),
    ])
    const page = cutPage(found, limit, (last) =>
      sealCursor(ctx, 'serviceUnits', asked, [last.beganAt.toISOString(), last.id]),
    )
    const counted = countUnits(rules, await withNeighbours(ctx, period, page.rows))
    for (const { id: subjectId, patientId } of page.rows)
      ctx.touch({ subjectType: 'contact', subjectId, patientId })
    return { data: await linesOf(ctx, rules, page.rows, counted), nextCursor: page.nextCursor }
  },
})

/** So that a file is one answer, and no answer grows without bound. */
const linesMax = 5_000

export const exportServiceUnits = action({
  id: 'serviceUnits.export',
  scope: 'billing:read',
  input: ServiceUnitExportQuestion,
  run: async (ctx, asked): Promise<ServiceUnitExport> => {
    const { service, days, period } = await askedOf(ctx, asked)
    const [rules, around] = await Promise.all([rulesOf(ctx, service, days), deliveredAround(ctx, period)])
    const of = around.filter(({ on }) => days.from <= on && on <= days.to)
    if (of.length > linesMax)
      throw invalidInput({
        path: ['to'],
        code: 'period_too_long',
        detail: `More than ${linesMax} contacts; ask for fewer days at once.`,
      })
    const lines = await linesOf(ctx, rules, of, countUnits(rules, around))
    // One row of the trail for each accompaniment, not for each call in it.
    for (const [subjectId, patientId] of new Map(
      of.map(({ mentorshipId, patientId }) => [mentorshipId, patientId]),
    ))
      ctx.touch({ subjectType: 'mentorship', subjectId, patientId })
    const sum = (member: 'countedMinutes' | 'units') => lines.reduce((total, line) => total + line[member], 0)
    return {
      ...service,
      ...days,
      timeZone: period.timeZone,
      contacts: lines.length,
      countedMinutes: sum('countedMinutes'),
      units: sum('units'),
      lines,
    }
  },
})

async function linesOf(
  ctx: TxCtx,
  rules: readonly BillingRuleRow[],
  contacts: readonly DeliveredContact[],
  counted: ReadonlyMap<string, Counted>,
): Promise<ServiceUnitLine[]> {
  const payers = new Map(rules.map(({ id, payerOrganizationId }) => [id, payerOrganizationId]))
  const told = await mayBeTold(ctx, payers, contacts)
  return contacts.map((contact) => {
    const line = counted.get(contact.id)
    if (!line) throw new Error('Every contact of a page is among its neighbours')
    return toLine(contact, line, told(contact, line))
  })
}

/**
 * The lines are the organization's own record, and their payer is somebody else: a claim is a disclosure for payment,
 * decided here as any other is, so that nobody sends it on what the service knows to be refused.
 */
async function mayBeTold(
  ctx: TxCtx,
  payers: ReadonlyMap<string, string | null>,
  contacts: readonly DeliveredContact[],
): Promise<(contact: DeliveredContact, line: Counted) => ServiceUnitLine['payment']> {
  const isDecided = [...payers.values()].some((payer) => payer !== null)
  const people = isDecided ? [...new Set(contacts.map(({ patientId }) => patientId))] : []
  const groundsOf = await groundsOfMany(ctx, people, consentsFor(people.length))
  return ({ patientId }, { rule }) => {
    const recipientId = rule && payers.get(rule.id)
    if (!recipientId) return 'payer_not_named'
    const { decision } = decide(groundsOf(patientId), {
      discloserId: ctx.organizationId,
      recipientId,
      patientId,
      purpose: 'payment',
      dataClasses: ['identity', 'contact_summary'],
      at: ctx.now,
    })
    return decision === 'permit' ? 'permitted' : 'not_permitted'
  }
}
