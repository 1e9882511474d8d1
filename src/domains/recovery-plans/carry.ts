import { and, eq } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import type { PersonKey } from '../../core/data-keys.ts'
import {
  milestones,
  planSignatures,
  planVersions,
  recoveryPlans,
  sealedMilestones,
  sealedPlans,
  sealedPlanVersions,
} from './table.ts'

/**
 * The plan goes along with a person who stays without their clinic: the same ids, signatures and digests, under the key that
 * they have here, and found by nobody beside those who accompany them. To be called past the organization wall.
 */
export async function carryPlan(
  ctx: TxCtx,
  from: { readonly patientId: string; readonly organizationId: string },
  own: PersonKey,
): Promise<void> {
  const { db, networkId } = ctx
  const plans = await sealedPlans.open(
    ctx,
    await db
      .select(sealedPlans.columns)
      .from(recoveryPlans)
      .where(
        and(
          eq(recoveryPlans.networkId, networkId),
          eq(recoveryPlans.patientId, from.patientId),
          eq(recoveryPlans.organizationId, from.organizationId),
        ),
      ),
  )
  const [plan] = plans
  if (!plan) return
  const moved = { patientId: own.personId, readerIds: [] }
  const [versions, reached] = await Promise.all([
    db
      .select(sealedPlanVersions.columns)
      .from(planVersions)
      .where(and(eq(planVersions.networkId, networkId), eq(planVersions.planId, plan.id)))
      .then((rows) => sealedPlanVersions.open(ctx, rows)),
    db
      .select(sealedMilestones.columns)
      .from(milestones)
      .where(and(eq(milestones.networkId, networkId), eq(milestones.planId, plan.id)))
      .then((rows) => sealedMilestones.open(ctx, rows)),
  ])
  ctx.write(
    db
      .update(recoveryPlans)
      .set(sealedPlans.row(own, { ...plan, ...moved, version: plan.version + 1, updatedAt: ctx.now }))
      .where(and(eq(recoveryPlans.networkId, networkId), eq(recoveryPlans.id, plan.id))),
  )
  for (const version of versions)
    ctx.write(
      db
        .update(planVersions)
        .set(sealedPlanVersions.row(own, { ...version, ...moved }))
        .where(
          and(
            eq(planVersions.networkId, networkId),
            eq(planVersions.planId, plan.id),
            eq(planVersions.number, version.number),
          ),
        ),
    )
  ctx.write(
    db
      .update(planSignatures)
      .set(moved)
      .where(and(eq(planSignatures.networkId, networkId), eq(planSignatures.planId, plan.id))),
  )
  for (const one of reached) {
    const sharedWith = one.sharedWith.filter((other) => other !== 'clinic')
    ctx.write(
      db
        .update(milestones)
        .set(sealedMilestones.row(own, { ...one, ...moved, sharedWith, version: one.version + 1 }))
        .where(and(eq(milestones.networkId, networkId), eq(milestones.id, one.id))),
    )
  }
}
