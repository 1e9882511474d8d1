import { and, eq } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { type Held, healthAfter, letGo, type Over, type Turn } from './queue.ts'
import { attemptsMax, succeeded } from './rules.ts'
import type { Outcome } from './sending.ts'
import { disableEndpoint, giveUpWaiting } from './store.ts'
import { webhookEndpoints } from './table.ts'

/** What a turn amounts to, with what was just tried. */
export function addTo(turn: Turn, outcomes: readonly Outcome[], askedForMs: number): Turn {
  const counted = outcomes.filter(({ result: { error } }) => error !== 'interrupted')
  const good = counted.filter(({ result }) => succeeded(result)).length
  const failure = counted.find(({ result }) => !succeeded(result))?.result.error ?? null
  return {
    succeeded: turn.succeeded + good,
    failed: turn.failed + counted.length - good,
    lastError: counted.length > 0 ? failure : turn.lastError,
    askedForMs: Math.max(turn.askedForMs, askedForMs),
  }
}

/** An endpoint that has answered its verification gets what waits; one that says that it is gone gets nothing any more. */
export async function heed(ctx: TxCtx, { endpointId }: Held, outcomes: readonly Outcome[]): Promise<void> {
  if (outcomes.some(({ result }) => result.error === 'gone')) return disableEndpoint(ctx, endpointId, 'gone')
  const verification = outcomes.find(({ due }) => due.kind === 'verification')
  if (!verification) return
  if (succeeded(verification.result)) return markVerified(ctx, endpointId)
  if (verification.due.attempts + 1 >= attemptsMax && verification.result.error !== 'interrupted')
    await disableEndpoint(ctx, endpointId, 'not_verified')
}

async function markVerified({ db, networkId, now }: TxCtx, endpointId: string): Promise<void> {
  await db
    .update(webhookEndpoints)
    .set({ status: 'active', verifiedAt: now })
    .where(
      and(
        eq(webhookEndpoints.networkId, networkId),
        eq(webhookEndpoints.id, endpointId),
        eq(webhookEndpoints.status, 'unverified'),
      ),
    )
}

/** In the last transaction of some turns. */
export async function endTurns(ctx: TxCtx, ended: readonly Pick<Over, 'held' | 'turn'>[]): Promise<void> {
  if (ended.length === 0) return
  const over = ended.map(({ held, turn }) => ({ held, turn, health: healthAfter(held, turn, ctx.now) }))
  for (const { held, health } of over)
    if (health.isLongFailing) await disableEndpoint(ctx, held.endpointId, 'failing')
  letGo(ctx, over)
}

/** It was disabled or deleted just when something arrived for it. */
export function clearQueue(ctx: TxCtx, { endpointId, status }: Held): void {
  giveUpWaiting(ctx, endpointId, status === 'deleted' ? 'endpoint_deleted' : 'endpoint_disabled')
}
