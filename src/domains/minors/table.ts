import { boolean, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from '../../db/columns.ts'

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
