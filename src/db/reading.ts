import type pg from 'pg'
import type { Statement } from '../core/context.ts'
import { AppError } from '../core/errors.ts'
import { handleOn } from './client.ts'
import type { Replica } from './replica.ts'
import { inTransaction, LostRace, type OpenTransaction } from './transaction.ts'
import { timeLimits } from './vanished.ts'

/** What a read has to leave behind: statements to be sent in this order, and roles that are taken between them. */
type Left = Statement | string

export interface ReadOnReplica<T> {
  readonly result: T
  readonly left: readonly Left[]
}

/**
 * Runs a read where the replica has replayed all that was done when it was called. What the read writes (audit rows,
 * ledger rows) is kept, for `leaveBehind`. Undefined: the replica is behind, or away, or the read wants more of it than
 * a replica can give; then nothing has happened.
 */
export async function readOnReplica<T>(
  replica: Replica,
  settings: readonly string[],
  work: (open: OpenTransaction) => Promise<T>,
): Promise<ReadOnReplica<T> | undefined> {
  if (!replica.isWorthAsking()) return undefined
  try {
    const mark = await replica.mark()
    const client = await replica.pool.connect()
    try {
      const read = await readOn(client, replica, { settings, mark }, work)
      await client.query('commit')
      client.release()
      if (!read) replica.leaveAlone()
      return read
    } catch (error) {
      await client.query('rollback').then(
        () => client.release(),
        () => client.release(true),
      )
      throw error
    }
  } catch (error) {
    // Decided on what was true when it was asked: it would be decided so on the primary.
    if (error instanceof AppError) throw error
    if (!(error instanceof LostRace)) replica.leaveAlone()
    return undefined
  }
}

async function readOn<T>(
  client: pg.PoolClient,
  replica: Replica,
  { settings, mark }: { settings: readonly string[]; mark: string },
  work: (open: OpenTransaction) => Promise<T>,
): Promise<ReadOnReplica<T> | undefined> {
  // Each statement sees what is replayed when it begins, so all of them see at least what the mark stands for.
  const opening = ['begin isolation level read committed read only', timeLimits(), ...settings]
  const [, reached] = await Promise.all([client.query(opening.join('; ')), replica.hasReached(mark, client)])
  if (!reached) return undefined
  const left: Left[] = []
  const result = await work({
    db: handleOn(client),
    write: (statement) => void left.push(statement),
    run: (statement) => {
      left.push(statement)
      return client.query(statement)
    },
  })
  return { result, left }
}

/** On the primary, and committed: only then may the answer leave. */
export function leaveBehind(
  pool: pg.Pool,
  settings: readonly string[],
  left: readonly Left[],
): Promise<void> {
  if (left.length === 0) return Promise.resolve()
  return inTransaction(pool, settings, async ({ write, run }) => {
    // One that fails fails the commit.
    for (const one of left) {
      if (typeof one === 'string') run(one).catch(() => {})
      else write(one)
    }
  })
}
