import { and, desc, eq, gt, inArray, isNull, ne, or } from 'drizzle-orm'
import type { EventType, TxCtx } from '../../core/context.ts'
import { AppError, notFound } from '../../core/errors.ts'
import { grouped } from '../../core/grouped.ts'
import { newId } from '../../core/id.ts'
import { checkVersion } from '../../core/version.ts'
import { anyOf } from '../../db/each.ts'
import { insertRows } from '../../db/insert.ts'
import { LostRace } from '../../db/transaction.ts'
import type { DeliveryReason, DisabledReason } from './codes.ts'
import type { WebhookEndpoint } from './contract.ts'
import { newSecret } from './message.ts'
import { webhookDeliveries, webhookEndpoints, webhookQueues, webhookSecrets } from './table.ts'
import { type EndpointRow, type Health, toEndpoint } from './view.ts'

const health = {
  failingSince: webhookQueues.failingSince,
  lastError: webhookQueues.lastError,
  lastAttemptAt: webhookQueues.lastAttemptAt,
}

/** Endpoints that are not deleted, with how they are. */
export function selectEndpoints({ db, networkId }: TxCtx) {
  return {
    from: db
      .select({ row: webhookEndpoints, health })
      .from(webhookEndpoints)
      .innerJoin(
        webhookQueues,
        and(
          eq(webhookQueues.networkId, webhookEndpoints.networkId),
          eq(webhookQueues.endpointId, webhookEndpoints.id),
        ),
      ),
    there: and(eq(webhookEndpoints.networkId, networkId), ne(webhookEndpoints.status, 'deleted')),
  }
}

export interface FoundEndpoint {
  readonly row: EndpointRow
  readonly health: Health
}

export async function findEndpoint(ctx: TxCtx, id: string): Promise<FoundEndpoint> {
  const { from, there } = selectEndpoints(ctx)
  const [found] = await from.where(and(there, eq(webhookEndpoints.id, id)))
  if (!found) throw notFound('webhook endpoint')
  return found
}

type Change = Partial<Pick<EndpointRow, 'url' | 'types' | 'status' | 'disabledBecause' | 'verifiedAt'>>

/** Changes what was read; if another request was faster, the transaction looks again. */
export async function changeEndpoint(
  ctx: TxCtx,
  { row, health: known }: FoundEndpoint,
  changes: Change,
): Promise<WebhookEndpoint> {
  checkVersion(ctx, row.version)
  const [changed] = await ctx.db
    .update(webhookEndpoints)
    .set({ ...changes, version: row.version + 1, updatedAt: ctx.now })
    .where(
      and(
        eq(webhookEndpoints.networkId, ctx.networkId),
        eq(webhookEndpoints.id, row.id),
        eq(webhookEndpoints.version, row.version),
        ne(webhookEndpoints.status, 'deleted'),
      ),
    )
    .returning()
  if (!changed) throw new LostRace()
  return toEndpoint(changed, known)
}

export function tellOfEndpoint(
  ctx: TxCtx,
  type: Extract<EventType, `webhook_endpoint.${string}`>,
  id: string,
  codes: Readonly<Record<string, string>> = {},
): void {
  ctx.emit({ type, subjectType: 'webhook_endpoint', subjectId: id, codes })
  ctx.touch({ subjectType: 'webhook_endpoint', subjectId: id })
}

export function refuseUnlessOpen({ row }: FoundEndpoint): void {
  if (row.status === 'disabled')
    throw new AppError('transition_not_allowed', 'The endpoint is disabled. Enable it first.')
}

/** A signed message that an endpoint has to answer before anything else is sent to it; one at a time. */
export async function askForVerification(ctx: TxCtx, endpointId: string): Promise<void> {
  const { db, networkId, now } = ctx
  const waiting = await db
    .update(webhookDeliveries)
    .set({ nextAttemptAt: now, attempts: 0 })
    .where(
      and(
        eq(webhookDeliveries.networkId, networkId),
        eq(webhookDeliveries.endpointId, endpointId),
        eq(webhookDeliveries.lane, endpointId),
        eq(webhookDeliveries.status, 'pending'),
      ),
    )
    .returning({ id: webhookDeliveries.id })
  if (waiting.length === 0)
    ctx.write(
      insertRows(
        webhookDeliveries,
        ownDelivery(ctx, endpointId, {
          kind: 'verification',
          type: 'webhook_endpoint.verification',
          lane: endpointId,
        }),
      ),
    )
}

type Own = Pick<typeof webhookDeliveries.$inferSelect, 'kind' | 'type'> & { readonly lane?: string }

/** A message of the service's own about the endpoint; it has no number in the log. */
export function ownDelivery(ctx: TxCtx, endpointId: string, { kind, type, lane }: Own) {
  const id = newId(ctx.now)
  return {
    networkId: ctx.networkId,
    id,
    organizationId: ctx.organizationId,
    endpointId,
    kind,
    eventId: newId(ctx.now),
    type,
    sequence: 0,
    lane: lane ?? id,
    told: true,
    nextAttemptAt: ctx.now,
    createdAt: ctx.now,
  }
}

/** Nothing waits for an endpoint that is not there to be sent to. */
export function giveUpWaiting(ctx: TxCtx, endpointId: string, reason: DeliveryReason): void {
  ctx.write(
    ctx.db
      .update(webhookDeliveries)
      .set({ status: 'dead', reason, nextAttemptAt: null, finishedAt: ctx.now })
      .where(
        and(
          eq(webhookDeliveries.networkId, ctx.networkId),
          eq(webhookDeliveries.endpointId, endpointId),
          eq(webhookDeliveries.status, 'pending'),
        ),
      ),
  )
}

/** Because nobody answers at it; what its owner does by hand is an action. */
export async function disableEndpoint(
  ctx: TxCtx,
  endpointId: string,
  because: DisabledReason,
): Promise<void> {
  const { from, there } = selectEndpoints(ctx)
  const [found] = await from.where(
    and(
      there,
      eq(webhookEndpoints.id, endpointId),
      inArray(webhookEndpoints.status, ['unverified', 'active']),
    ),
  )
  if (!found) return
  await changeEndpoint(ctx, found, { status: 'disabled', disabledBecause: because })
  giveUpWaiting(ctx, endpointId, 'endpoint_disabled')
  tellOfEndpoint(ctx, 'webhook_endpoint.disabled', endpointId, { reason: because })
}

export function addSecret(ctx: TxCtx, endpointId: string): string {
  const secret = newSecret()
  ctx.write(
    insertRows(webhookSecrets, {
      networkId: ctx.networkId,
      id: newId(ctx.now),
      organizationId: ctx.organizationId,
      endpointId,
      sealed: ctx.keyring.seal('webhook-secret', secret),
      createdAt: ctx.now,
    }),
  )
  return secret
}

/** A header has room for a few; who rotates more often than receivers change over gains nothing by more. */
const secretsMax = 4

/** Those that messages of each endpoint are signed with at this instant, the newest first. */
export async function secretsOf(
  ctx: TxCtx,
  endpointIds: readonly string[],
): Promise<(endpointId: string) => readonly string[]> {
  const rows = await ctx.db
    .select({ endpointId: webhookSecrets.endpointId, sealed: webhookSecrets.sealed })
    .from(webhookSecrets)
    .where(
      and(
        eq(webhookSecrets.networkId, ctx.networkId),
        anyOf(webhookSecrets.endpointId, endpointIds),
        or(isNull(webhookSecrets.expiresAt), gt(webhookSecrets.expiresAt, ctx.now)),
      ),
    )
    .orderBy(desc(webhookSecrets.id))
  const of = grouped(rows, ({ endpointId }) => endpointId)
  return (endpointId) =>
    of(endpointId)
      .slice(0, secretsMax)
      .map(({ sealed }) => ctx.keyring.open('webhook-secret', sealed))
}
