import { bigint, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from '../../db/columns.ts'

/** How far each network's log is numbered, and what of it is no longer in the table of events. */
export const eventLogs = pgTable('event_logs', {
  networkId: uuid().primaryKey(),
  lastSequence: bigint({ mode: 'number' }).notNull(),
  removedThrough: bigint({ mode: 'number' }).notNull(),
})

/** Ranges of the log that leave or have left; one without `removedAt` is under way. */
export const eventArchives = pgTable('event_archives', {
  networkId: uuid().notNull(),
  firstSequence: bigint({ mode: 'number' }).notNull(),
  lastSequence: bigint({ mode: 'number' }).notNull(),
  claimedAt: instant().notNull(),
  digest: text(),
  removedAt: instant(),
})
