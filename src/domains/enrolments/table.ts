import { date, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import { enrolmentStatuses, factKinds } from './codes.ts'

export const enrolments = pgTable('enrolments', {
  ...heldRow,
  learnerId: uuid().notNull(),
  mentorId: uuid(),
  courseId: uuid().notNull(),
  courseCode: text().notNull(),
  courseVersionId: uuid().notNull(),
  status: text({ enum: enrolmentStatuses }).notNull(),
  enrolledAt: instant().notNull(),
  dueOn: date({ mode: 'string' }),
  completedOn: date({ mode: 'string' }),
  minutes: integer(),
  validUntil: date({ mode: 'string' }),
  endedAt: instant(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})

/** Append-only. */
export const enrolmentFacts = pgTable('enrolment_facts', {
  ...heldRow,
  enrolmentId: uuid().notNull(),
  learnerId: uuid().notNull(),
  kind: text({ enum: factKinds }).notNull(),
  moduleCode: text(),
  at: instant().notNull(),
  minutes: integer(),
  score: integer(),
  position: integer(),
  verifiedBy: text(),
  recordedAt: instant().notNull(),
  sealed: sealedColumn(),
})

export const sealedFacts = sealing(enrolmentFacts, {
  person: 'learnerId',
  row: ['id'],
  members: { verifiedBy: null },
})
