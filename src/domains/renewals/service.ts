import { and, desc, eq, lt } from 'drizzle-orm'
import { Temporal } from 'temporal-polyfill'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { invalidInput, notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { toInstant } from '../../core/wire.ts'
import { insertRows } from '../../db/insert.ts'
import { creditsOf, quartersOf, topicList, topicsOf } from '../courses/rules.ts'
import { findLearner } from '../learners/store.ts'
import {
  ById,
  NewRenewalRule,
  RenewalQuestion,
  type RenewalRule,
  RenewalRuleFilter,
  type RenewalStatement,
} from './contract.ts'
import { type Renewal, renewalOf, windowOf } from './rules.ts'
import { earnedBetween } from './store.ts'
import { renewalRules } from './table.ts'

type Row = typeof renewalRules.$inferSelect

function toRule({ networkId: _, quarters, topics, carryOverMax, ...row }: Row): RenewalRule {
  return {
    ...row,
    credits: creditsOf(quarters),
    topics: topicList(topics),
    carryOverMax: creditsOf(carryOverMax),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

async function findRule({ db, networkId }: TxCtx, id: string): Promise<Row | undefined> {
  const [row] = await db
    .select()
    .from(renewalRules)
    .where(and(eq(renewalRules.networkId, networkId), eq(renewalRules.id, id)))
  return row
}

const readRules = (ctx: TxCtx, after: string | undefined, wanted: number, ruleId?: string) =>
  ctx.db
    .select()
    .from(renewalRules)
    .where(
      and(
        eq(renewalRules.networkId, ctx.networkId),
        eq(renewalRules.organizationId, ctx.organizationId),
        after ? lt(renewalRules.id, after) : undefined,
        ruleId ? eq(renewalRules.id, ruleId) : undefined,
      ),
    )
    .orderBy(desc(renewalRules.id))
    .limit(wanted)

export const createRenewalRule = action({
  id: 'renewalRules.create',
  scope: 'education:write',
  input: NewRenewalRule,
  run: async (ctx, { credits, topics: list, carryOverMax, ...input }) => {
    const [quarters, topics] = [quartersOf(credits), topicsOf(list)]
    if (quarters === 0 || Object.values(topics).some((some) => some > quarters))
      throw invalidInput({
        path: quarters === 0 ? ['credits'] : ['topics'],
        code: 'credit_out_of_bounds',
        detail: 'There is a quarter of a credit at least, and of no topic more than altogether.',
      })
    const { networkId, organizationId, now } = ctx
    const row: Row = {
      ...input,
      networkId,
      id: newId(now),
      organizationId,
      quarters,
      topics,
      carryOverMax: quartersOf(carryOverMax),
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(renewalRules, row))
    ctx.emit({
      type: 'renewal_rule.created',
      subjectType: 'renewal_rule',
      subjectId: row.id,
      codes: { code: row.code },
    })
    ctx.touch({ subjectType: 'renewal_rule', subjectId: row.id })
    return toRule(row)
  },
})

export const getRenewalRule = action({
  id: 'renewalRules.get',
  scope: 'education:read',
  input: ById,
  run: async (ctx, { id }) => {
    const row = await findRule(ctx, id)
    if (!row) throw notFound('renewal rule')
    return toRule(row)
  },
})

export const listRenewalRules = action({
  id: 'renewalRules.list',
  scope: 'education:read',
  input: RenewalRuleFilter,
  run: async (ctx, { limit, cursor }) => {
    const page = await pageById(ctx, { list: 'renewalRules', filters: {}, limit, cursor }, (after, wanted) =>
      readRules(ctx, after, wanted),
    )
    return { data: page.rows.map(toRule), nextCursor: page.nextCursor }
  },
})

/** By each rule of the organization; what was earned is read once for all of them. */
export const explainRenewals = action({
  id: 'learners.renewals',
  scope: 'education:read',
  portal: ['mentor'],
  input: RenewalQuestion,
  run: async (ctx, { id, limit, cursor, ...filters }) => {
    await findLearner(ctx, id)
    // The learner is the caller's own; nothing but this learner's credits and rules is read from here on.
    ctx.beyondPerson()
    const page = await pageById(
      ctx,
      { list: 'renewals', filters: { id, ...filters }, limit, cursor },
      (after, wanted) => readRules(ctx, after, wanted, filters.ruleId),
    )
    const today = ctx.now.toISOString().slice(0, 10)
    const asked = page.rows.map((rule) => {
      const began = filters.beganOn ?? dayAfter(today, -rule.windowMonths)
      const before = Temporal.PlainDate.from(began).subtract({ months: rule.windowMonths }).toString()
      return { rule, began, from: before, to: windowOf(began, rule.windowMonths).to }
    })
    const [from, to] = [
      asked.map((one) => one.from).sort()[0],
      asked
        .map((one) => one.to)
        .sort()
        .at(-1),
    ]
    const { earned, truncated } =
      from && to ? await earnedBetween(ctx, id, { from, to }) : { earned: [], truncated: false }
    ctx.touch({ subjectType: 'learner', subjectId: id })
    return {
      data: asked.map(({ rule, began }) => ({
        ...toStatement(id, rule, renewalOf(rule, earned, began)),
        truncated,
      })),
      nextCursor: page.nextCursor,
    }
  },
})

/** The first day of a window that ends today. */
const dayAfter = (date: string, months: number) =>
  Temporal.PlainDate.from(date).add({ months }).add({ days: 1 }).toString()

function toStatement(learnerId: string, rule: Row, found: Renewal): Omit<RenewalStatement, 'truncated'> {
  return {
    learnerId,
    ruleId: rule.id,
    code: rule.code,
    met: found.met,
    windowFrom: found.from,
    windowTo: found.to,
    required: creditsOf(rule.quarters),
    earned: creditsOf(found.earned),
    carriedOver: creditsOf(found.carriedOver),
    missing: creditsOf(found.missing),
    topics: found.topics.map(({ topic, required, earned: some, missing }) => ({
      topic,
      required: creditsOf(required),
      earned: creditsOf(some),
      missing: creditsOf(missing),
    })),
    counted: found.counted.map(({ id, kind, creditType, quarters, on }) => ({
      ...{ id, kind, creditType, credits: creditsOf(quarters), on },
    })),
  }
}
