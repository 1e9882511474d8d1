import { and, eq, inArray } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { toInstant } from '../../core/wire.ts'
import { groundsOf } from '../decisions/grounds.ts'
import { discloseOne, project } from '../disclosures/store.ts'
import { type Patient, type PatientIdentifier, patientClasses } from './contract.ts'
import type { PatientRow } from './store.ts'
import { patientIdentifiers, patients } from './table.ts'

/** Without identifiers for another organization: the holder's numbering is its own. */
export function toPatient(
  { networkId: _, readerIds: __, ...row }: PatientRow,
  identifiers?: PatientIdentifier[],
): Patient {
  return {
    ...row,
    ...(identifiers && { identifiers }),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

/** The patient as the caller may see them, with the notice and the ledger row where the record is another's. */
export async function showPatient(ctx: TxCtx, id: string): Promise<Patient> {
  const find = () =>
    ctx.db
      .select()
      .from(patients)
      .where(and(eq(patients.networkId, ctx.networkId), eq(patients.id, id)))
  if (ctx.person?.type === 'patient') {
    if ((await find()).length === 0) throw notFound('patient')
    ctx.beyondPerson()
  }
  const [rows, identifiers, grounds] = await Promise.all([
    find(),
    identifiersOf(ctx, [id]),
    groundsOf(ctx, id),
  ])
  const [row] = rows
  if (!row) throw notFound('patient')
  const shown = discloseOne(ctx, {
    grounds,
    holderId: row.organizationId,
    patientId: id,
    subjectType: 'patient',
    subjectId: id,
    dataClasses: ['identity', 'contact'],
    members: patientClasses,
  })
  ctx.touch({ subjectType: 'patient', subjectId: id, patientId: id })
  const ours = row.organizationId === ctx.organizationId && ctx.person?.type !== 'mentor'
  const patient = toPatient(row, ours ? ofPatient(id)(identifiers) : undefined)
  return { ...project(patient, patientClasses, shown.permitted), ...shown.attached }
}

type IdentifierRow = typeof patientIdentifiers.$inferSelect

export function identifiersOf({ db, networkId }: TxCtx, ids: string[]): Promise<IdentifierRow[]> {
  if (ids.length === 0) return Promise.resolve([])
  return db
    .select()
    .from(patientIdentifiers)
    .where(and(eq(patientIdentifiers.networkId, networkId), inArray(patientIdentifiers.patientId, ids)))
    .orderBy(patientIdentifiers.system, patientIdentifiers.value)
    .then((rows) => rows)
}

export const ofPatient = (id: string) => (rows: readonly IdentifierRow[]) =>
  rows.filter(({ patientId }) => patientId === id).map(({ system, value }) => ({ system, value }))
