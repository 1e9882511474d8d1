import { and, eq, gt, lte, sql } from 'drizzle-orm'
import { pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { Caller, Occasion, Statement } from '../core/context.ts'
import { AppError } from '../core/errors.ts'
import type { Keyring } from '../core/keyring.ts'
import type { Tx } from './client.ts'
import { bytea, instant } from './columns.ts'
import { once, writtenOnce } from './once.ts'

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

const { placeholder } = sql
const networkId = placeholder('networkId')
const isKey = and(
  eq(idempotencyAnswers.networkId, networkId),
  eq(idempotencyAnswers.clientId, placeholder('clientId')),
  eq(idempotencyAnswers.action, placeholder('action')),
  eq(idempotencyAnswers.key, placeholder('key')),
)

const tryLock = once<{ readonly name: string }, { held: boolean }>((db) =>
  db
    .select({ held: sql<boolean>`pg_try_advisory_xact_lock(hashtextextended(${placeholder('name')}, 0))` })
    .from(sql`(values (1)) as once`),
)

const answersUnder = once<
  Pick<KeyedRequest, 'clientId' | 'action' | 'key' | 'now'>,
  { inputDigest: string; answer: Buffer }
>((db) =>
  db
    .select({ inputDigest: idempotencyAnswers.inputDigest, answer: idempotencyAnswers.answer })
    .from(idempotencyAnswers)
    .where(and(isKey, gt(idempotencyAnswers.expiresAt, placeholder('now')))),
)

const takeOver = writtenOnce((db) =>
  db
    .insert(idempotencyAnswers)
    .values({
      networkId,
      organizationId: placeholder('organizationId'),
      clientId: placeholder('clientId'),
      action: placeholder('action'),
      key: placeholder('key'),
      inputDigest: placeholder('inputDigest'),
      answer: placeholder('answer'),
      createdAt: placeholder('createdAt'),
      expiresAt: placeholder('expiresAt'),
      patientIds: placeholder('patientIds'),
    })
    .onConflictDoUpdate({
      target: [
        idempotencyAnswers.networkId,
        idempotencyAnswers.clientId,
        idempotencyAnswers.action,
        idempotencyAnswers.key,
      ],
      set: {
        inputDigest: sql`excluded.input_digest`,
        answer: sql`excluded.answer`,
        patientIds: sql`excluded.patient_ids`,
        createdAt: sql`excluded.created_at`,
        expiresAt: sql`excluded.expires_at`,
      },
    }),
)

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
  const ctx = { db, networkId }
  const [[lock], stored] = await Promise.all([
    tryLock(ctx, { name: `${networkId}|${clientId}|${action}|${key}` }),
    answersUnder(ctx, { clientId, action, key, now }),
  ])
  const [earlier] = stored
  if (earlier && earlier.inputDigest !== request.inputDigest) {
    throw new AppError(
      'idempotency_key_reused',
      'This key was sent before with another body. Use a new key for a new request.',
    )
  }
  if (earlier) return { answer: JSON.parse(request.keyring.open('idempotency-answer', earlier.answer)) }
  if (!lock?.held) {
    throw new AppError(
      'idempotency_in_progress',
      'The first request with this key is still running. Repeat it in a moment.',
    )
  }
  return undefined
}

/** The statement that keeps the answer; an expired row under the same key is taken over. */
export function keepAnswer(request: KeyedRequest, answer: unknown, patientIds: readonly string[]): Statement {
  const { organizationId, clientId, action, key, inputDigest, now } = request
  return takeOver(request, {
    ...{ organizationId, clientId, action, key, inputDigest, patientIds },
    answer: request.keyring.seal('idempotency-answer', JSON.stringify(answer)),
    createdAt: now,
    expiresAt: new Date(now.getTime() + keptMs),
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
