import type pg from 'pg'
import type { Statement } from '../core/context.ts'
import { AppError } from '../core/errors.ts'
import { handleOn, type Tx } from './client.ts'
import { constraintRefusals, racedKeys } from './constraints.ts'
import { isUnreachable } from './unreachable.ts'
import { timeLimits } from './vanished.ts'

/** Thrown by an action that lost a race it can win by looking again: the whole transaction runs once more. */
export class LostRace extends Error {}

const attemptsMax = 4

export interface OpenTransaction {
  readonly db: Tx
  /** Sends without waiting; the commit waits, and fails if this did. */
  readonly write: (statement: Statement) => void
  /** Sends a plain statement of the session's own, such as SET LOCAL. */
  readonly run: (statement: string) => Promise<unknown>
}

/**
 * One transaction on one connection. `settings` go out with BEGIN, and the commit goes out with the last
 * writes, so that a transaction costs one round trip for each answer that its work waits for, and one more.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  settings: readonly string[],
  work: (open: OpenTransaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce(pool, settings, work)
    } catch (error) {
      if (attempt >= attemptsMax || !isWorthAnotherTry(error)) throw worded(error)
    }
  }
}

async function attemptOnce<T>(
  pool: pg.Pool,
  settings: readonly string[],
  work: (open: OpenTransaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken = false
  const markBroken = () => {
    broken = true
  }
  client.on('error', markBroken)
  const sent: Promise<unknown>[] = []
  const send = <Answer>(answer: Promise<Answer>) => {
    answer.catch(() => {})
    sent.push(answer)
    return answer
  }
  // Compiled and handed to the connection at once: statements leave in the order in which they were written,
  // and the commit after them.
  const write = (statement: Statement) => {
    const { sql, params } = statement.toSQL()
    void send(client.query(sql, params))
  }
  const run = (statement: string) => client.query(statement)
  try {
    void send(run(['begin', timeLimits(), ...settings].join('; ')))
    const result = await work({ db: handleOn(client), write, run })
    const commit = send(run('commit'))
    await firstFailure(sent)
    // A refused statement that nobody looked at turns COMMIT into ROLLBACK without an error.
    if ((await commit).command !== 'COMMIT') throw new Error('The transaction was rolled back')
    return result
  } catch (error) {
    await rollBack(client, sent).catch(markBroken)
    throw await causeOf(error, sent)
  } finally {
    client.removeListener('error', markBroken)
    client.release(broken)
  }
}

/** Waits for all, so that the connection goes back to the pool with nothing in flight. */
async function firstFailure(sent: readonly Promise<unknown>[]) {
  const outcomes = await Promise.allSettled(sent)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
}

/**
 * A write that was sent without waiting may fail, and what is waited for next then fails only because the
 * transaction is aborted (25P02), or finds nothing, as on the embedded engine, and takes it for a lost race. The cause is
 * the first that failed.
 */
async function causeOf(error: unknown, sent: readonly Promise<unknown>[]): Promise<unknown> {
  if (databaseError(error).code !== '25P02' && !(error instanceof LostRace)) return error
  const outcomes = await Promise.allSettled(sent)
  return outcomes.find((outcome) => outcome.status === 'rejected')?.reason ?? error
}

async function rollBack(client: pg.PoolClient, sent: readonly Promise<unknown>[]) {
  const rolledBack = client.query('rollback')
  await Promise.allSettled(sent)
  await rolledBack
}

/** drizzle wraps what pg threw; the SQLSTATE is on the cause. */
function databaseError(error: unknown): { code?: string; message?: string; constraint?: string } {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause : {}
}

/** Serialization failure and deadlock, beside races that the actions and the natural keys notice. */
function isWorthAnotherTry(error: unknown) {
  const { code = '', constraint = '' } = databaseError(error)
  return error instanceof LostRace || ['40001', '40P01'].includes(code) || racedKeys.has(constraint)
}

/** What a client can do something about is worded for it; the rest stays the bug that it is. */
function worded(error: unknown): unknown {
  if (error instanceof AppError) return error
  const cause = databaseError(error)
  const refusal = constraintRefusals[cause.constraint ?? '']
  if (refusal) return new AppError(...refusal)
  if (!isUnreachable(cause)) return error
  return Object.assign(
    new AppError(
      'service_unavailable',
      'The database did not answer in time. Repeat the request with its Idempotency-Key.',
    ),
    { cause: error },
  )
}
