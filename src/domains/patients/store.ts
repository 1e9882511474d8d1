import { and, eq, or, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import type { PersonKey } from '../../core/data-keys.ts'
import { notFound } from '../../core/errors.ts'
import { defined } from '../../core/wire.ts'
import type { Opened } from '../../db/sealing.ts'
import type { NewPatient, PatientIdentifier } from './contract.ts'
import { identifierHash, patientIdentifiers, patients, sealedIdentifiers, sealedPatients } from './table.ts'

export type PatientRow = Opened<typeof patients>

/** A patient that the calling organization holds. */
export async function findOwnPatient(ctx: TxCtx, id: string): Promise<PatientRow> {
  const { db, networkId, organizationId } = ctx
  const rows = await db
    .select(sealedPatients.columns)
    .from(patients)
    .where(
      and(
        eq(patients.networkId, networkId),
        eq(patients.id, id),
        eq(patients.organizationId, organizationId),
      ),
    )
  const [row] = await sealedPatients.open(ctx, rows)
  if (!row) throw notFound('patient')
  return row
}

/** A patient whom the calling organization holds, or whose record a consent lets it find. */
export async function findVisiblePatient(ctx: TxCtx, id: string): Promise<PatientRow> {
  const [row] = await sealedPatients.open(ctx, await selectPatient(ctx, id))
  if (!row) throw notFound('patient')
  return row
}

/** The row as it is stored; whoever selects it opens it. */
export function selectPatient({ db, networkId }: TxCtx, id: string) {
  return db
    .select(sealedPatients.columns)
    .from(patients)
    .where(and(eq(patients.networkId, networkId), eq(patients.id, id)))
}

/** What is looked at of a patient before a referral is made. */
export type KnownPatient = PatientRow

/** The patient who has this number of the calling organization already. */
export async function findByIdentifier(
  ctx: TxCtx,
  identifier: PatientIdentifier,
): Promise<KnownPatient | undefined> {
  const rows = await ctx.db
    .select(sealedPatients.columns)
    .from(patientIdentifiers)
    .innerJoin(
      patients,
      and(
        eq(patients.networkId, patientIdentifiers.networkId),
        eq(patients.id, patientIdentifiers.patientId),
      ),
    )
    .where(isNumbered(ctx, identifier))
  const [known] = await sealedPatients.open(ctx, rows)
  return known
}

/** A number of the calling organization, by its hash; one that is not sealed yet, by itself. */
export function isNumbered(ctx: TxCtx, identifier: PatientIdentifier) {
  const { networkId, organizationId, system, value, valueHash } = patientIdentifiers
  return and(
    eq(networkId, ctx.networkId),
    eq(organizationId, ctx.organizationId),
    eq(system, identifier.system),
    or(eq(valueHash, identifierHash(ctx, ctx.organizationId, identifier)), eq(value, identifier.value)),
  )
}

/**
 * The statement that adds a patient. Their number is claimed on the way: when two requests bring the same new number at
 * once, the number's hash refuses one of them, and that transaction looks again and finds the other's patient
 * (`racedKeys`).
 */
export function insertPatient(ctx: TxCtx, { identifier, ...said }: NewPatient, id: string, key: PersonKey) {
  const { networkId, organizationId, now } = ctx
  ctx.touch({ subjectType: 'patient', subjectId: id, patientId: id })
  ctx.emit({ type: 'patient.created', subjectType: 'patient', subjectId: id, patientId: id })
  const numbered = { networkId, organizationId, ...identifier, patientId: id }
  const valueHash = identifierHash(ctx, organizationId, identifier)
  ctx.write(ctx.db.insert(patientIdentifiers).values({ ...sealedIdentifiers.row(key, numbered), valueHash }))
  const patient = {
    contactPoints: [],
    ...defined(said),
    networkId,
    id,
    organizationId,
    createdAt: now,
    updatedAt: now,
  }
  return ctx.db.insert(patients).values(sealedPatients.row(key, patient)).returning(sealedPatients.columns)
}

/** The statement that adds what was said to a patient who is known; members left out stay as they are. */
export function retellPatient(ctx: TxCtx, known: KnownPatient, { identifier: _, ...said }: NewPatient) {
  const { id } = known
  ctx.touch({ subjectType: 'patient', subjectId: id, patientId: id })
  return ctx.db
    .update(patients)
    .set({
      ...sealedPatients.changes(known, defined(said)),
      version: sql`${patients.version} + 1`,
      updatedAt: ctx.now,
    })
    .where(and(eq(patients.networkId, ctx.networkId), eq(patients.id, id)))
    .returning(sealedPatients.columns)
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
