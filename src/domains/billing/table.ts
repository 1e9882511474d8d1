import { boolean, date, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { mentorTypes } from '../mentors/codes.ts'
import { contactResults } from '../mentorships/contract.ts'
import { contactModes } from '../programs/contract.ts'
import { aggregations, billingRuleStatuses, overlapRules } from './codes.ts'

export const billingRules = pgTable('billing_rules', {
  ...heldRow,
  networkWide: boolean().notNull().default(false),
  payerCode: text().notNull(),
  payerOrganizationId: uuid(),
  serviceCode: text().notNull(),
  revision: integer().notNull(),
  effectiveFrom: date({ mode: 'string' }).notNull(),
  effectiveUntil: date({ mode: 'string' }),
  unitMinutes: integer().notNull(),
  roundUpFromMinutes: integer().notNull(),
  minimumMinutes: integer().notNull(),
  aggregation: text({ enum: aggregations }).notNull(),
  unitsMax: integer(),
  modes: text({ enum: contactModes }).array().notNull(),
  results: text({ enum: contactResults }).array().notNull(),
  mentorTypes: text({ enum: mentorTypes }).array().notNull(),
  overlap: text({ enum: overlapRules }).notNull(),
  source: text().notNull(),
  status: text({ enum: billingRuleStatuses }).notNull(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
