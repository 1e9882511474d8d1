import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { contactModes } from '../programs/contract.ts'
import { mentorStatuses, mentorTypes } from './codes.ts'

export const mentors = pgTable('mentors', {
  ...heldRow,
  displayName: text().notNull(),
  type: text({ enum: mentorTypes }).notNull(),
  status: text({ enum: mentorStatuses }).notNull(),
  statusReason: text(),
  languages: text().array().notNull(),
  modes: text({ enum: contactModes }).array().notNull(),
  substances: text().array().notNull(),
  pathways: text().array().notNull(),
  timeZone: text().notNull(),
  availability: text().array().notNull(),
  serviceArea: text().array().notNull(),
  capacity: integer().notNull(),
  load: integer().notNull().default(0),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
