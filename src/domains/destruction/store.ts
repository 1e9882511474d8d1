import { createHash } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { deleteAnswersAbout } from '../../db/idempotency.ts'
import { destroyKey } from '../../db/person-keys.ts'
import { networks } from '../organizations/table.ts'
import type { PatientRow } from '../patients/store.ts'
import { patientIdentifiers, patients } from '../patients/table.ts'
import { referrals } from '../referrals/table.ts'
import { type Obstacle, obstacles, type RecordFacts } from './rules.ts'

/** Names a person in a certificate: keyed, so that nobody else can try ids. */
export const patientHash = ({ keyring, networkId }: Pick<TxCtx, 'keyring' | 'networkId'>, id: string) =>
  keyring.mac('destroyed-patient', JSON.stringify([networkId, id])).toString('hex')

/** Counted past the organization wall: what another organization still does for the person stands in the way too. */
export async function recordFacts(
  ctx: TxCtx,
  { id, birthDate, updatedAt }: PatientRow,
): Promise<RecordFacts> {
  const { db, networkId } = ctx
  const of = (table: string, more = sql`true`) =>
    sql`(select count(*)::int from ${sql.identifier(table)} x where x.network_id = ${networkId} and x.patient_id = ${id} and ${more})`
  const last = (table: string, column: string) =>
    sql`(select max(x.${sql.identifier(column)}) from ${sql.identifier(table)} x where x.network_id = ${networkId} and x.patient_id = ${id})`
  const [counted] = await db
    .select({
      retentionYears: networks.recordRetentionYears,
      openReferrals: sql<number>`${of('referrals', sql`x.open`)}`,
      livingMentorships: sql<number>`${of('mentorships', sql`x.status <> 'closed'`)}`,
      referrals: sql<number>`${of('referrals', sql`x.status <> 'entered_in_error'`)}`,
      disclosures: sql<number>`${of('disclosures')}`,
      holds: sql<number>`${of('legal_holds', sql`x.released_at is null`)}`,
      lastAt: sql<Date>`greatest(${updatedAt.toISOString()}::timestamptz, ${last('referrals', 'updated_at')},
        ${last('mentorships', 'updated_at')}, ${last('contacts', 'recorded_at')}, ${last('consents', 'updated_at')})`.mapWith(
        patients.updatedAt,
      ),
    })
    .from(networks)
    .where(eq(networks.id, networkId))
  if (!counted) throw new Error('There is no such network')
  return { ...counted, birthDate }
}

const whys: Readonly<Record<Obstacle, string>> = {
  legal_hold: 'A legal hold keeps the record. Another client than the one that placed it releases it.',
  open_referral: 'A referral of the person is open.',
  living_mentorship: 'Somebody accompanies the person.',
  retention_running: 'The years for which the network keeps records have not passed.',
  is_a_record:
    'The person was referred, or something of theirs was disclosed: that is a record, and is kept.',
}

export function refuseKept(facts: RecordFacts, ground: Parameters<typeof obstacles>[1], now: Date): void {
  const found = obstacles(facts, ground, now)
  if (found.length === 0) return
  throw new AppError(
    'record_kept',
    'See errors: each says why the record is kept.',
    found.map((code) => ({ path: ['ground'], code, detail: whys[code] })),
  )
}

/**
 * Destroys the key and what named the person in the clear: their numbers, kept answers, the clinic's order numbers, and
 * what referrals wished for. Rows stay, with their ids, codes and times. Returns the digest of the key that is gone. To be
 * called past the organization wall: parts of the record are held elsewhere.
 */
export async function destroyRecord(ctx: TxCtx, id: string): Promise<string | null> {
  const { db, networkId, now } = ctx
  const wrapped = await destroyKey(ctx, id)
  ctx.write(
    db
      .delete(patientIdentifiers)
      .where(and(eq(patientIdentifiers.networkId, networkId), eq(patientIdentifiers.patientId, id))),
  )
  ctx.write(
    db
      .update(referrals)
      .set({ placerId: null, preferences: {}, sealed: {} })
      .where(and(eq(referrals.networkId, networkId), eq(referrals.patientId, id))),
  )
  ctx.write(
    db
      .update(patients)
      .set({
        erasedAt: now,
        language: null,
        timeZone: null,
        sealed: {},
        version: sql`${patients.version} + 1`,
        updatedAt: now,
      })
      .where(and(eq(patients.networkId, networkId), eq(patients.id, id))),
  )
  ctx.write(deleteAnswersAbout(db, networkId, id))
  return wrapped && createHash('sha256').update(wrapped).digest('hex')
}
