import { and, desc, eq } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { firstPages } from '../../core/first-pages.ts'
import { grouped } from '../../core/grouped.ts'
import { FirstPages } from '../../core/many.ts'
import { eachId } from '../../db/each.ts'
import { newestOfEach } from '../../db/newest.ts'
import { patientsAmong } from '../patients/store.ts'
import { legalHolds, sealedHolds } from './table.ts'
import { toHold } from './view.ts'

/** The legal holds on each patient's record, newest first, as `listHolds` lists them. */
export const holdsOfPatients = action({
  id: 'legalHolds.ofPatients',
  scope: 'patients:read',
  input: FirstPages,
  run: async (ctx, { ids, limit }) => {
    const of = eq(legalHolds.patientId, eachId)
    const [own, stored] = await Promise.all([
      patientsAmong(ctx, ids),
      ctx.db
        .select(sealedHolds.columns)
        .from(legalHolds)
        .where(
          and(eq(legalHolds.networkId, ctx.networkId), newestOfEach(ctx, legalHolds, { ids, limit, of })),
        )
        .orderBy(desc(legalHolds.id)),
    ])
    const rowsOf = grouped(await sealedHolds.open(ctx, stored), ({ patientId }) => patientId)
    for (const id of own) ctx.touch({ subjectType: 'patient', subjectId: id, patientId: id })
    return firstPages(ctx, {
      ids: own,
      limit,
      list: 'legal-holds',
      filters: (id) => id,
      rowsOf,
      show: toHold,
    })
  },
})
