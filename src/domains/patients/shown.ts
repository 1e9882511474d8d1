import { and, eq, inArray } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { consentsFor, groundsOfMany } from '../decisions/grounds.ts'
import { disclose, project } from '../disclosures/store.ts'
import { type Patient, patientClasses } from './contract.ts'
import { patients, sealedPatients } from './table.ts'
import { identifiersOf, ofPatient, toPatient } from './view.ts'

/** Many patients as the caller may see them, with the short notice each: who may not be seen is left out. */
export async function showPatients(ctx: TxCtx, ids: readonly string[]): Promise<Patient[]> {
  const these = and(eq(patients.networkId, ctx.networkId), inArray(patients.id, [...ids]))
  const select = async () =>
    sealedPatients.open(ctx, await ctx.db.select(sealedPatients.columns).from(patients).where(these))
  // A person finds themselves behind the person wall; what belongs to them is read beyond it.
  const behindWall = ctx.person?.type === 'patient' ? await select() : undefined
  ctx.beyondPerson()
  const known = behindWall?.map(({ id }) => id) ?? ids
  const [rows, identifiers, groundsOf] = await Promise.all([
    behindWall ?? select(),
    identifiersOf(ctx, [...known]),
    groundsOfMany(ctx, known, consentsFor(ids.length)),
  ])
  const shown = disclose(
    ctx,
    rows.map((row) => ({
      grounds: groundsOf(row.id),
      holderId: row.organizationId,
      patientId: row.id,
      subjectType: 'patient' as const,
      subjectId: row.id,
      dataClasses: ['identity', 'contact'] as const,
    })),
    'short',
  )
  return rows.flatMap((row, index) => {
    const part = shown[index]
    if (!part || part.permitted.size === 0) return []
    const { id } = row
    ctx.touch({ subjectType: 'patient', subjectId: id, patientId: id })
    // The holder's numbering is the holder's: neither another organization nor a mentor needs it to call somebody.
    const own = row.organizationId === ctx.organizationId && ctx.person?.type !== 'mentor'
    const patient = toPatient(row, own ? ofPatient(id)(identifiers) : undefined)
    return [{ ...project(patient, patientClasses, part.permitted), ...part.attached }]
  })
}
