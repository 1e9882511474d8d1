import { and, eq, gt, lte, sql } from 'drizzle-orm'
import { pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { Caller, Occasion } from '../core/context.ts'
import { AppError } from '../core/errors.ts'
import type { Keyring } from '../core/keyring.ts'
import type { Tx } from './client.ts'
import { bytea, instant } from './columns.ts'

/** Answers kept for 24 hours, sealed, written in the transaction of the change that they report. */
const idempotencyAnswers = pgTable('idempotency_answers', {
  networkId: uuid().notNull(),
  organizationId: uuid().notNull(),
  clientId: uuid().notNull(),
  action: text().notNull(),
  key: text().notNull(),
  inputDigest: text().notNull(),
  answer: bytea().notNull(),
  createdAt: instant().notNull(),
  expiresAt: instant().notNull(),
  /** Whom the answer tells of: it goes when their key is destroyed. */
  patientIds: uuid().array().notNull().default([]),
})

const keptMs = 24 * 60 * 60 * 1000

export interface KeyedRequest extends Caller, Occasion {
  readonly keyring: Keyring
  readonly action: string
  readonly key: string
  readonly inputDigest: string
}

/**
 * Claims the key for this transaction, or returns the answer given before. The claim is an advisory lock that
 * ends with the transaction: a crashed request leaves nothing to clean up, and since answer and change commit
 * together, a crash after the commit replays and a crash before it leaves the key free.
 */
export async function claimKey(
  db: Tx,
  request: KeyedRequest,
): Promise<{ readonly answer: unknown } | undefined> {
  const { networkId, clientId, action, key, now } = request
  const name = `${networkId}|${clientId}|${action}|${key}`
  const [lock, stored] = await Promise.all([
    db.execute<{ held: boolean }>(
      sql`select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as held`,
    ),
    db
      .select()
      .from(idempotencyAnswers)
      .where(
        and(
          eq(idempotencyAnswers.networkId, networkId),
          eq(idempotencyAnswers.clientId, clientId),
          eq(idempotencyAnswers.action, action),
          eq(idempotencyAnswers.key, key),
          gt(idempotencyAnswers.expiresAt, now),
        ),
      ),
  ])
  const [earlier] = stored
  if (earlier && earlier.inputDigest !== request.inputDigest) {
    throw new AppError(
      'idempotency_key_reused',
      'This key was sent before with another body. Use a new key for a new request.',
    )
  }
  if (earlier) return { answer: JSON.parse(request.keyring.open('idempotency-answer', earlier.answer)) }
  if (!lock.rows[0]?.held) {
    throw new AppError(
      'idempotency_in_progress',
      'The first request with this key is still running. Repeat it in a moment.',
    )
  }
  return undefined
}

/** The statement that keeps the answer; an expired row under the same key is taken over. */
export function keepAnswer(db: Tx, request: KeyedRequest, answer: unknown, patientIds: readonly string[]) {
  const row = {
    inputDigest: request.inputDigest,
    answer: request.keyring.seal('idempotency-answer', JSON.stringify(answer)),
    patientIds: [...patientIds],
    createdAt: request.now,
    expiresAt: new Date(request.now.getTime() + keptMs),
  }
  return db
    .insert(idempotencyAnswers)
    .values({
      networkId: request.networkId,
      organizationId: request.organizationId,
      clientId: request.clientId,
      action: request.action,
      key: request.key,
      ...row,
    })
    .onConflictDoUpdate({
      target: [
        idempotencyAnswers.networkId,
        idempotencyAnswers.clientId,
        idempotencyAnswers.action,
        idempotencyAnswers.key,
      ],
      set: row,
    })
}

/** The statement that forgets every answer that told of a patient. */
export function deleteAnswersAbout(db: Tx, networkId: string, patientId: string) {
  return db
    .delete(idempotencyAnswers)
    .where(
      and(
        eq(idempotencyAnswers.networkId, networkId),
        sql`${patientId}::uuid = any (${idempotencyAnswers.patientIds})`,
      ),
    )
}

/** Locks held by one deletion are held for a moment only: the rest is left for the next. */
const deletedAtOnce = 1_000

/** Deletes a batch of the answers that are no longer given, and returns how many: 0 when none is left. */
export async function deleteExpiredAnswers(db: Tx, networkId: string, now: Date): Promise<number> {
  const { networkId: network, clientId, action, key, expiresAt } = idempotencyAnswers
  const expired = db
    .select({ network, clientId, action, key })
    .from(idempotencyAnswers)
    .where(and(eq(network, networkId), lte(expiresAt, now)))
    .orderBy(expiresAt)
    .limit(deletedAtOnce)
    .for('update', { skipLocked: true })
  const { rowCount } = await db
    .delete(idempotencyAnswers)
    .where(sql`(${network}, ${clientId}, ${action}, ${key}) in ${expired}`)
  return rowCount ?? 0
}
