import { and, asc, between, eq, isNull, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { events } from '../../db/log.ts'
import { eventArchives, eventLogs } from './table.ts'

export interface LeavingRange {
  readonly first: number
  readonly last: number
}

export type LeavingEvent = typeof events.$inferSelect

/** Events of one range: one file, and one statement that lets them go, well within its time. */
const rangeMax = 10_000

/**
 * The range that leaves next: the one that a process was at when it died, or the oldest events before `before`. Undefined
 * when none is that old, or none of them is `told`: in the queues of all who are told of it. It is committed before
 * anything is done about it, and a second process is given the same one.
 */
export async function claimRange(ctx: TxCtx, before: Date, told: number): Promise<LeavingRange | undefined> {
  const { db, networkId, now } = ctx
  // From the oldest that is kept up to, and without, the first that is young enough to stay.
  await db.execute(sql`
    with old as (
      select events.sequence, events.occurred_at < ${before.toISOString()}::timestamptz and events.sequence <= ${told} as leaves
      from event_logs log
      join events on events.network_id = log.network_id
        and events.sequence > log.removed_through and events.sequence <= log.removed_through + ${rangeMax}
      where log.network_id = ${networkId})
    insert into event_archives (network_id, first_sequence, last_sequence, claimed_at)
    select ${networkId}::uuid, min(sequence), max(sequence), ${now.toISOString()}::timestamptz from old
    where sequence < coalesce((select min(sequence) from old where not leaves), ${Number.MAX_SAFE_INTEGER})
    having count(*) > 0
    on conflict do nothing`)
  const [claimed] = await db
    .select({ first: eventArchives.firstSequence, last: eventArchives.lastSequence })
    .from(eventArchives)
    .where(and(eq(eventArchives.networkId, networkId), isNull(eventArchives.removedAt)))
  return claimed
}

const inRange = (networkId: string, { first, last }: LeavingRange) =>
  and(eq(events.networkId, networkId), between(events.sequence, first, last))

export const readRange = ({ db, networkId }: TxCtx, range: LeavingRange): Promise<LeavingEvent[]> =>
  db.select().from(events).where(inRange(networkId, range)).orderBy(asc(events.sequence))

/**
 * Lets a range go, and moves the beginning of the log behind it in the same commit, so that no reader takes the gap for
 * a time in which nothing happened. False: another process has done it.
 */
export async function removeRange(
  { db, networkId, now }: TxCtx,
  range: LeavingRange,
  digest: string | null,
): Promise<boolean> {
  const { first, last } = range
  const done = await db
    .update(eventArchives)
    .set({ digest, removedAt: now })
    .where(
      and(
        eq(eventArchives.networkId, networkId),
        eq(eventArchives.firstSequence, first),
        eq(eventArchives.lastSequence, last),
        isNull(eventArchives.removedAt),
      ),
    )
  if (done.rowCount === 0) return false
  const [gone, moved] = await Promise.all([
    db.delete(events).where(inRange(networkId, range)),
    db
      .update(eventLogs)
      .set({ removedThrough: last })
      .where(and(eq(eventLogs.networkId, networkId), eq(eventLogs.removedThrough, first - 1))),
  ])
  // Numbers have no gaps: another count means that the file would not be what left.
  if (gone.rowCount !== last - first + 1 || moved.rowCount !== 1)
    throw new Error(`The log does not have ${first} to ${last} at its beginning, so nothing of it leaves`)
  return true
}
