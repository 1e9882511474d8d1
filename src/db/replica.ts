import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'

export interface Replica {
  readonly pool: pg.Pool
  /** False for a moment after it failed or stayed behind: whoever reads then does not wait for it in vain. */
  readonly isWorthAsking: () => boolean
  readonly leaveAlone: () => void
  /** Where the primary stands: whatever was answered as done before the call lies before it. */
  readonly mark: () => Promise<string>
  /** Whether it has replayed up to the mark, within the time that a read waits for it. */
  readonly hasReached: (mark: string, on: pg.PoolClient) => Promise<boolean>
}

const leftAloneMs = 1_000
const askAgainMs = 3

/**
 * A copy that may be read only where it is no older than the question. The primary says where it stands when the request
 * comes, and the replica answers once it has replayed that far: so a consent that was revoked before is revoked there
 * too, and whoever wrote reads what they wrote. See docs/decisions/0070.
 */
export function openReplica(primary: pg.Pool, pool: pg.Pool, waitMs: number): Replica {
  let aloneUntil = 0
  return {
    pool,
    isWorthAsking: () => performance.now() >= aloneUntil,
    leaveAlone: () => {
      aloneUntil = performance.now() + leftAloneMs
    },
    mark: markOf(primary),
    hasReached: async (mark, client) => {
      const end = performance.now() + waitMs
      for (;;) {
        // A server that was promoted goes its own way from then on.
        const { rows } = await client.query<{ reached: boolean }>(
          'select pg_is_in_recovery() and pg_last_wal_replay_lsn() >= $1::pg_lsn as reached',
          [mark],
        )
        if (rows[0]?.reached) return true
        if (performance.now() >= end) return false
        await delay(askAgainMs)
      }
    },
  }
}

/**
 * Those who come while a question is under way share the next one: the answer to one that was asked before they came
 * might be older than what they know of.
 */
function markOf(primary: pg.Pool): () => Promise<string> {
  let underway: Promise<string> | undefined
  let next: Promise<string> | undefined
  const ask = async () => {
    // What is committed was flushed before it was answered; where that is turned off, nothing can be said.
    const { rows } = await primary.query<{ mark: string }>(
      `select pg_current_wal_flush_lsn()::text as mark where current_setting('synchronous_commit') <> 'off'`,
    )
    const mark = rows[0]?.mark
    if (mark === undefined) throw new Error('With synchronous_commit off no replica is read')
    return mark
  }
  return function mark(): Promise<string> {
    if (!underway) {
      underway = ask().finally(() => {
        underway = undefined
      })
      return underway
    }
    next ??= underway
      .catch(() => {})
      .then(() => {
        next = undefined
        return mark()
      })
    return next
  }
}
