import { and, asc, eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import type { PersonKey } from '../../core/data-keys.ts'
import { notFound } from '../../core/errors.ts'
import { openKey, wrappedKeyOf } from '../../db/sealing.ts'
import { patients, sealedPatients } from '../patients/table.ts'
import type { EmergencyStatus, ReviewOutcome } from './codes.ts'
import { type EmergencyFacts, statusOf } from './rules.ts'
import { emergencyDisclosures, emergencyDocuments, emergencyReviews } from './table.ts'

export type EmergencyRow = typeof emergencyDisclosures.$inferSelect
export type DocumentRow = typeof emergencyDocuments.$inferSelect
export type ReviewRow = typeof emergencyReviews.$inferSelect

/** An emergency as it stands: what was opened, what was documented, and how its reviews go. */
export interface EmergencyRecord {
  readonly row: EmergencyRow
  readonly document: DocumentRow | null
  readonly outcome: ReviewOutcome | null
  readonly reviews: number
  readonly status: EmergencyStatus
  /** Under which its words are sealed. */
  readonly key: PersonKey
}

export const factsOf = ({
  row,
  document,
  outcome,
}: Pick<EmergencyRecord, 'row' | 'document' | 'outcome'>): EmergencyFacts => ({
  openedByClientId: row.openedByClientId,
  openedAt: row.openedAt,
  expiresAt: row.expiresAt,
  documentedAt: document?.documentedAt ?? null,
  outcome,
})

const ofThis = sql`r.network_id = ${emergencyDisclosures.networkId} and r.emergency_id = ${emergencyDisclosures.id}`
const outcome = sql<ReviewOutcome | null>`(select r.outcome from emergency_reviews r where ${ofThis} order by r.position desc limit 1)`
const reviews = sql<number>`(select count(*)::int from emergency_reviews r where ${ofThis})`

export function selectEmergencies({ db, networkId }: TxCtx, condition: SQL | undefined) {
  return db
    .select({
      row: getTableColumns(emergencyDisclosures),
      document: getTableColumns(emergencyDocuments),
      outcome,
      reviews,
      wrappedKey: wrappedKeyOf('emergency_disclosures', 'patient_id'),
    })
    .from(emergencyDisclosures)
    .leftJoin(
      emergencyDocuments,
      and(
        eq(emergencyDocuments.networkId, emergencyDisclosures.networkId),
        eq(emergencyDocuments.emergencyId, emergencyDisclosures.id),
      ),
    )
    .where(and(eq(emergencyDisclosures.networkId, networkId), condition))
}

type Found = Awaited<ReturnType<typeof selectEmergencies>>[number]

export async function toRecord(ctx: TxCtx, { wrappedKey, ...found }: Found): Promise<EmergencyRecord> {
  const key = await openKey(ctx, found.row.patientId, wrappedKey)
  if (!key) throw new Error('An emergency is sealed under its patient’s key')
  return { ...found, key, status: statusOf(factsOf(found), ctx.now) }
}

export async function findEmergency(ctx: TxCtx, id: string): Promise<EmergencyRecord> {
  const [found] = await selectEmergencies(ctx, eq(emergencyDisclosures.id, id))
  if (!found) throw notFound('emergency')
  return toRecord(ctx, found)
}

/** `statusOf`, as a condition on rows. */
export function hasStatus(status: EmergencyStatus, now: Date): SQL {
  const documented = sql`${emergencyDocuments.documentedAt} is not null`
  const conditions: Readonly<Record<EmergencyStatus, SQL>> = {
    open: sql`not ${documented} and ${emergencyDisclosures.expiresAt} > ${now}`,
    undocumented: sql`not ${documented} and ${emergencyDisclosures.expiresAt} <= ${now}`,
    documented: sql`${documented} and ${outcome} is null`,
    in_follow_up: sql`${outcome} = 'needs_follow_up'`,
    reviewed: sql`${outcome} <> 'needs_follow_up'`,
  }
  return sql`(${conditions[status]})`
}

export function reviewsOf({ db, networkId }: TxCtx, emergencyId: string): Promise<ReviewRow[]> {
  return db
    .select()
    .from(emergencyReviews)
    .where(and(eq(emergencyReviews.networkId, networkId), eq(emergencyReviews.emergencyId, emergencyId)))
    .orderBy(asc(emergencyReviews.position))
    .then((rows) => rows)
}

/**
 * Who holds the patient, whoever asks, and the patient's wrapped key. The same statements for somebody else's patient and for none: `mayOpen` decides
 * afterwards, and both are refused alike.
 */
export function holderOf(
  ctx: TxCtx,
  patientId: string,
): Promise<{ readonly holderId: string; readonly wrappedKey: Buffer | null } | undefined> {
  return ctx.acrossOrganizations(async () => {
    const [row] = await ctx.db
      .select({ holderId: patients.organizationId, wrappedKey: sealedPatients.columns.wrappedKey })
      .from(patients)
      .where(and(eq(patients.networkId, ctx.networkId), eq(patients.id, patientId)))
    return row
  })
}
