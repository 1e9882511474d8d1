import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { acceptanceMethods } from '../clinicians/codes.ts'

export const recognitionConsents = pgTable('recognition_consents', {
  ...heldRow,
  mentorId: uuid().notNull(),
  givenAt: instant().notNull(),
  method: text({ enum: acceptanceMethods }).notNull(),
  recordedBy: uuid().notNull(),
  evidenceHash: text(),
  withdrawnAt: instant(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
