import { sql } from 'drizzle-orm'
import type { TimeSource } from '../core/clock.ts'
import { asSystemInEach, type Service } from '../db/access.ts'
import { networkIds } from './networks.ts'

/** What waits in the whole database, over all networks. Ages are in seconds; of what does not wait there is none. */
export interface Backlog {
  readonly events: Waiting
  /** Numbered, and in no endpoint's queue yet. */
  readonly eventsNotQueued: number
  readonly deliveries: Waiting
  /** Running clocks that are past their time: somebody waits for somebody. */
  readonly clocksOverdue: number
  /** How late the sweep is that lets clocks climb. */
  readonly clocksLateSeconds: number
  readonly queues: readonly (Waiting & { readonly queue: string })[]
}

interface Waiting {
  /** At most `countedMax`: what is more is told as this many. */
  readonly count: number
  readonly oldestSeconds: number
}

/** A number beyond it says no more than "far too many", and to count on would scan the table. */
export const countedMax = 10_000
/** The queue of what failed for good: nobody works it, so that what lies there is not late. */
export const deadLetters = 'dead_letters'
/** Whoever asks within this time gets what the last one got: probes and scrapes of strangers cost nothing. */
const goodForMs = 2_000
/** Networks of one transaction: its statements leave together, and none of them waits long for the others. */
const networksAtOnce = 100

interface NetworkRow extends Record<string, unknown> {
  readonly events: number
  readonly events_age: number | null
  readonly not_queued: number | null
  readonly deliveries: number
  readonly deliveries_age: number | null
  readonly clocks_overdue: number
  readonly clocks_late: number | null
}

/** Each line is one look into an index that leads with the network, or a count that stops at `countedMax`. */
const ofNetwork = (id: string, now: Date) => sql`
  select
    (select count(*)::int from (select from events
      where network_id = ${id} and sequence is null limit ${countedMax}) e) as events,
    (select extract(epoch from ${now}::timestamptz - occurred_at)::float from events
      where network_id = ${id} and sequence is null order by position nulls first, id limit 1) as events_age,
    (select least(l.last_sequence - coalesce(f.through, 0), ${countedMax})::int from event_logs l
      left join webhook_fan_outs f on f.network_id = l.network_id where l.network_id = ${id}) as not_queued,
    (select count(*)::int from (select from webhook_deliveries
      where network_id = ${id} and status = 'pending' limit ${countedMax}) d) as deliveries,
    (select extract(epoch from ${now}::timestamptz - min(due_at))::float from webhook_queues
      where network_id = ${id} and due_at is not null) as deliveries_age,
    (select count(*)::int from (select from clocks
      where network_id = ${id} and stopped_at is null and due_at < ${now}::timestamptz limit ${countedMax}) c) as clocks_overdue,
    (select extract(epoch from ${now}::timestamptz - min(next_step_at))::float from clocks
      where network_id = ${id} and stopped_at is null and next_step_at is not null) as clocks_late`

/** The queue goes by the database's own clock, whatever business time is. */
const ofQueues = sql`
  select q.name as queue, w.count, greatest(coalesce(w.age, 0), 0) as age
  from pgboss.queue q cross join lateral (
    select count(*)::int as count, extract(epoch from clock_timestamp() - min(start_after))::float as age
    from (select start_after from pgboss.job j
      where j.name = q.name and j.state < 'active' order by start_after limit ${countedMax}) j) w
  order by q.name`

async function readBacklog({ database }: Service, now: Date, ids: readonly string[]): Promise<Backlog> {
  const rows: NetworkRow[] = []
  for (let from = 0; from < ids.length; from += networksAtOnce)
    rows.push(
      ...(await asSystemInEach(database, ids.slice(from, from + networksAtOnce), async ({ db }, id) => {
        const [row] = (await db.execute<NetworkRow>(ofNetwork(id, now))).rows
        if (!row) throw new Error('A select without a table answers with one row')
        return row
      })),
    )
  // The queue is of no network; any will do to open a transaction with.
  const [queues = []] = await asSystemInEach(database, [noNetwork], async ({ db }) => {
    const answer = await db.execute<{ queue: string; count: number; age: number }>(ofQueues)
    return answer.rows
  })
  const sum = (of: (row: NetworkRow) => number | null) =>
    Math.min(
      rows.reduce((total, row) => total + (of(row) ?? 0), 0),
      countedMax,
    )
  const oldest = (of: (row: NetworkRow) => number | null) => Math.max(0, ...rows.map((row) => of(row) ?? 0))
  return {
    events: { count: sum((row) => row.events), oldestSeconds: oldest((row) => row.events_age) },
    eventsNotQueued: sum((row) => row.not_queued),
    deliveries: { count: sum((row) => row.deliveries), oldestSeconds: oldest((row) => row.deliveries_age) },
    clocksOverdue: sum((row) => row.clocks_overdue),
    clocksLateSeconds: oldest((row) => row.clocks_late),
    queues: queues.map(({ queue, count, age }) => ({ queue, count, oldestSeconds: age })),
  }
}

const noNetwork = '00000000-0000-0000-0000-000000000000'

export type ReadBacklog = () => Promise<Backlog>

/** One question to the database at a time, however many ask. */
export function createBacklog(service: Service, time: TimeSource): ReadBacklog {
  let asked: { readonly until: number; readonly answer: Promise<Backlog> } | undefined
  return () => {
    if (asked && performance.now() < asked.until) return asked.answer
    const answer = networkIds(service).then((ids) => readBacklog(service, time.now(), ids))
    const own = { until: Number.POSITIVE_INFINITY, answer }
    asked = own
    answer.then(
      () => {
        if (asked === own) asked = { answer, until: performance.now() + goodForMs }
      },
      () => {
        if (asked === own) asked = undefined
      },
    )
    return answer
  }
}
