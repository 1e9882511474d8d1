import { sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { newId } from '../../core/id.ts'
import { toInstant } from '../../core/wire.ts'
import { insertAll } from '../../db/insert.ts'
import { statement } from '../../db/statement.ts'
import { readEventsById } from '../events/visible.ts'
import { type Told, toBody } from './message.ts'
import type { Held } from './queue.ts'
import { judge, type Result, type Verdict } from './rules.ts'
import { webhookAttempts } from './table.ts'
import type { DeliveryRow } from './view.ts'

/** A delivery that is the first of its lane, and due. */
export interface Due
  extends Pick<DeliveryRow, 'id' | 'endpointId' | 'kind' | 'type' | 'attempts' | 'createdAt'> {
  readonly eventId: string
  readonly lane: string
}

type DueRow = Pick<Due, 'id' | 'kind' | 'type' | 'lane' | 'attempts'> & {
  readonly endpoint_id: string
  readonly event_id: string
  readonly created_at: string
  readonly waits: boolean
}

/** Looked at in one go; of one lane the first alone may be sent. */
const lookedAt = 100

/**
 * The deliveries of held endpoints that may be sent now, at most `limit` of each. Those that stand behind another one of
 * their lane are set aside until that one is finished, so that they are looked at once and not with every turn.
 */
export async function takeDue(
  { db, networkId, now, write }: TxCtx,
  held: readonly Held[],
  limit: number,
): Promise<Due[]> {
  if (held.length === 0) return []
  const { rows } = await db.execute<DueRow>(sql`
    select d.endpoint_id, d.id, d.kind, d.type, d.event_id, d.lane, d.attempts, d.created_at, d.waits
    from unnest(${sql.param(held.map(({ endpointId }) => endpointId))}::uuid[],
      ${sql.param(held.map(({ leaseId }) => leaseId))}::uuid[]) as h (endpoint_id, lease_id)
    join webhook_queues q on q.network_id = ${networkId} and q.endpoint_id = h.endpoint_id and q.lease_id = h.lease_id
      and q.leased_until > now()
    join webhook_endpoints p on p.network_id = ${networkId} and p.id = h.endpoint_id
    cross join lateral (
      select d.*, exists (
        select from webhook_deliveries b
        where b.network_id = d.network_id and b.endpoint_id = d.endpoint_id and b.status = 'pending' and b.lane = d.lane
          and (b.sequence, b.id) < (d.sequence, d.id)) as waits
      from webhook_deliveries d
      where d.network_id = ${networkId} and d.endpoint_id = h.endpoint_id and d.status = 'pending'
        and d.next_attempt_at <= ${now}::timestamptz
        and (p.status = 'active' or (p.status = 'unverified' and d.lane = d.endpoint_id))
      order by d.next_attempt_at, d.sequence limit ${lookedAt}) d
    order by d.next_attempt_at, d.sequence`)
  const found = rows.map(({ endpoint_id: endpointId, event_id: eventId, created_at, ...row }) => ({
    ...row,
    endpointId,
    eventId,
    createdAt: new Date(created_at),
  }))
  const waiting = found.filter(({ waits }) => waits).map(({ id }) => id)
  if (waiting.length > 0)
    write(
      statement(sql`update webhook_deliveries set next_attempt_at = null
            where network_id = ${networkId} and id = any (${sql.param(waiting)}::uuid[]) and status = 'pending'`),
    )
  const taken = new Map<string, number>()
  return found.filter(({ waits, endpointId }) => {
    const count = taken.get(endpointId) ?? 0
    if (waits || count === limit) return false
    taken.set(endpointId, count + 1)
    return true
  })
}

export interface Message {
  readonly due: Due
  readonly attemptId: string
  readonly id: string
  readonly body: string
  readonly secrets: readonly string[]
}

export interface Decided {
  readonly messages: readonly Message[]
  /** Not the organization's to know at this instant. */
  readonly refused: readonly Due[]
}

/** Until then nobody tries a delivery again that is under way; a process that is gone is found out before. */
const underWayMs = 120_000

/**
 * What may leave at this instant, by the same decision as a reading of the feed: its ledger rows and the attempts are
 * written in this transaction, which commits before the first byte goes out. Each delivery is decided on and told by
 * itself, also where several endpoints of one organization are sent the same event.
 */
export async function decideOn(
  ctx: TxCtx,
  due: readonly Due[],
  secretsOf: (endpointId: string) => readonly string[],
): Promise<Decided> {
  const events = due.filter(({ kind }) => kind === 'event')
  const shown = await readEventsById(
    ctx,
    events.map(({ eventId }) => eventId),
  )
  const told = new Map<string, Told | undefined>(events.map(({ id }, index) => [id, shown[index]]))
  const messages = due.flatMap((one): Message[] => {
    const saying = one.kind === 'event' ? told.get(one.id) : ownWord(ctx, one)
    if (!saying) return []
    return [
      {
        due: one,
        attemptId: newId(ctx.now),
        id: one.eventId,
        body: toBody(saying),
        secrets: secretsOf(one.endpointId),
      },
    ]
  })
  if (messages.length > 0) {
    ctx.write(
      insertAll(
        webhookAttempts,
        messages.map((message) => attemptRow(ctx, message)),
        ofTheMoment,
      ),
    )
    ctx.write(
      statement(sql`update webhook_deliveries set told = true, attempts = attempts + 1,
              next_attempt_at = ${new Date(ctx.now.getTime() + underWayMs)}::timestamptz
            where network_id = ${ctx.networkId} and id = any (${sql.param(messages.map(({ due: one }) => one.id))}::uuid[])`),
    )
  }
  const going = new Set(messages.map(({ due: { id } }) => id))
  return { messages, refused: due.filter(({ id }) => !going.has(id)) }
}

/** The same in all attempts that begin together. */
const ofTheMoment = ['networkId', 'organizationId', 'at'] as const

const attemptRow = (
  { networkId, organizationId, now }: TxCtx,
  { attemptId, due }: Pick<Message, 'attemptId' | 'due'>,
) => ({
  networkId,
  id: attemptId,
  organizationId,
  deliveryId: due.id,
  number: due.attempts + 1,
  at: now,
})

function ownWord({ organizationId }: TxCtx, { endpointId, kind, type, eventId, createdAt }: Due): Told {
  return {
    id: eventId,
    type,
    occurredAt: toInstant(createdAt),
    organizationId,
    subject: { type: 'webhook_endpoint', id: endpointId },
    // What the answer has to repeat, where that is asked for.
    codes: kind === 'verification' ? { challenge: eventId } : {},
  }
}

export interface Outcome {
  readonly due: Due
  /** Absent where it did not come to an attempt that was written down. */
  readonly attemptId?: string | undefined
  readonly result: Result
}

/** What was tried at a receiver that could not be reached: nothing left, and nothing was decided. */
export function unreached(ctx: TxCtx, due: readonly Due[], result: Result): Outcome[] {
  const outcomes = due.map((one) => ({ due: one, attemptId: newId(ctx.now), result }))
  if (outcomes.length > 0)
    ctx.write(
      insertAll(
        webhookAttempts,
        outcomes.map((outcome) => attemptRow(ctx, outcome)),
        ofTheMoment,
      ),
    )
  return outcomes
}

/** Writes down how attempts went and what becomes of their deliveries, and lets those go on that waited for them. */
export function settle(ctx: TxCtx, outcomes: readonly Outcome[], refused: readonly Due[]): void {
  const judged = [
    ...outcomes.map(({ due, result }) => ({
      due,
      verdict: judge(result, due.attempts + 1, ctx.now, Math.random()),
    })),
    ...refused.map((due) => ({ due, verdict: { ...notPermitted, attempts: due.attempts } })),
  ]
  if (judged.length === 0) return
  const { networkId, now, write } = ctx
  const attempts = outcomes.map(({ attemptId, result }) => ({ id: attemptId, ...result }))
  // Each row is found by its id, which is said apart: whatever is known or not of the sizes of tables, nothing else is looked at.
  write(
    statement(sql`update webhook_attempts a set status_code = o."statusCode", latency_ms = o."latencyMs", error = o.error
          from jsonb_to_recordset(${JSON.stringify(attempts)}::jsonb)
            as o (id uuid, "statusCode" integer, "latencyMs" integer, error text)
          where a.network_id = ${networkId} and a.id = any (${sql.param(attempts.map(({ id }) => id))}::uuid[]) and a.id = o.id`),
  )
  // What was taken by the receiver is delivered, also if its owner has disabled the endpoint meanwhile.
  write(
    statement(sql`update webhook_deliveries d set status = o.status, reason = o.reason, attempts = o.attempts,
            next_attempt_at = o."nextAttemptAt", finished_at = case when o.status <> 'pending' then ${now}::timestamptz end
          from jsonb_to_recordset(${JSON.stringify(judged.map(({ due, verdict }) => ({ id: due.id, ...verdict })))}::jsonb)
            as o (id uuid, status text, reason text, attempts integer, "nextAttemptAt" timestamptz)
          where d.network_id = ${networkId} and d.id = any (${sql.param(judged.map(({ due }) => due.id))}::uuid[]) and d.id = o.id
            and (d.status = 'pending' or o.status = 'delivered')`),
  )
  const left = judged.filter(({ verdict }) => verdict.status !== 'pending').map(({ due }) => due)
  if (left.length > 0)
    write(
      statement(sql`update webhook_deliveries set next_attempt_at = ${now}::timestamptz
            where network_id = ${networkId} and status = 'pending' and next_attempt_at is null and id = any (array(
              select first.id
              from unnest(${sql.param(left.map(({ endpointId }) => endpointId))}::uuid[],
                ${sql.param(left.map(({ lane }) => lane))}::uuid[]) as l (endpoint_id, lane)
              cross join lateral (
                select e.id from webhook_deliveries e
                where e.network_id = ${networkId} and e.endpoint_id = l.endpoint_id and e.status = 'pending' and e.lane = l.lane
                order by e.sequence, e.id limit 1) first))`),
    )
}

const notPermitted: Omit<Verdict, 'attempts'> = {
  status: 'dropped',
  reason: 'not_permitted',
  nextAttemptAt: null,
}
