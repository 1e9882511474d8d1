import { integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import type { Topics } from '../courses/rules.ts'

export const renewalRules = pgTable('renewal_rules', {
  ...heldRow,
  code: text().notNull(),
  windowMonths: integer().notNull(),
  quarters: integer().notNull(),
  topics: jsonb().$type<Topics>().notNull(),
  creditTypes: text().array().notNull(),
  carryOverMax: integer().notNull(),
  source: text().notNull(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
