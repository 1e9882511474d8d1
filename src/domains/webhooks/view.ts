import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { WebhookDelivery, WebhookEndpoint } from './contract.ts'
import type { webhookAttempts, webhookDeliveries, webhookEndpoints, webhookQueues } from './table.ts'

export type EndpointRow = typeof webhookEndpoints.$inferSelect
export type Health = Pick<typeof webhookQueues.$inferSelect, 'failingSince' | 'lastError' | 'lastAttemptAt'>
export type AttemptRow = typeof webhookAttempts.$inferSelect
export type DeliveryRow = typeof webhookDeliveries.$inferSelect

export function toEndpoint(
  { networkId: _, clientId: __, ...row }: EndpointRow,
  { failingSince, lastError, lastAttemptAt }: Health,
): WebhookEndpoint {
  return {
    ...row,
    verifiedAt: toInstantOrNull(row.verifiedAt),
    failingSince: toInstantOrNull(failingSince),
    lastError,
    lastAttemptAt: toInstantOrNull(lastAttemptAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

export function toDelivery(row: DeliveryRow, attempts: readonly AttemptRow[]): WebhookDelivery {
  return {
    id: row.id,
    endpointId: row.endpointId,
    kind: row.kind,
    webhookId: row.eventId,
    type: row.type,
    sequence: row.kind === 'event' ? row.sequence : null,
    status: row.status,
    reason: row.reason,
    attempts: attempts.map(({ at, statusCode, latencyMs, error }) => ({
      at: toInstant(at),
      statusCode,
      latencyMs,
      error,
    })),
    nextAttemptAt: toInstantOrNull(row.nextAttemptAt),
    createdAt: toInstant(row.createdAt),
    finishedAt: toInstantOrNull(row.finishedAt),
  }
}
