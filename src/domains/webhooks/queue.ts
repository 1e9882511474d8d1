import { and, eq, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { statement } from '../../db/statement.ts'
import type { AttemptError } from './codes.ts'
import { isLongFailing, pauseUntil } from './rules.ts'
import { webhookQueues } from './table.ts'
import type { EndpointRow } from './view.ts'

/** An endpoint that this process serves, until it lets go or its time is over. */
export interface Held
  extends Pick<EndpointRow, 'networkId' | 'organizationId' | 'clientId' | 'url' | 'status'> {
  readonly endpointId: string
  readonly leaseId: string
  /** What had arrived when it was taken. */
  readonly arrivals: string
  readonly failingSince: Date | null
  /** False: it was only looked at again, since something may have arrived. */
  readonly waits: boolean
}

type HeldRow = Pick<Held, 'url' | 'status' | 'arrivals' | 'waits'> & {
  readonly endpoint_id: string
  readonly organization_id: string
  readonly client_id: string
  readonly failing_since: string | null
  readonly lost: boolean
}

/**
 * How long an endpoint waits for a process that is gone. Whoever serves it says again and again that it is there
 * (`renewLeases`), so this may be short: a few of these words may be late before another process begins, and whoever was
 * only slow is found out by its lease, at the price of a message that comes twice. With the look of a second that finds it, it is
 * shorter than the five seconds after which work has to go on elsewhere. By the clock of the database: processes need not agree
 * on the time.
 */
export const leaseMs = 3_000

const leaseEnd = sql`now() + make_interval(secs => ${leaseMs / 1_000})`

export type Lease = Pick<Held, 'endpointId' | 'leaseId'>

export interface Room {
  readonly well: number
  readonly ailing: number
}

/**
 * Takes the endpoints that have been due for longest, a few of them, so that each gets its turn however much waits at
 * another. Those that fail are taken apart from those that are well. `abandoned`: leases of this process's own whose turn
 * broke off. To be called by the service itself.
 */
export async function holdDue(
  ctx: TxCtx,
  { leaseId, room, abandoned }: { leaseId: string; room: Room; abandoned: readonly Lease[] },
): Promise<Held[]> {
  const { networkId } = ctx
  const lanes = (['well', 'ailing'] as const).filter((lane) => room[lane] > 0)
  const rows = (
    await Promise.all(
      lanes.map((lane) => holdLane(ctx, { leaseId, abandoned, well: lane === 'well', limit: room[lane] })),
    )
  ).flat()
  const lost = rows.filter((row) => row.lost).map((row) => row.endpoint_id)
  if (lost.length > 0) takeBack(ctx, lost)
  return rows.map((row) => ({
    networkId,
    leaseId,
    endpointId: row.endpoint_id,
    organizationId: row.organization_id,
    clientId: row.client_id,
    arrivals: row.arrivals,
    failingSince: row.failing_since === null ? null : new Date(row.failing_since),
    url: row.url,
    status: row.status,
    waits: row.waits || row.lost,
  }))
}

interface LaneToHold {
  readonly leaseId: string
  readonly abandoned: readonly Lease[]
  readonly well: boolean
  readonly limit: number
}

async function holdLane(
  { db, networkId, now }: TxCtx,
  { leaseId, abandoned, well, limit }: LaneToHold,
): Promise<HeldRow[]> {
  const { rows } = await db.execute<HeldRow>(sql`
    with due as (
      select endpoint_id, lease_id is not null as lost from webhook_queues
      where network_id = ${networkId} and due_at <= ${now}::timestamptz
        and (leased_until is null or leased_until <= now() or exists (
          select from unnest(${sql.param(abandoned.map((lease) => lease.endpointId))}::uuid[],
            ${sql.param(abandoned.map((lease) => lease.leaseId))}::uuid[]) as a (endpoint_id, lease_id)
          where a.endpoint_id = webhook_queues.endpoint_id and a.lease_id = webhook_queues.lease_id))
        and (failing_since is null) = ${well}
      order by due_at limit ${limit}
      for update skip locked)
    update webhook_queues q set lease_id = ${leaseId}, leased_until = ${leaseEnd}
    from due join webhook_endpoints p on p.network_id = ${networkId} and p.id = due.endpoint_id
    where q.network_id = ${networkId} and q.endpoint_id = due.endpoint_id
    returning q.endpoint_id, q.organization_id, q.arrivals::text, q.failing_since, p.client_id, p.url, p.status, due.lost,
      exists (select from webhook_deliveries d where d.network_id = ${networkId} and d.endpoint_id = q.endpoint_id
        and d.status = 'pending' and d.next_attempt_at <= ${now}::timestamptz) as waits`)
  return rows
}

/** To be called with the rows that were put into the queue. `afresh`: what went wrong before does not count any more. */
export function wakeQueue({ db, networkId, now, write }: TxCtx, endpointId: string, how?: 'afresh'): void {
  write(
    db
      .update(webhookQueues)
      .set({
        dueAt: now,
        arrivals: sql`${webhookQueues.arrivals} + 1`,
        pausedUntil: null,
        ...(how === 'afresh' && { failingSince: null, lastError: null }),
      })
      .where(and(eq(webhookQueues.networkId, networkId), eq(webhookQueues.endpointId, endpointId))),
  )
}

/** How a turn went. */
export interface Turn {
  readonly succeeded: number
  readonly failed: number
  readonly lastError: AttemptError | null
  /** The longest that a receiver asked to be left alone for. */
  readonly askedForMs: number
}

export const nothingDone: Turn = { succeeded: 0, failed: 0, lastError: null, askedForMs: 0 }

export interface HealthAfter {
  readonly failingSince: Date | null
  readonly pausedUntil: Date | null
  readonly isLongFailing: boolean
}

/** One success, and it is well again. */
export function healthAfter(
  { failingSince }: Pick<Held, 'failingSince'>,
  turn: Turn,
  now: Date,
): HealthAfter {
  const since = turn.succeeded > 0 ? null : turn.failed > 0 ? (failingSince ?? now) : failingSince
  const paused = turn.failed > 0 || turn.askedForMs > 0
  return {
    failingSince: since,
    pausedUntil: paused ? pauseUntil(since ?? now, now, turn.askedForMs) : null,
    isLongFailing: turn.failed > 0 && isLongFailing(since, now),
  }
}

/** A turn that is over, and what it makes of its endpoint. */
export interface Over {
  readonly held: Held
  readonly turn: Turn
  readonly health: HealthAfter
}

/**
 * Lets go, and says when the next turn is. What arrived meanwhile may not be seen by this transaction yet: the count tells
 * of it, whichever commits first, since both change this row. Rows are locked in one order, here and where events arrive, so
 * that nobody waits for each other.
 */
export function letGo({ networkId, now, write }: TxCtx, over: readonly Over[]): void {
  const ended = over.map(({ held, turn: { succeeded, failed, lastError }, health }) => ({
    endpointId: held.endpointId,
    leaseId: held.leaseId,
    arrivals: held.arrivals,
    tried: succeeded + failed > 0,
    lastError,
    failingSince: health.failingSince,
    pausedUntil: health.pausedUntil,
  }))
  const next = sql`select min(next_attempt_at) from webhook_deliveries d
    where d.network_id = ${networkId} and d.endpoint_id = q.endpoint_id and d.status = 'pending'`
  write(
    statement(sql`
    with mine as materialized (
      select endpoint_id from webhook_queues
      where network_id = ${networkId} and endpoint_id = any (${idsOf(over)}::uuid[])
      order by endpoint_id for update)
    update webhook_queues q
    set lease_id = null, leased_until = null,
      failing_since = o."failingSince", paused_until = o."pausedUntil",
      last_attempt_at = case when o.tried then ${now}::timestamptz else q.last_attempt_at end,
      last_error = case when o.tried then o."lastError" else q.last_error end,
      due_at = (select greatest(n.at, o."pausedUntil") from (
        select case
          when q.arrivals <> o.arrivals then ${now}::timestamptz
          when p.status = 'active' then (${next} and d.next_attempt_at is not null)
          when p.status = 'unverified' then (${next} and d.lane = q.endpoint_id)
        end as at from webhook_endpoints p where p.network_id = q.network_id and p.id = q.endpoint_id) n
        where n.at is not null)
    from jsonb_to_recordset(${JSON.stringify(ended)}::jsonb) as o ("endpointId" uuid, "leaseId" uuid, arrivals bigint,
      tried boolean, "lastError" text, "failingSince" timestamptz, "pausedUntil" timestamptz)
    where q.network_id = ${networkId} and q.endpoint_id = any (array(select endpoint_id from mine))
      and q.endpoint_id = o."endpointId" and q.lease_id = o."leaseId"`),
  )
}

const idsOf = (over: readonly Pick<Over, 'held'>[]) => sql.param(over.map(({ held }) => held.endpointId))

/** Says that whoever holds these is still there. To be called by the service itself. */
export function renewLeases({ networkId, write }: TxCtx, held: readonly Held[]): void {
  const leaseIds = [...new Set(held.map(({ leaseId }) => leaseId))]
  write(
    statement(sql`
    update webhook_queues set leased_until = ${leaseEnd}
    where network_id = ${networkId} and lease_id = any (${sql.param(leaseIds)}::uuid[])
      and endpoint_id = any (array(
        select endpoint_id from webhook_queues
        where network_id = ${networkId} and endpoint_id = any (${sql.param(held.map(({ endpointId }) => endpointId))}::uuid[])
        order by endpoint_id for update skip locked))`),
  )
}

/**
 * What a process had under way that is gone: nobody knows how it went, so it counts for nothing, and is sent again at once
 * under the same id.
 */
function takeBack({ networkId, now, write }: TxCtx, endpointIds: readonly string[]): void {
  write(
    statement(sql`
    with hanging as (
      select a.id, d.id as delivery_id
      from unnest(${sql.param([...endpointIds])}::uuid[]) as e (id)
      join webhook_deliveries d on d.network_id = ${networkId} and d.endpoint_id = e.id and d.status = 'pending'
        and d.next_attempt_at > ${now}::timestamptz
      join webhook_attempts a on a.network_id = ${networkId} and a.delivery_id = d.id
        and a.number = d.attempts and a.status_code is null and a.error is null),
    noted as (
      update webhook_attempts set error = 'interrupted'
      where network_id = ${networkId} and id = any (array(select id from hanging)))
    update webhook_deliveries set next_attempt_at = ${now}::timestamptz, attempts = attempts - 1
    where network_id = ${networkId} and id = any (array(select delivery_id from hanging))`),
  )
}
