import { and, eq } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { eachById, Many } from '../../core/many.ts'
import { anyOf } from '../../db/each.ts'
import { toAgreement } from './store.ts'
import { agreements } from './table.ts'

/** As `getAgreement`, of many. */
export const getAgreements = action({
  id: 'organizationAgreements.getMany',
  scope: 'agreements:read',
  input: Many,
  run: async (ctx, { ids }) => {
    const rows = await ctx.db
      .select()
      .from(agreements)
      .where(and(eq(agreements.networkId, ctx.networkId), anyOf(agreements.id, ids)))
    for (const { id, patientId } of rows)
      ctx.touch({ subjectType: 'agreement', subjectId: id, patientId: patientId ?? undefined })
    return eachById(rows.map((row) => toAgreement(row, ctx.now)))
  },
})
