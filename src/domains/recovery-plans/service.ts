import { and, desc, eq, inArray, lt, sql } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, invalidInput, notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { openCursor, pageById, sealCursor } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { defined } from '../../core/wire.ts'
import { keyOf, withKey } from '../../db/sealing.ts'
import { noGrounds } from '../decisions/facts.ts'
import { groundsOfMany } from '../decisions/grounds.ts'
import { disclose, discloseOne } from '../disclosures/store.ts'
import { findMentorship } from '../mentorships/store.ts'
import {
  ById,
  type Goal,
  type GoalChange,
  OfPlan,
  PlanChanges,
  PlanFilter,
  type RecoveryPlan,
} from './contract.ts'
import { emptyPlan, faultsOfGoals } from './rules.ts'
import {
  accompaniedNow,
  beyondOrganization,
  changePlan,
  groundsFor,
  type PlanRow,
  reachPlan,
  reachToWrite,
  selectPlans,
  sideOf,
  signaturesOf,
  tellOfPlan,
} from './store.ts'
import { planVersions, recoveryPlans, sealedPlans, sealedPlanVersions } from './table.ts'
import { contentOf, toPlan, toPlanVersion } from './view.ts'

/** An answer that is repeated under its key is decided upon anew. */
export const stillTheirs = async (ctx: TxCtx, answer: RecoveryPlan): Promise<RecoveryPlan> => {
  await reachPlan(ctx, answer.id, 'recovery_plan')
  return answer
}

/** One for each person and the organization that accompanies them: the next mentor goes on with it. */
export const startPlan = action({
  id: 'recoveryPlans.start',
  scope: 'plans:write',
  portal: ['mentor', 'patient'],
  input: ById,
  again: stillTheirs,
  run: async (ctx, { id }) => {
    const mentorship = await findMentorship(ctx, id)
    const { networkId, now } = ctx
    const { organizationId, patientId, readerIds, status } = mentorship
    if (sideOf(ctx, organizationId) === 'other') throw notFound('mentorship')
    ctx.beyondPerson()
    const planId = newId(now)
    const { attached } = discloseOne(ctx, {
      grounds: await groundsFor(ctx, mentorship),
      holderId: organizationId,
      patientId,
      subjectType: 'recovery_plan',
      subjectId: planId,
      dataClasses: ['recovery_plan'],
    })
    if (status === 'closed') throw new AppError('transition_not_allowed', 'The mentorship is closed.')
    const plain = {
      ...{ networkId, id: planId, organizationId, patientId, readerIds },
      content: emptyPlan,
      number: 1,
      frozen: false,
      current: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    const key = keyOf(mentorship)
    await beyondOrganization(ctx, mentorship, async () => {
      await ctx.db.insert(recoveryPlans).values(sealedPlans.row(key, plain))
    })
    const row: PlanRow = withKey(plain, key)
    tellOfPlan(ctx, 'started', row)
    return { ...toPlan(row, []), ...attached }
  },
})

export const getPlan = action({
  id: 'recoveryPlans.get',
  scope: 'plans:read',
  portal: ['mentor', 'patient'],
  input: ById,
  run: async (ctx, { id }) => {
    const { row, side, attached } = await reachPlan(ctx, id, 'recovery_plan')
    const [signatures, [signed]] = await Promise.all([
      signaturesOf(ctx, [id]),
      side === 'other' ? signedVersions(ctx, [row]) : [],
    ])
    // Until both have signed, the two are still talking: nobody else reads along.
    if (side === 'other' && !signed) throw notFound('recovery plan')
    return { ...toPlan(row, signatures, signed), ...attached }
  },
})

/** The versions that both have signed last, of those plans that have one. */
async function signedVersions(ctx: TxCtx, plans: readonly PlanRow[]) {
  const signed = plans.filter(({ current }) => current !== null)
  if (signed.length === 0) return []
  const { networkId, planId, number } = planVersions
  const rows = await ctx.db
    .select(sealedPlanVersions.columns)
    .from(planVersions)
    .where(
      and(
        eq(networkId, ctx.networkId),
        inArray(
          sql`(${planId}, ${number})`,
          signed.map(({ id, current }) => sql`(${id}::uuid, ${current}::int)`),
        ),
      ),
    )
  return sealedPlanVersions.open(ctx, rows)
}

export const listPlans = action({
  id: 'recoveryPlans.list',
  scope: 'plans:read',
  portal: ['mentor', 'patient'],
  input: PlanFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const accompanied = await accompaniedNow(ctx)
    if (accompanied) ctx.beyondPerson()
    const { id, patientId, organizationId } = recoveryPlans
    const mine =
      accompanied && and(eq(organizationId, ctx.organizationId), inArray(patientId, [...accompanied]))
    const page = await pageById(ctx, { list: 'recoveryPlans', filters, limit, cursor }, (after, wanted) =>
      accompanied?.size === 0
        ? Promise.resolve([])
        : selectPlans(
            ctx,
            and(
              mine,
              filters.patientId ? eq(patientId, filters.patientId) : undefined,
              after ? lt(id, after) : undefined,
            ),
            wanted,
          ),
    )
    ctx.beyondPerson()
    const data = await showPlans(ctx, page.rows)
    return { data, nextCursor: page.nextCursor }
  },
})

/** With the short notice each, where a plan is another organization's; what may not be told is left out. */
async function showPlans(ctx: TxCtx, rows: readonly PlanRow[]): Promise<RecoveryPlan[]> {
  const foreign = rows.filter(({ organizationId }) => organizationId !== ctx.organizationId)
  const [signatures, signed, groundsFor] = await Promise.all([
    signaturesOf(
      ctx,
      rows.map(({ id }) => id),
    ),
    ctx.person ? [] : signedVersions(ctx, foreign),
    groundsOfMany(ctx, [...new Set(foreign.map(({ patientId }) => patientId))]),
  ])
  const versions = new Map(signed.map((version) => [version.planId, version]))
  const told = rows.filter(
    ({ id, organizationId }) => sideOf(ctx, organizationId) !== 'other' || versions.has(id),
  )
  const shown = disclose(
    ctx,
    told.map(({ id, organizationId, patientId }) => ({
      grounds: organizationId === ctx.organizationId ? noGrounds : groundsFor(patientId),
      holderId: organizationId,
      patientId,
      subjectType: 'recovery_plan' as const,
      subjectId: id,
      dataClasses: ['recovery_plan'] as const,
    })),
    'short',
  )
  return told.flatMap((row, index) => {
    const part = shown[index]
    if (!part || part.permitted.size === 0) return []
    ctx.touch({ subjectType: 'recovery_plan', subjectId: row.id, patientId: row.patientId })
    return [{ ...toPlan(row, signatures, versions.get(row.id)), ...part.attached }]
  })
}

/** What somebody has signed stays as it is: the change begins the next number. */
export const updatePlan = action({
  id: 'recoveryPlans.update',
  scope: 'plans:write',
  portal: ['mentor', 'patient'],
  input: PlanChanges,
  again: stillTheirs,
  run: async (ctx, { id, goals, ...said }) => {
    const { row, attached } = await reachToWrite(ctx, id, 'recovery_plan')
    checkVersion(ctx, row.version)
    const before = contentOf(row)
    const content = {
      ...before,
      ...defined(said),
      ...(goals && { goals: mergedGoals(ctx, before.goals, goals) }),
    }
    const changed = await beyondOrganization(ctx, row, () =>
      changePlan(ctx, row, {
        content,
        frozen: false,
        number: row.frozen ? row.number + 1 : row.number,
      }),
    )
    tellOfPlan(ctx, 'updated', changed)
    return { ...toPlan(changed, []), ...attached }
  },
})

/** Where a goal came from stays with it, however it is changed. What is not said of it, it does not say either. */
function mergedGoals(ctx: TxCtx, before: readonly Goal[], said: readonly GoalChange[]): Goal[] {
  const known = new Map(before.map((goal) => [goal.id, goal]))
  const issues = faultsOfGoals(said, known)
  if (issues.length > 0) throw invalidInput(...issues)
  return said.map(
    ({ id = newId(ctx.now), why = null, targetOn = null, with: companions, after, ...goal }): Goal => ({
      ...{ ...goal, id, why, targetOn, source: known.get(id)?.source ?? null },
      ...(companions && { with: companions }),
      ...(after && { after }),
    }),
  )
}

export const listPlanVersions = action({
  id: 'recoveryPlans.versions',
  scope: 'plans:read',
  portal: ['mentor', 'patient'],
  input: OfPlan,
  run: async (ctx, { id, limit, cursor }) => {
    const list = 'recoveryPlanVersions'
    const [before] = openCursor(ctx, list, id, cursor) ?? []
    const { row, side, attached } = await reachPlan(ctx, id, 'recovery_plan')
    const { networkId, planId, number } = planVersions
    const [stored, signatures] = await Promise.all([
      ctx.db
        .select(sealedPlanVersions.columns)
        .from(planVersions)
        .where(
          and(
            eq(networkId, ctx.networkId),
            eq(planId, id),
            before === undefined ? undefined : lt(number, Number(before)),
            // What only one has signed is not yet what the two agreed on.
            side === 'other' ? sql`${number} <= ${row.current ?? 0}` : undefined,
          ),
        )
        .orderBy(desc(number))
        .limit(limit + 1),
      signaturesOf(ctx, [id]),
    ])
    const bothSigned = (one: number) => signatures.filter(({ number: of }) => of === one).length === 2
    const rows = (await sealedPlanVersions.open(ctx, stored)).filter(
      (version) => side !== 'other' || bothSigned(version.number),
    )
    const last = stored[limit - 1]
    return {
      data: rows.slice(0, limit).map((version) => ({ ...toPlanVersion(version, signatures), ...attached })),
      nextCursor: stored.length > limit && last ? sealCursor(ctx, list, id, [String(last.number)]) : null,
    }
  },
})
