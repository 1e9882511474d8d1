import { boolean, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from '../../db/columns.ts'

/** The network's own row, as far as this domain changes it. */
export const networks = pgTable('networks', {
  id: uuid().notNull(),
  minorsAccepted: boolean().notNull(),
})

/** State law as data: one row for each state whose law somebody has checked. */
export const minorRules = pgTable('minor_rules', {
  networkId: uuid().notNull(),
  jurisdiction: text().notNull(),
  consentAge: integer().notNull(),
  parentSignsToo: boolean().notNull(),
  majorityAge: integer().notNull(),
  source: text().notNull(),
  version: integer().notNull().default(1),
  updatedAt: instant().notNull(),
})
