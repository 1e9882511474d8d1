import { boolean, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant, networkKey } from '../../db/columns.ts'
import type { BusinessCalendar } from '../clocks/calendar.ts'
import { organizationKinds, part2Statuses } from './contract.ts'

/** The tenant. One definition for all: drizzle takes two of one table for the same. */
export const networks = pgTable('networks', {
  id: uuid().notNull(),
  name: text().notNull(),
  /** Whether consents of minors are taken at all (42 CFR 2.14). */
  minorsAccepted: boolean().notNull().default(false),
  /** How many years a record is kept after anything was recorded last. */
  recordRetentionYears: integer().notNull().default(10),
  /** Under which the public finds it; null while it does not. */
  directoryName: text(),
  createdAt: instant().notNull(),
})

export const organizations = pgTable('organizations', {
  ...networkKey,
  name: text().notNull(),
  kind: text({ enum: organizationKinds }).notNull(),
  part2Status: text({ enum: part2Statuses }).array().notNull().default([]),
  timeZone: text().notNull(),
  url: text(),
  description: text(),
  /** Whether the public directory shows it. */
  listed: boolean().notNull().default(false),
  businessCalendar: jsonb().$type<Partial<BusinessCalendar>>().notNull().default({}),
  status: text({ enum: ['active', 'inactive'] })
    .notNull()
    .default('active'),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
