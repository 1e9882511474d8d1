import { and, eq, inArray } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { Opened } from '../../db/sealing.ts'
import { groundsOf } from '../decisions/grounds.ts'
import { discloseOne, project } from '../disclosures/store.ts'
import { type Patient, type PatientIdentifier, patientClasses } from './contract.ts'
import { type PatientRow, selectPatient } from './store.ts'
import { patientIdentifiers, sealedIdentifiers, sealedPatients } from './table.ts'

/** Without identifiers for another organization: the holder's numbering is its own. */
export function toPatient(
  { networkId: _, readerIds: __, ...row }: PatientRow,
  identifiers?: PatientIdentifier[],
): Patient {
  return {
    ...row,
    ...(identifiers && { identifiers }),
    erasedAt: toInstantOrNull(row.erasedAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

/** The patient as the caller may see them, with the notice and the ledger row where the record is another's. */
export async function showPatient(ctx: TxCtx, id: string): Promise<Patient> {
  if (ctx.person?.type === 'patient') {
    if ((await selectPatient(ctx, id)).length === 0) throw notFound('patient')
    ctx.beyondPerson()
  }
  const [rows, identifiers, grounds] = await Promise.all([
    selectPatient(ctx, id).then((rows) => sealedPatients.open(ctx, rows)),
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

type IdentifierRow = Opened<typeof patientIdentifiers>

export async function identifiersOf(ctx: TxCtx, ids: string[]): Promise<IdentifierRow[]> {
  if (ids.length === 0) return []
  const rows = await ctx.db
    .select(sealedIdentifiers.columns)
    .from(patientIdentifiers)
    .where(and(eq(patientIdentifiers.networkId, ctx.networkId), inArray(patientIdentifiers.patientId, ids)))
  const opened = await sealedIdentifiers.open(ctx, rows)
  return opened.sort((a, b) => compare(a.system, b.system) || compare(a.value, b.value))
}

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b))

export const ofPatient = (id: string) => (rows: readonly IdentifierRow[]) =>
  rows.filter(({ patientId }) => patientId === id).map(({ system, value }) => ({ system, value }))
