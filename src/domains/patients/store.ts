import { and, eq, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { defined } from '../../core/wire.ts'
import type { NewPatient, PatientIdentifier } from './contract.ts'
import { patientIdentifiers, patients } from './table.ts'

export type PatientRow = typeof patients.$inferSelect

/** A patient that the calling organization holds. */
export async function findOwnPatient(
  { db, networkId, organizationId }: TxCtx,
  id: string,
): Promise<PatientRow> {
  const [row] = await db
    .select()
    .from(patients)
    .where(
      and(
        eq(patients.networkId, networkId),
        eq(patients.id, id),
        eq(patients.organizationId, organizationId),
      ),
    )
  if (!row) throw notFound('patient')
  return row
}

/** A patient whom the calling organization holds, or whose record a consent lets it find. */
export async function findVisiblePatient({ db, networkId }: TxCtx, id: string): Promise<PatientRow> {
  const [row] = await db
    .select()
    .from(patients)
    .where(and(eq(patients.networkId, networkId), eq(patients.id, id)))
  if (!row) throw notFound('patient')
  return row
}

/** What is looked at of a patient before a referral is made. */
export type KnownPatient = Pick<PatientRow, 'id' | 'birthDate' | 'postalCode'>

/** The patient who has this number of the calling organization already. */
export async function findByIdentifier(
  ctx: TxCtx,
  { system, value }: PatientIdentifier,
): Promise<KnownPatient | undefined> {
  const [known] = await ctx.db
    .select({ id: patients.id, birthDate: patients.birthDate, postalCode: patients.postalCode })
    .from(patientIdentifiers)
    .innerJoin(
      patients,
      and(
        eq(patients.networkId, patientIdentifiers.networkId),
        eq(patients.id, patientIdentifiers.patientId),
      ),
    )
    .where(
      and(
        eq(patientIdentifiers.networkId, ctx.networkId),
        eq(patientIdentifiers.organizationId, ctx.organizationId),
        eq(patientIdentifiers.system, system),
        eq(patientIdentifiers.value, value),
      ),
    )
  return known
}

/**
 * The statement that stores what was said of a patient; members left out stay as they are. A new patient's
 * number is claimed on the way: when two requests bring the same new number at once, the number's key refuses
 * one of them, and that transaction looks again and finds the other's patient (`racedKeys`).
 */
export function upsertPatient(ctx: TxCtx, { identifier, ...said }: NewPatient, id: string, isNew: boolean) {
  const { networkId, organizationId, now } = ctx
  const details = defined(said)
  ctx.touch({ subjectType: 'patient', subjectId: id, patientId: id })
  if (isNew) {
    ctx.emit({ type: 'patient.created', subjectType: 'patient', subjectId: id, patientId: id })
    ctx.write(
      ctx.db.insert(patientIdentifiers).values({ networkId, organizationId, ...identifier, patientId: id }),
    )
    return ctx.db
      .insert(patients)
      .values({ ...details, networkId, id, organizationId, createdAt: now, updatedAt: now })
      .returning()
  }
  return ctx.db
    .update(patients)
    .set({ ...details, version: sql`${patients.version} + 1`, updatedAt: now })
    .where(and(eq(patients.networkId, networkId), eq(patients.id, id)))
    .returning()
}

/** The statement that lets organizations find the row; what they are shown of it is `decide`'s to say. */
export function sharePatient({ db, networkId }: TxCtx, patientId: string, readerIds: readonly string[]) {
  return db
    .update(patients)
    .set({
      readerIds: sql`(select coalesce(array_agg(distinct reader), '{}') from unnest(${patients.readerIds} || ${asUuids(readerIds)}) reader)`,
    })
    .where(and(eq(patients.networkId, networkId), eq(patients.id, patientId)))
}

/** The statement that takes organizations off the row again. */
export function unsharePatient({ db, networkId }: TxCtx, patientId: string, readerIds: readonly string[]) {
  return db
    .update(patients)
    .set({
      readerIds: sql`(select coalesce(array_agg(reader), '{}') from unnest(${patients.readerIds}) reader where reader <> all (${asUuids(readerIds)}))`,
    })
    .where(and(eq(patients.networkId, networkId), eq(patients.id, patientId)))
}

const asUuids = (ids: readonly string[]) => sql`${`{${ids.join(',')}}`}::uuid[]`

/**
 * A patient whom the calling organization holds, or the patient of the portal token, wherever it was made. From then on
 * the person wall is down: what the caller reads next is by this patient's id.
 */
export async function findOwnOrSelf(ctx: TxCtx, id: string): Promise<PatientRow> {
  if (ctx.person?.type !== 'patient') return findOwnPatient(ctx, id)
  if (ctx.person.id !== id) throw notFound('patient')
  const row = await findVisiblePatient(ctx, id)
  ctx.beyondPerson()
  return row
}
