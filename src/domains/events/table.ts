import { bigint, pgTable, uuid } from 'drizzle-orm/pg-core'

/** How far each network's log is numbered, and what of it is no longer in the table of events. */
export const eventLogs = pgTable('event_logs', {
  networkId: uuid().primaryKey(),
  lastSequence: bigint({ mode: 'number' }).notNull(),
  removedThrough: bigint({ mode: 'number' }).notNull(),
})
