import { date, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { frameworkCodes } from './frameworks.ts'

const changed = {
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
}

export const learningPrograms = pgTable('learning_programs', {
  ...heldRow,
  name: text().notNull(),
  framework: text({ enum: frameworkCodes }).notNull(),
  competencies: text().array().notNull(),
  requiredMinutes: integer().notNull(),
  reflectionsRequired: integer().notNull(),
  ...changed,
})

export const cohorts = pgTable('cohorts', {
  ...heldRow,
  learningProgramId: uuid().notNull(),
  name: text().notNull(),
  beginsOn: date({ mode: 'string' }).notNull(),
  endsOn: date({ mode: 'string' }).notNull(),
  ...changed,
})
