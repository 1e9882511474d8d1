import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { networks } from '../organizations/table.ts'
import { MinorPolicyChanges } from './contract.ts'
import { minorRules } from './table.ts'

async function policyOf({ db, networkId }: TxCtx) {
  const [[network], rules] = await Promise.all([
    db.select({ minorsAccepted: networks.minorsAccepted }).from(networks).where(eq(networks.id, networkId)),
    db
      .select()
      .from(minorRules)
      .where(eq(minorRules.networkId, networkId))
      .orderBy(minorRules.jurisdiction)
      .limit(60),
  ])
  return {
    minorsAccepted: network?.minorsAccepted ?? false,
    rules: rules.map(({ jurisdiction, consentAge, parentSignsToo, majorityAge, source }) => ({
      jurisdiction,
      consentAge,
      parentSignsToo,
      majorityAge,
      source,
    })),
  }
}

export const getMinorPolicy = action({
  id: 'minors.policy',
  scope: 'consents:read',
  input: z.strictObject({}),
  run: policyOf,
})

export const updateMinorPolicy = action({
  id: 'minors.updatePolicy',
  scope: 'network:write',
  input: MinorPolicyChanges,
  run: (ctx, { minorsAccepted, rules = [] }) =>
    ctx.acrossOrganizations(async () => {
      const { db, networkId, now } = ctx
      if (minorsAccepted !== undefined)
        await db.update(networks).set({ minorsAccepted }).where(eq(networks.id, networkId))
      if (rules.length > 0)
        await db
          .insert(minorRules)
          .values(rules.map((rule) => ({ ...rule, networkId, updatedAt: now })))
          .onConflictDoUpdate({
            target: [minorRules.networkId, minorRules.jurisdiction],
            set: {
              consentAge: sql`excluded.consent_age`,
              parentSignsToo: sql`excluded.parent_signs_too`,
              majorityAge: sql`excluded.majority_age`,
              source: sql`excluded.source`,
              version: sql`${minorRules.version} + 1`,
              updatedAt: now,
            },
          })
      ctx.emit({ type: 'minor_policy.updated', subjectType: 'minor_policy', subjectId: networkId })
      ctx.touch({ subjectType: 'minor_policy', subjectId: networkId })
      return policyOf(ctx)
    }),
})
