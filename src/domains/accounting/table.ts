import { date, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'

/** Requests for an accounting (42 CFR 2.25), or for the list of an intermediary (42 CFR 2.24). */
export const accountingRequests = pgTable('accounting_requests', {
  ...heldRow,
  patientId: uuid().notNull(),
  kind: text({ enum: ['accounting', 'intermediary_list'] }).notNull(),
  status: text({ enum: ['open', 'fulfilled'] }).notNull(),
  requestedAt: instant().notNull(),
  fromDate: date({ mode: 'string' }).notNull(),
  toDate: date({ mode: 'string' }).notNull(),
  timeZone: text().notNull(),
  dueAt: instant().notNull(),
  extendedAt: instant(),
  extensionReason: text(),
  fulfilledAt: instant(),
  documentSha256: text('document_sha256'),
  disclosuresCount: integer(),
  clockId: uuid().notNull(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
