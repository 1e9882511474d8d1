import { and, eq, or, type Placeholder, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import type { PersonKey } from '../../core/data-keys.ts'
import { notFound } from '../../core/errors.ts'
import { defined } from '../../core/wire.ts'
import { anyOf } from '../../db/each.ts'
import { insertRows } from '../../db/insert.ts'
import { once, writtenOnce } from '../../db/once.ts'
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

/** Those of many whom the calling organization holds; a portal token finds its own person, whose wall stands. */
export async function patientsAmong(ctx: TxCtx, ids: readonly string[]): Promise<string[]> {
  const rows = await ctx.db
    .select({ id: patients.id })
    .from(patients)
    .where(
      and(
        eq(patients.networkId, ctx.networkId),
        anyOf(patients.id, ids),
        ctx.person ? undefined : eq(patients.organizationId, ctx.organizationId),
      ),
    )
  return rows.map(({ id }) => id)
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

interface Number {
  readonly organizationId: string | Placeholder
  readonly system: string | Placeholder
  readonly value: string | Placeholder
  readonly valueHash: Buffer | Placeholder
}

/** A number of an organization, by its hash; one that is not sealed yet, by itself. */
function numbered(network: string | Placeholder, number: Number) {
  const { networkId, organizationId, system, value, valueHash } = patientIdentifiers
  return and(
    eq(networkId, network),
    eq(organizationId, number.organizationId),
    eq(system, number.system),
    or(eq(valueHash, number.valueHash), eq(value, number.value)),
  )
}

const { placeholder } = sql

const byNumber = once((db) =>
  db
    .select(sealedPatients.columns)
    .from(patientIdentifiers)
    .innerJoin(
      patients,
      and(
        eq(patients.networkId, patientIdentifiers.networkId),
        eq(patients.id, patientIdentifiers.patientId),
      ),
    )
    .where(
      numbered(placeholder('networkId'), {
        organizationId: placeholder('organizationId'),
        system: placeholder('system'),
        value: placeholder('value'),
        valueHash: placeholder('valueHash'),
      }),
    ),
)

/** The patient who has this number of the calling organization already. */
export async function findByIdentifier(
  ctx: TxCtx,
  identifier: PatientIdentifier,
): Promise<KnownPatient | undefined> {
  const [known] = await sealedPatients.open(ctx, await byNumber(ctx, numberOf(ctx, identifier)))
  return known
}

const numberOf = (ctx: TxCtx, { system, value }: PatientIdentifier) => ({
  ...{ organizationId: ctx.organizationId, system, value },
  valueHash: identifierHash(ctx, ctx.organizationId, { system, value }),
})

/** A number of the calling organization, for statements of other shapes. */
export const isNumbered = (ctx: TxCtx, identifier: PatientIdentifier) =>
  numbered(ctx.networkId, numberOf(ctx, identifier))

/**
 * The row of a patient who is new, for whoever inserts it. Their number is claimed on the way: when two requests bring
 * the same new number at once, the number's hash refuses one of them, and that transaction looks again and finds the
 * other's patient (`racedKeys`).
 */
export function newPatient(ctx: TxCtx, { identifier, ...said }: NewPatient, id: string, key: PersonKey) {
  const { networkId, organizationId, now } = ctx
  ctx.touch({ subjectType: 'patient', subjectId: id, patientId: id })
  ctx.emit({ type: 'patient.created', subjectType: 'patient', subjectId: id, patientId: id })
  const number = { networkId, organizationId, ...identifier, patientId: id }
  const valueHash = identifierHash(ctx, organizationId, identifier)
  ctx.write(insertRows(patientIdentifiers, { ...sealedIdentifiers.row(key, number), valueHash }))
  const patient = {
    contactPoints: [],
    ...defined(said),
    networkId,
    id,
    organizationId,
    createdAt: now,
    updatedAt: now,
  }
  return sealedPatients.row(key, patient)
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

const addReaders = writtenOnce<{ readonly patientId: string; readonly readers: string }>((db) =>
  db
    .update(patients)
    .set({
      readerIds: sql`(select coalesce(array_agg(distinct reader), '{}') from unnest(${patients.readerIds} || ${placeholder('readers')}::uuid[]) reader)`,
    })
    .where(and(eq(patients.networkId, placeholder('networkId')), eq(patients.id, placeholder('patientId')))),
)

/** The statement that lets organizations find the row; what they are shown of it is `decide`'s to say. */
export const sharePatient = (ctx: TxCtx, patientId: string, readerIds: readonly string[]) =>
  addReaders(ctx, { patientId, readers: `{${readerIds.join()}}` })

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
