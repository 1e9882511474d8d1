import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { bytea, instant, sharedRow } from '../../db/columns.ts'
import { emergencyReasons, medicalRoles, reviewOutcomes } from './codes.ts'

/** An emergency as it was opened. None of the three tables is ever updated. */
export const emergencyDisclosures = pgTable('emergency_disclosures', {
  ...sharedRow,
  patientId: uuid().notNull(),
  reasonCode: text({ enum: emergencyReasons }).notNull(),
  personnelRole: text({ enum: medicalRoles }).notNull(),
  sealed: bytea().notNull(),
  openedByOrganizationId: uuid().notNull(),
  openedByClientId: uuid().notNull(),
  openedAt: instant().notNull(),
  expiresAt: instant().notNull(),
})

const { id: _, ...sharedPart } = sharedRow

/** What 42 CFR 2.51(c) wants in writing. */
export const emergencyDocuments = pgTable('emergency_documents', {
  ...sharedPart,
  emergencyId: uuid().notNull(),
  patientId: uuid().notNull(),
  sealed: bytea().notNull(),
  disclosedAt: instant().notNull(),
  documentedByOrganizationId: uuid().notNull(),
  documentedByClientId: uuid().notNull(),
  documentedAt: instant().notNull(),
})

export const emergencyReviews = pgTable('emergency_reviews', {
  ...sharedPart,
  emergencyId: uuid().notNull(),
  position: integer().notNull(),
  patientId: uuid().notNull(),
  outcome: text({ enum: reviewOutcomes }).notNull(),
  sealed: bytea().notNull(),
  reviewedByClientId: uuid().notNull(),
  reviewedAt: instant().notNull(),
})
