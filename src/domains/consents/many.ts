import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { grouped } from '../../core/grouped.ts'
import { eachById, FirstPages, Many } from '../../core/many.ts'
import { cutPage, sealCursor } from '../../core/page.ts'
import { each, eachId } from '../../db/each.ts'
import { consentsFor, groundsOfMany } from '../decisions/grounds.ts'
import { ConsentFilter } from './contract.ts'
import { readConsents, type StoredConsent, statusIs } from './store.ts'
import { consentRevocations, consents, sealedRevocations } from './table.ts'
import { revocationsMax, showConsents, toConsent, toRevocation } from './view.ts'

/** As `getConsent`: to a recipient it is a copy, while it is in force. */
export const getConsents = action({
  id: 'consents.getMany',
  scope: 'consents:read',
  portal: ['patient'],
  input: Many,
  run: async (ctx, { ids }) => {
    const these = and(inArray(consents.id, ids), ofPersonOnly(ctx)) ?? sql`false`
    ctx.beyondPerson()
    const stored = await readConsents(ctx, these, desc(consents.id), ids.length)
    const foreign = stored.filter(({ row }) => row.organizationId !== ctx.organizationId)
    const patientIds = [...new Set(foreign.map(({ row }) => row.patientId))]
    const groundsFor = await groundsOfMany(ctx, patientIds, consentsFor(patientIds.length))
    const inForce = stored.filter(
      (one) => one.row.organizationId === ctx.organizationId || toConsent(one, ctx.now).status === 'active',
    )
    return eachById(showConsents(ctx, inForce, groundsFor))
  },
})

/** Said by the query itself, since a consent's parties stand behind the person wall. */
const ofPersonOnly = ({ person }: TxCtx) => person && eq(consents.patientId, person.id)

function show(ctx: TxCtx, stored: StoredConsent) {
  const { id, patientId } = stored.row
  ctx.touch({ subjectType: 'consent', subjectId: id, patientId })
  return toConsent(stored, ctx.now)
}

/** The consents of each patient that the caller's organization holds, newest first. */
export const consentsOfPatients = action({
  id: 'consents.ofPatients',
  scope: 'consents:read',
  portal: ['patient'],
  input: FirstPages.extend({ status: ConsentFilter.shape.status }),
  run: async (ctx, { ids, limit, status }) => {
    const { db, networkId } = ctx
    ctx.beyondPerson()
    const newest = db
      .select({ id: consents.id })
      .from(consents)
      .where(
        and(
          eq(consents.networkId, networkId),
          eq(consents.organizationId, ctx.organizationId),
          eq(consents.patientId, eachId),
          ofPersonOnly(ctx),
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

/** What was revoked of each consent that the caller's organization holds, as `listConsentRevocations` lists it. */
export const revocationsOfConsents = action({
  id: 'consents.revocationsOfMany',
  scope: 'consents:read',
  input: Many,
  run: async (ctx, { ids }) => {
    const { db, networkId, organizationId } = ctx
    const first = db
      .select(sealedRevocations.columns)
      .from(consentRevocations)
      .where(and(eq(consentRevocations.networkId, networkId), eq(consentRevocations.consentId, eachId)))
      .orderBy(consentRevocations.id)
      .limit(revocationsMax)
      .as('first')
    const [own, found] = await Promise.all([
      db
        .select({ id: consents.id, patientId: consents.patientId })
        .from(consents)
        .where(
          and(
            eq(consents.networkId, networkId),
            eq(consents.organizationId, organizationId),
            inArray(consents.id, ids),
          ),
        ),
      db.select().from(each(ids)).crossJoinLateral(first),
    ])
    const rows = await sealedRevocations.open(
      ctx,
      found.map(({ first: one }) => one),
    )
    const rowsOf = grouped(rows, ({ consentId }) => consentId)
    return own.map(({ id, patientId }) => {
      ctx.touch({ subjectType: 'consent', subjectId: id, patientId })
      return { id, answer: { data: rowsOf(id).map(toRevocation) } }
    })
  },
})
