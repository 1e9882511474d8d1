import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { cadences, contactModes, programStatuses } from './contract.ts'

export const programs = pgTable('programs', {
  ...heldRow,
  name: text().notNull(),
  description: text(),
  status: text({ enum: programStatuses }).notNull().default('active'),
  modes: text({ enum: contactModes }).array().notNull(),
  languages: text().array().notNull(),
  cadence: text({ enum: cadences }).notNull(),
  serviceArea: text().array().notNull().default([]),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
