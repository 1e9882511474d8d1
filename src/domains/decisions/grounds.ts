import { and, desc, eq, gt, gte, inArray, isNull, lte, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { grouped } from '../../core/grouped.ts'
import { agreements } from '../agreements/table.ts'
import { readConsents, toFacts } from '../consents/store.ts'
import { consents } from '../consents/table.ts'
import { patients as patientRecords } from '../patients/table.ts'
import { treatingRelationships } from '../treating/table.ts'
import { type AgreementFacts, type Grounds, noGrounds, type Restriction } from './facts.ts'

export type GroundsOf = (patientId: string) => Grounds

/** How many consents of one patient are weighed for one decision: the newest. */
const consentsWeighedMax = 100

/** Consents of a whole page that are weighed at once: some for each of a hundred patients. */
const consentsOfPageMax = 2_000

/** For a level of a query, which may be of more people than a page: as many for each as anybody has. */
export const consentsFor = (people: number) => Math.max(consentsOfPageMax, people * 20)

/** Agreements between the caller's organization and others that are in force at a time. */
const agreementsMax = 500

/** Ids, or a query for them. */
type Patients = readonly string[] | SQLWrapper

/** What the decision about one patient rests on. `patient` is an id, or a query for one. */
export async function groundsOf(ctx: TxCtx, patient: string | SQLWrapper): Promise<Grounds> {
  const patients = typeof patient === 'string' ? [patient] : patient
  const [stored, restrictions, agreed, treats, held] = await readAll(ctx, patients, consentsWeighedMax)
  return {
    consents: stored.map(toFacts),
    restrictions,
    agreements: agreed,
    treating: new Set(treats.map(({ treatingOrganizationId }) => treatingOrganizationId)),
    heldBy: held[0]?.organizationId ?? null,
  }
}

/** The same of many patients, with the same statements. */
export async function groundsOfMany(
  ctx: TxCtx,
  patients: Patients,
  most = consentsOfPageMax,
): Promise<GroundsOf> {
  if (Array.isArray(patients) && patients.length === 0) return () => noGrounds
  const [stored, restrictions, agreed, treats, held] = await readAll(ctx, patients, most)
  const consentsOf = grouped(stored, ({ row }) => row.patientId)
  const restrictionsOf = grouped(restrictions, ({ patientId }) => patientId)
  const treatsOf = grouped(treats, ({ patientId }) => patientId)
  const holders = new Map(held.map(({ id, organizationId }) => [id, organizationId]))
  return (patientId) => ({
    consents: consentsOf(patientId).map(toFacts),
    restrictions: restrictionsOf(patientId),
    agreements: agreed,
    treating: new Set(treatsOf(patientId).map(({ treatingOrganizationId }) => treatingOrganizationId)),
    heldBy: holders.get(patientId) ?? null,
  })
}

/** What stands beside consents: of people who are known, and between organizations. */
export async function limitsOf(ctx: TxCtx, patientIds: readonly string[]): Promise<Grounds> {
  const [restrictions, agreed] = await Promise.all([
    patientIds.length === 0 ? [] : readRestrictions(ctx, patientIds),
    readAgreements(ctx),
  ])
  return { ...noGrounds, restrictions, agreements: agreed }
}

/** Always the same statements, whatever is asked of whom, and one round trip. */
function readAll(ctx: TxCtx, patients: Patients, most: number) {
  const these = Array.isArray(patients) ? [...(patients as readonly string[])] : (patients as SQLWrapper)
  return Promise.all([
    readConsents(ctx, inArray(consents.patientId, these), desc(consents.id), most),
    readRestrictions(ctx, patients),
    readAgreements(ctx),
    readTreating(ctx, these),
    readHolders(ctx, these),
  ])
}

export interface BindingRestriction extends Restriction {
  readonly patientId: string
}

/** Read past the organization wall, by a function that says no more than what binds the caller (migration 0015). */
async function readRestrictions({ db }: TxCtx, patients: Patients): Promise<BindingRestriction[]> {
  const ids = Array.isArray(patients) ? sql`${sql.param([...patients])}::uuid[]` : sql`array(${patients})`
  const { rows } = await db.execute<{
    patient_id: string
    recipient_organization_id: string | null
    mentor_id: string | null
    data_classes: Restriction['dataClasses']
  }>(sql`select * from restrictions_binding(${ids})`)
  return rows.map((row) => ({
    patientId: row.patient_id,
    recipientOrganizationId: row.recipient_organization_id,
    mentorId: row.mentor_id,
    dataClasses: row.data_classes,
  }))
}

/** In force on a day, in UTC. */
export function inForceOn(today: string): SQL | undefined {
  const { effectiveOn, endsOn, terminatedAt } = agreements
  return and(isNull(terminatedAt), lte(effectiveOn, today), or(isNull(endsOn), gte(endsOn, today)))
}

function readAgreements({ db, networkId, now }: TxCtx): Promise<AgreementFacts[]> {
  return db
    .select()
    .from(agreements)
    .where(and(eq(agreements.networkId, networkId), inForceOn(now.toISOString().slice(0, 10))))
    .orderBy(desc(agreements.id))
    .limit(agreementsMax)
    .then((rows) => rows)
}

function readTreating({ db, networkId, now }: TxCtx, patients: string[] | SQLWrapper) {
  const { patientId, treatingOrganizationId, beganOn, endedOn } = treatingRelationships
  const today = now.toISOString().slice(0, 10)
  return db
    .select({ patientId, treatingOrganizationId })
    .from(treatingRelationships)
    .where(
      and(
        eq(treatingRelationships.networkId, networkId),
        inArray(patientId, patients),
        lte(beganOn, today),
        or(isNull(endedOn), gt(endedOn, today)),
      ),
    )
    .then((rows) => rows)
}

function readHolders({ db, networkId }: TxCtx, patients: string[] | SQLWrapper) {
  const { id, organizationId } = patientRecords
  return db
    .select({ id, organizationId })
    .from(patientRecords)
    .where(and(eq(patientRecords.networkId, networkId), inArray(id, patients)))
    .then((rows) => rows)
}
