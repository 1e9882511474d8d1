import { setImmediate as nextTurnOfTheLoop } from 'node:timers/promises'
import { and, asc, desc, eq, gt, isNull, lt, lte, ne, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, invalidInput, notFound } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { PageArgs, pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { referrals } from '../referrals/table.ts'
import {
  differingMax,
  type EngagementRuleSet,
  NewRuleSet,
  SimulateRuleSet,
  simulatedReferralsMax,
  simulationStepsMax,
} from './contract.ts'
import { eng1, type RuleSet } from './rules.ts'
import { compare, stepsBetween } from './simulation.ts'
import { readHistories, toEngagementFacts } from './store.ts'
import { engagementRuleSets, engagementStates } from './table.ts'

type Row = typeof engagementRuleSets.$inferSelect

/** The built-in rule set is no row, and is found like one: it was there before any, so it comes last. */
const builtInId = '00000000-0000-7000-8000-000000000001'
const builtInSince = '2026-01-01T00:00:00.000Z'

/** Of the built-in set only `active` ever changes, so two versions tell all its states apart. */
function builtIn(anotherActive: boolean): EngagementRuleSet {
  const { name, ...parameters } = eng1
  return {
    id: builtInId,
    name,
    parameters,
    builtIn: true,
    active: !anotherActive,
    activatedAt: null,
    version: anotherActive ? 2 : 1,
    createdAt: builtInSince,
    updatedAt: builtInSince,
  }
}

function toRuleSet({ id, name, parameters, active, activatedAt, version, createdAt, updatedAt }: Row) {
  return {
    id,
    name,
    parameters,
    builtIn: false,
    active,
    activatedAt: toInstantOrNull(activatedAt),
    version,
    createdAt: toInstant(createdAt),
    updatedAt: toInstant(updatedAt),
  } satisfies EngagementRuleSet
}

const rulesOf = ({ name, parameters }: EngagementRuleSet): RuleSet => ({ name, ...parameters })
const inNetwork = ({ networkId }: TxCtx) => eq(engagementRuleSets.networkId, networkId)
const isActive = eq(engagementRuleSets.active, true)

export const listRuleSets = action({
  id: 'engagement.listRuleSets',
  scope: 'engagement:read',
  input: PageArgs,
  run: async (ctx, page) => {
    const { rows, nextCursor } = await pageById(
      ctx,
      { list: 'engagement-rule-sets', filters: null, ...page },
      async (after, limit) => {
        const [own, active] = await Promise.all([
          ctx.db
            .select()
            .from(engagementRuleSets)
            .where(and(inNetwork(ctx), after ? lt(engagementRuleSets.id, after) : undefined))
            .orderBy(desc(engagementRuleSets.id))
            .limit(limit),
          findActive(ctx),
        ])
        return [...own.map(toRuleSet), builtIn(active !== undefined)].slice(0, limit)
      },
    )
    return { data: rows, nextCursor }
  },
})

async function findActive(ctx: TxCtx): Promise<EngagementRuleSet | undefined> {
  const [row] = await ctx.db
    .select()
    .from(engagementRuleSets)
    .where(and(inNetwork(ctx), isActive))
  return row && toRuleSet(row)
}

/** The one asked for, and the one that is switched on. */
async function findRuleSets(ctx: TxCtx, id: string) {
  const [[row], active] = await Promise.all([
    ctx.db
      .select()
      .from(engagementRuleSets)
      .where(and(inNetwork(ctx), eq(engagementRuleSets.id, id))),
    findActive(ctx),
  ])
  const asked = id === builtInId ? builtIn(active !== undefined) : row && toRuleSet(row)
  if (!asked) throw notFound('engagement rule set')
  return { asked, active: active ?? builtIn(false) }
}

export const getRuleSet = action({
  id: 'engagement.getRuleSet',
  scope: 'engagement:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => (await findRuleSets(ctx, id)).asked,
})

export const proposeRuleSet = action({
  id: 'engagement.proposeRuleSet',
  scope: 'network:write',
  input: NewRuleSet,
  run: async (ctx, { name, parameters }) => {
    const taken = new AppError('natural_key_taken', 'The network has a rule set of this name.')
    if (name === eng1.name) throw taken
    const { networkId, now } = ctx
    const [row] = await ctx.db
      .insert(engagementRuleSets)
      .values({ networkId, id: newId(now), name, parameters, createdAt: now, updatedAt: now })
      .onConflictDoNothing({ target: [engagementRuleSets.networkId, engagementRuleSets.name] })
      .returning()
    if (!row) throw taken
    const subject = { subjectType: 'engagement_rule_set', subjectId: row.id } as const
    ctx.emit({ type: 'engagement_rule_set.proposed', ...subject, codes: { ruleSet: name } })
    ctx.touch(subject)
    return toRuleSet(row)
  },
})

/** One at a time: every rule set of the network is locked first, so that two who switch wait for one another. */
export const activateRuleSet = action({
  id: 'engagement.activateRuleSet',
  scope: 'network:write',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    await ctx.db
      .select({ id: engagementRuleSets.id })
      .from(engagementRuleSets)
      .where(inNetwork(ctx))
      .orderBy(asc(engagementRuleSets.id))
      .for('update')
    const { asked, active } = await findRuleSets(ctx, id)
    const subject = { subjectType: 'engagement_rule_set', subjectId: id } as const
    ctx.touch(subject)
    checkVersion(ctx, asked.version)
    if (asked.active) return asked
    if (!active.builtIn) await turn(ctx, active.id, { active: false })
    const activated = asked.builtIn
      ? builtIn(false)
      : await turn(ctx, id, { active: true, activatedAt: ctx.now })
    await lookAtAllAgain(ctx)
    ctx.emit({ type: 'engagement_rule_set.activated', ...subject, codes: { ruleSet: asked.name } })
    return activated
  },
})

async function turn(
  ctx: TxCtx,
  id: string,
  changes: Partial<Pick<Row, 'active' | 'activatedAt'>>,
): Promise<EngagementRuleSet> {
  const [row] = await ctx.db
    .update(engagementRuleSets)
    .set({ ...changes, version: sql`${engagementRuleSets.version} + 1`, updatedAt: ctx.now })
    .where(and(inNetwork(ctx), eq(engagementRuleSets.id, id)))
    .returning()
  if (!row) throw notFound('engagement rule set')
  return toRuleSet(row)
}

/** Other rules may give another status to everybody, except to those whose referral has closed. */
function lookAtAllAgain(ctx: TxCtx): Promise<void> {
  return ctx.acrossOrganizations(async () => {
    await ctx.db
      .update(engagementStates)
      .set({ dueAt: ctx.now })
      .where(
        and(
          eq(engagementStates.networkId, ctx.networkId),
          sql`${engagementStates.status} is distinct from 'ended'`,
        ),
      )
  })
}

/** Referrals whose facts are in memory at once, and after which other requests get their turn: some 20 ms of work. */
const batchSize = 50

export const simulateRuleSet = action({
  id: 'engagement.simulateRuleSet',
  scope: 'engagement:read',
  input: SimulateRuleSet,
  run: async (ctx, { id, stepDays, ...period }) => {
    const [from, to] = [new Date(period.from), new Date(period.to)]
    refuseOddPeriod(ctx, from, to, stepDays)
    const [{ asked, active }, received] = await Promise.all([
      findRuleSets(ctx, id),
      receivedBetween(ctx, from, to),
    ])
    const rows = received.slice(0, simulatedReferralsMax)
    const comparison = compare(stepsBetween(from, to, stepDays), rulesOf(active), rulesOf(asked))
    const differing: string[] = []
    for (let start = 0; start < rows.length; start += batchSize) {
      const batch = rows.slice(start, start + batchSize)
      const historyOf = await readHistories(
        ctx,
        batch.map((row) => row.id),
      )
      for (const row of batch)
        if (comparison.add(toEngagementFacts(row, historyOf(row.id)))) differing.push(row.id)
      await nextTurnOfTheLoop()
    }
    const named = new Set(differing.slice(0, differingMax))
    ctx.touch({ subjectType: 'engagement_rule_set', subjectId: id })
    for (const row of rows.filter((row) => named.has(row.id)))
      ctx.touch({ subjectType: 'referral', subjectId: row.id, patientId: row.patientId })
    return {
      ruleSet: asked.name,
      presentRuleSet: active.name,
      asOf: toInstant(ctx.now),
      referrals: rows.length,
      cut: received.length > rows.length,
      steps: comparison.steps().map(({ at, ...counts }) => ({ at: toInstant(at), ...counts })),
      differing: [...named],
      differingCut: differing.length > named.size,
    }
  },
})

function refuseOddPeriod({ now }: TxCtx, from: Date, to: Date, stepDays: number) {
  if (from >= to) throw invalidInput({ path: ['to'], code: 'period_empty', detail: 'Must be after from.' })
  if (to > now) throw invalidInput({ path: ['to'], code: 'period_in_future', detail: 'History ends now.' })
  if (stepsBetween(from, to, stepDays).length > simulationStepsMax)
    throw invalidInput({
      path: ['stepDays'],
      code: 'too_many_steps',
      detail: `The period may have ${simulationStepsMax} steps, its end included.`,
    })
}

/** Those that were open at some time of the period, the newest, one more than are looked at. */
function receivedBetween({ db, networkId, organizationId }: TxCtx, from: Date, to: Date) {
  return db
    .select()
    .from(referrals)
    .where(
      and(
        eq(referrals.networkId, networkId),
        eq(referrals.receivingOrganizationId, organizationId),
        lte(referrals.createdAt, to),
        or(isNull(referrals.closedAt), gt(referrals.closedAt, from)),
        ne(referrals.status, 'entered_in_error'),
      ),
    )
    .orderBy(desc(referrals.id))
    .limit(simulatedReferralsMax + 1)
}
