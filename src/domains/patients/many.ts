import { and, eq, inArray } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { Many } from '../../core/many.ts'
import { consentsFor, groundsOfMany } from '../decisions/grounds.ts'
import { disclose, project } from '../disclosures/store.ts'
import { patientClasses } from './contract.ts'
import { patients, sealedPatients } from './table.ts'
import { identifiersOf, ofPatient, toPatient } from './view.ts'

/** As `getPatient`, with the short notice each: who may not be seen is left out. */
export const getPatients = action({
  id: 'patients.getMany',
  scope: 'patients:read',
  portal: ['patient'],
  input: Many,
  run: async (ctx, { ids }) => {
    const these = and(eq(patients.networkId, ctx.networkId), inArray(patients.id, ids))
    const select = async () =>
      sealedPatients.open(ctx, await ctx.db.select(sealedPatients.columns).from(patients).where(these))
    // A person finds themselves behind the person wall; what belongs to them is read beyond it.
    const behindWall = ctx.person && (await select())
    ctx.beyondPerson()
    const known = behindWall?.map(({ id }) => id) ?? ids
    const [rows, identifiers, groundsOf] = await Promise.all([
      behindWall ?? select(),
      identifiersOf(ctx, [...known]),
      groundsOfMany(
        ctx,
        ctx.db.select({ id: patients.id }).from(patients).where(these),
        consentsFor(ids.length),
      ),
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
      const own = row.organizationId === ctx.organizationId
      const patient = toPatient(row, own ? ofPatient(id)(identifiers) : undefined)
      return [{ id, answer: { ...project(patient, patientClasses, part.permitted), ...part.attached } }]
    })
  },
})
