import { and, desc, eq } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { firstPages } from '../../core/first-pages.ts'
import { grouped } from '../../core/grouped.ts'
import { FirstPages } from '../../core/many.ts'
import { eachId } from '../../db/each.ts'
import { newestOfEach } from '../../db/newest.ts'
import { patientsAmong } from '../patients/store.ts'
import { toRestriction } from './store.ts'
import { restrictions, sealedRestrictions } from './table.ts'

/** The restrictions of each patient, newest first, as `listRestrictions` lists them. */
export const restrictionsOfPatients = action({
  id: 'restrictions.ofPatients',
  scope: 'consents:read',
  portal: ['patient'],
  input: FirstPages,
  run: async (ctx, { ids, limit }) => {
    const of = eq(restrictions.patientId, eachId)
    const [own, stored] = await Promise.all([
      patientsAmong(ctx, ids),
      ctx.db
        .select(sealedRestrictions.columns)
        .from(restrictions)
        .where(
          and(eq(restrictions.networkId, ctx.networkId), newestOfEach(ctx, restrictions, { ids, limit, of })),
        )
        .orderBy(desc(restrictions.id)),
    ])
    const rowsOf = grouped(await sealedRestrictions.open(ctx, stored), ({ patientId }) => patientId)
    for (const id of own) ctx.touch({ subjectType: 'patient', subjectId: id, patientId: id })
    return firstPages(ctx, {
      ids: own,
      limit,
      list: 'restrictions',
      filters: (id) => id,
      rowsOf,
      show: toRestriction,
    })
  },
})
