import { boolean, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant, sharedRow } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import { hourStatuses, placementStatuses, relationships } from './codes.ts'

const changed = {
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
}

export const placements = pgTable('placements', {
  ...sharedRow,
  cohortId: uuid().notNull(),
  learningProgramId: uuid().notNull(),
  learnerId: uuid().notNull(),
  learnerMentorId: uuid(),
  hostMentorId: uuid().notNull(),
  supervisorId: uuid().notNull(),
  schoolOrganizationId: uuid(),
  schoolReference: text(),
  relationship: text({ enum: relationships }).notNull(),
  status: text({ enum: placementStatuses }).notNull(),
  requiredMinutes: integer().notNull(),
  recordedMinutes: integer().notNull(),
  signedMinutes: integer().notNull(),
  signedReflections: integer().notNull(),
  evidenced: text().array().notNull(),
  endedAt: instant(),
  ...changed,
  sealed: sealedColumn(),
})

export const sealedPlacements = sealing(placements, {
  person: 'learnerId',
  row: ['id'],
  members: { schoolReference: null },
})

export const placementHours = pgTable('placement_hours', {
  ...heldRow,
  placementId: uuid().notNull(),
  learnerId: uuid().notNull(),
  learnerMentorId: uuid(),
  hostMentorId: uuid().notNull(),
  supervisorId: uuid().notNull(),
  mentorshipId: uuid().notNull(),
  patientId: uuid().notNull(),
  consentId: uuid().notNull(),
  relationship: text({ enum: relationships }).notNull(),
  beganAt: instant().notNull(),
  endedAt: instant().notNull(),
  competencies: text().array().notNull(),
  reflection: text(),
  hasReflection: boolean().notNull(),
  status: text({ enum: hourStatuses }).notNull(),
  signedAt: instant(),
  signedBy: uuid(),
  ...changed,
  sealed: sealedColumn(),
})

export const sealedHours = sealing(placementHours, {
  person: 'learnerId',
  row: ['id'],
  members: { reflection: null },
})
