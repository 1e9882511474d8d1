import { boolean, date, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { needKinds, needStatuses } from './contract.ts'

export const organizationNeeds = pgTable('organization_needs', {
  ...heldRow,
  kind: text({ enum: needKinds }).notNull(),
  description: text().notNull(),
  quantity: text(),
  untilOn: date({ mode: 'string' }),
  public: boolean().notNull().default(false),
  status: text({ enum: needStatuses }).notNull(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
