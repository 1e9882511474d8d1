import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { clinicianTerms as kinds } from '../mentors/codes.ts'
import { acceptanceMethods } from './codes.ts'

/** What a clinician is shown and accepts, in the words of the organization for which they mentor. Never changed. */
export const clinicianTerms = pgTable('clinician_terms', {
  ...heldRow,
  kind: text({ enum: kinds }).notNull(),
  revision: integer().notNull(),
  language: text().notNull(),
  text: text().notNull(),
  supersededAt: instant(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})

export const clinicianAcceptances = pgTable('clinician_acceptances', {
  ...heldRow,
  mentorId: uuid().notNull(),
  termsId: uuid().notNull(),
  kind: text({ enum: kinds }).notNull(),
  revision: integer().notNull(),
  acceptedAt: instant().notNull(),
  method: text({ enum: acceptanceMethods }).notNull(),
  recordedBy: uuid().notNull(),
  evidenceHash: text(),
  withdrawnAt: instant(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
