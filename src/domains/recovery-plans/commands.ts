import { and, eq, lt, type SQL } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { keyOf } from '../../db/sealing.ts'
import type { BlueprintStep } from '../blueprints/contract.ts'
import { contentOf as stepsOf, toOffered } from '../blueprints/view.ts'
import { isNotOfOneWhoLeft, selectRead } from '../publications/store.ts'
import { publications } from '../publications/table.ts'
import { Adopt, type Goal, goalsMax, OfPlan, Sign } from './contract.ts'
import { digestOf } from './rules.ts'
import { stillTheirs } from './service.ts'
import {
  beyondOrganization,
  changePlan,
  type PlanRow,
  reachPlan,
  reachToWrite,
  requirePerson,
  signaturesOf,
  tellOfPlan,
} from './store.ts'
import { planSignatures, planVersions, sealedPlanVersions } from './table.ts'
import { contentOf, toPlan } from './view.ts'

/** Of whoever keeps the plan: the organization's blueprints, its programs' and those of its mentors, as they are read today. */
const offeredBy = (ctx: TxCtx, plan: PlanRow, which: SQL | undefined, limit: number) =>
  selectRead(
    ctx,
    'blueprint',
    and(eq(publications.organizationId, plan.organizationId), isNotOfOneWhoLeft, which),
    limit,
  )

export const listOfferedBlueprints = action({
  id: 'recoveryPlans.blueprints',
  scope: 'plans:read',
  portal: ['mentor', 'patient'],
  input: OfPlan,
  alone: true,
  run: async (ctx, { id, limit, cursor }) => {
    const { row, attached } = await reachToWrite(ctx, id, 'recovery_plan')
    const page = await pageById(
      ctx,
      { list: 'offeredBlueprints', filters: id, limit, cursor },
      async (after, wanted) => {
        const found = await beyondOrganization(ctx, row, () =>
          offeredBy(ctx, row, after ? lt(publications.id, after) : undefined, wanted),
        )
        return found.map(toOffered)
      },
    )
    return { data: page.rows, nextCursor: page.nextCursor, ...attached }
  },
})

/**
 * Copies the steps of a blueprint into the plan, as goals that are the person's own from then on. Each remembers from which
 * version it came; whatever becomes of the blueprint later, nothing reaches the plan by itself.
 */
export const adoptBlueprint = action({
  id: 'recoveryPlans.adopt',
  scope: 'plans:write',
  portal: ['mentor', 'patient'],
  input: Adopt,
  again: stillTheirs,
  run: async (ctx, { id, blueprintId }) => {
    const { row, attached } = await reachToWrite(ctx, id, 'recovery_plan')
    checkVersion(ctx, row.version)
    const before = contentOf(row)
    const changed = await beyondOrganization(ctx, row, async () => {
      const [blueprint] = await offeredBy(ctx, row, eq(publications.id, blueprintId), 1)
      if (!blueprint)
        throw invalidInput({
          path: ['blueprintId'],
          code: 'unknown_blueprint',
          detail: 'The organization that keeps the plan has published no such blueprint.',
        })
      const number = blueprint.latest.number
      const goals = [
        ...before.goals,
        ...goalsOf(stepsOf(blueprint.latest).steps, { blueprintId, number, now: ctx.now }),
      ]
      if (goals.length > goalsMax)
        throw invalidInput({
          path: ['blueprintId'],
          code: 'too_many_goals',
          detail: `With it the plan would have more than ${goalsMax} goals.`,
        })
      return changePlan(ctx, row, {
        content: { ...before, goals },
        frozen: false,
        number: row.frozen ? row.number + 1 : row.number,
      })
    })
    tellOfPlan(ctx, 'adopted', changed)
    return { ...toPlan(changed, []), ...attached }
  },
})

/** Each step with all that it says; what it waits for is named by the goals that its steps have become. */
function goalsOf(
  steps: readonly BlueprintStep[],
  { blueprintId, number, now }: { readonly blueprintId: string; readonly number: number; readonly now: Date },
): Goal[] {
  const ids = new Map(steps.map(({ key }) => [key, newId(now)]))
  return steps.map(({ key, what, why, domain, startDay, with: companions, after }) => ({
    id: ids.get(key) ?? newId(now),
    domain,
    statement: what,
    why,
    steps: [],
    targetOn: dayAfter(now, startDay),
    achievement: 'in_progress',
    with: companions,
    after: after.flatMap((other) => ids.get(other) ?? []),
    source: { blueprintId, number, step: key },
  }))
}

const dayAfter = (now: Date, days: number) =>
  new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10)

/**
 * The person or their mentor signs the text that they read. The first signature keeps it word by word; with the second it is
 * the version that others may read. A text that moved meanwhile is not signed.
 */
export const signPlan = action({
  id: 'recoveryPlans.sign',
  scope: 'plans:write',
  portal: ['mentor', 'patient'],
  input: Sign,
  again: stillTheirs,
  run: async (ctx, { id, digest: read }) => {
    const { row, side, attached } = await reachPlan(ctx, id, 'recovery_plan')
    requirePerson(side)
    if (read === undefined && ctx.expectedVersion === undefined)
      throw new AppError('precondition_required', 'Say what was read: send its digest, or If-Match.')
    checkVersion(ctx, row.version)
    const content = contentOf(row)
    const digest = digestOf(content, row.number)
    if (read !== undefined && read !== digest)
      throw new AppError(
        'version_conflict',
        'The plan has changed since it was read. Read it again, then sign.',
      )
    const before = (await signaturesOf(ctx, [id])).filter(({ number }) => number === row.number)
    if (before.some(({ signer }) => signer === side)) return { ...toPlan(row, before), ...attached }
    const { networkId, organizationId, readerIds, patientId, number } = row
    const of = { networkId, planId: id, number, organizationId, readerIds, patientId, digest }
    const mentorId = side === 'mentor' ? (ctx.person?.id ?? null) : null
    const signature = { ...of, signer: side, mentorId, signedAt: ctx.now }
    const complete = before.length > 0
    const changed = await beyondOrganization(ctx, row, async () => {
      const moved = await changePlan(ctx, row, { frozen: true, ...(complete && { current: number }) })
      if (!row.frozen)
        await ctx.db
          .insert(planVersions)
          .values(sealedPlanVersions.row(keyOf(row), { ...of, content, createdAt: ctx.now }))
      await ctx.db.insert(planSignatures).values(signature)
      return moved
    })
    tellOfPlan(ctx, 'signed', changed, complete ? readerIds : [])
    return { ...toPlan(changed, [...before, signature]), ...attached }
  },
})
