import { bigint, pgTable, smallint, text, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant } from '../../db/columns.ts'

export const chainSources = ['audit_events', 'disclosures'] as const
export type ChainSource = (typeof chainSources)[number]

/** What waits for its place in the chain; a trigger writes it with the row. */
export const auditUnsealed = pgTable('audit_unsealed', {
  networkId: uuid().notNull(),
  sequence: bigint({ mode: 'number' }).generatedAlwaysAsIdentity(),
  source: text({ enum: chainSources }).notNull(),
  rowId: uuid().notNull(),
})

export const auditLinks = pgTable('audit_links', {
  networkId: uuid().notNull(),
  position: bigint({ mode: 'number' }).notNull(),
  source: text({ enum: chainSources }).notNull(),
  rowId: uuid().notNull(),
  form: smallint().notNull(),
  hash: bytea().notNull(),
  sealedAt: instant().notNull(),
})

export const chainHeads = pgTable('chain_heads', {
  networkId: uuid().notNull(),
  position: bigint({ mode: 'number' }).notNull(),
  hash: bytea().notNull(),
  at: instant().notNull(),
})
