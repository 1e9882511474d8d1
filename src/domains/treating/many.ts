import { and, desc, eq } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { firstPages } from '../../core/first-pages.ts'
import { grouped } from '../../core/grouped.ts'
import { FirstPages } from '../../core/many.ts'
import { eachId } from '../../db/each.ts'
import { newestOfEach } from '../../db/newest.ts'
import { patientsAmong } from '../patients/store.ts'
import { treatingRelationships } from './table.ts'
import { toTreating } from './view.ts'

/** Who treats each patient, newest first, as `listTreatingRelationships` lists them. */
export const treatingRelationshipsOfPatients = action({
  id: 'treatingRelationships.ofPatients',
  scope: 'consents:read',
  input: FirstPages,
  run: async (ctx, { ids, limit }) => {
    const of = eq(treatingRelationships.patientId, eachId)
    const [own, rows] = await Promise.all([
      patientsAmong(ctx, ids),
      ctx.db
        .select()
        .from(treatingRelationships)
        .where(
          and(
            eq(treatingRelationships.networkId, ctx.networkId),
            newestOfEach(ctx, treatingRelationships, { ids, limit, of }),
          ),
        )
        .orderBy(desc(treatingRelationships.id)),
    ])
    for (const id of own) ctx.touch({ subjectType: 'patient', subjectId: id, patientId: id })
    const rowsOf = grouped(rows, ({ patientId }) => patientId)
    return firstPages(ctx, {
      ids: own,
      limit,
      list: 'treating-relationships',
      filters: (id) => id,
      rowsOf,
      show: toTreating,
    })
  },
})
