import { and, desc, eq, inArray } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { eachById, FirstPages, Many } from '../../core/many.ts'
import { cutPage, sealCursor } from '../../core/page.ts'
import { each, eachId, grouped } from '../../db/each.ts'
import { ConsentFilter } from './contract.ts'
import { readConsents, type StoredConsent, statusIs, toConsent } from './store.ts'
import { consents } from './table.ts'

/** As `getConsent`: to a recipient it is a copy, while it is in force. */
export const getConsents = action({
  id: 'consents.getMany',
  scope: 'consents:read',
  input: Many,
  run: async (ctx, { ids }) => {
    const stored = await readConsents(ctx, inArray(consents.id, ids), desc(consents.id), ids.length)
    return eachById(
      stored
        .map((one) => show(ctx, one))
        .filter(({ organizationId, status }) => organizationId === ctx.organizationId || status === 'active'),
    )
  },
})

function show(ctx: TxCtx, stored: StoredConsent) {
  const { id, patientId } = stored.row
  ctx.touch({ subjectType: 'consent', subjectId: id, patientId })
  return toConsent(stored, ctx.now)
}

/** The consents of each patient that the caller's organization holds, newest first. */
export const consentsOfPatients = action({
  id: 'consents.ofPatients',
  scope: 'consents:read',
  input: FirstPages.extend({ status: ConsentFilter.shape.status }),
  run: async (ctx, { ids, limit, status }) => {
    const { db, networkId } = ctx
    const newest = db
      .select({ id: consents.id })
      .from(consents)
      .where(
        and(
          eq(consents.networkId, networkId),
          eq(consents.organizationId, ctx.organizationId),
          eq(consents.patientId, eachId),
          statusIs(ctx, status),
        ),
      )
      .orderBy(desc(consents.id))
      .limit(limit + 1)
      .as('newest')
    const these = db.select({ id: newest.id }).from(each(ids)).crossJoinLateral(newest)
    const stored = await readConsents(
      ctx,
      inArray(consents.id, these),
      desc(consents.id),
      ids.length * (limit + 1),
    )
    const ofPatient = grouped(stored, ({ row }) => row.patientId)
    return ids.map((id) => {
      const filters = { patientId: id, ...(status && { status }) }
      const page = cutPage(ofPatient(id), limit, ({ row }) => sealCursor(ctx, 'consents', filters, [row.id]))
      return { id, answer: { data: page.rows.map((one) => show(ctx, one)), nextCursor: page.nextCursor } }
    })
  },
})
