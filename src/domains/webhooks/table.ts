import { bigint, boolean, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { bytea, heldRow, instant } from '../../db/columns.ts'
import {
  attemptErrors,
  deliveryKinds,
  deliveryReasons,
  deliveryStatuses,
  disabledReasons,
  endpointStatuses,
} from './codes.ts'

export const webhookEndpoints = pgTable('webhook_endpoints', {
  ...heldRow,
  url: text().notNull(),
  types: text().array().notNull(),
  status: text({ enum: endpointStatuses }).notNull(),
  disabledBecause: text({ enum: disabledReasons }),
  clientId: uuid().notNull(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
  verifiedAt: instant(),
})

export const webhookSecrets = pgTable('webhook_secrets', {
  ...heldRow,
  endpointId: uuid().notNull(),
  sealed: bytea().notNull(),
  createdAt: instant().notNull(),
  expiresAt: instant(),
})

/** The turn of each endpoint: who serves it, when it is due, and whether it is well. */
export const webhookQueues = pgTable('webhook_queues', {
  networkId: uuid().notNull(),
  endpointId: uuid().notNull(),
  organizationId: uuid().notNull(),
  dueAt: instant(),
  arrivals: bigint({ mode: 'number' }).notNull().default(0),
  leaseId: uuid(),
  leasedUntil: instant(),
  failingSince: instant(),
  pausedUntil: instant(),
  lastAttemptAt: instant(),
  lastError: text({ enum: attemptErrors }),
})

export const webhookDeliveries = pgTable('webhook_deliveries', {
  ...heldRow,
  endpointId: uuid().notNull(),
  kind: text({ enum: deliveryKinds }).notNull(),
  eventId: uuid().notNull(),
  type: text().notNull(),
  /** Of the event; 0 for what is none. */
  sequence: bigint({ mode: 'number' }).notNull(),
  lane: uuid().notNull(),
  told: boolean().notNull(),
  status: text({ enum: deliveryStatuses }).notNull().default('pending'),
  reason: text({ enum: deliveryReasons }),
  attempts: integer().notNull().default(0),
  nextAttemptAt: instant(),
  createdAt: instant().notNull(),
  finishedAt: instant(),
})

export const webhookAttempts = pgTable('webhook_attempts', {
  ...heldRow,
  deliveryId: uuid().notNull(),
  number: integer().notNull(),
  at: instant().notNull(),
  statusCode: integer(),
  latencyMs: integer(),
  error: text({ enum: attemptErrors }),
})
