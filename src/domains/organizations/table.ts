import { integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import { instant, networkKey } from '../../db/columns.ts'
import type { BusinessCalendar } from '../clocks/calendar.ts'
import { organizationKinds, part2Statuses } from './contract.ts'

export const organizations = pgTable('organizations', {
  ...networkKey,
  name: text().notNull(),
  kind: text({ enum: organizationKinds }).notNull(),
  part2Status: text({ enum: part2Statuses }).array().notNull().default([]),
  timeZone: text().notNull(),
  url: text(),
  businessCalendar: jsonb().$type<Partial<BusinessCalendar>>().notNull().default({}),
  status: text({ enum: ['active', 'inactive'] })
    .notNull()
    .default('active'),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
