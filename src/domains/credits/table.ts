import { date, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import type { Topics } from '../courses/rules.ts'
import { externalStatuses } from './codes.ts'

const changed = {
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
}

export const creditAwards = pgTable('credit_awards', {
  ...heldRow,
  learnerId: uuid().notNull(),
  enrolmentId: uuid().notNull(),
  courseVersionId: uuid().notNull(),
  accreditationId: uuid().notNull(),
  creditType: text().notNull(),
  quarters: integer().notNull(),
  topics: jsonb().$type<Topics>().notNull(),
  awardedOn: date({ mode: 'string' }).notNull(),
  /** The bounds of the accreditation, which a foreign key holds to it. */
  quartersMax: integer().notNull(),
  effectiveFrom: date({ mode: 'string' }).notNull(),
  effectiveTo: date({ mode: 'string' }).notNull(),
  revokedAt: instant(),
  ...changed,
})

export const externalCredits = pgTable('external_credits', {
  ...heldRow,
  learnerId: uuid().notNull(),
  mentorId: uuid(),
  title: text().notNull(),
  provider: text().notNull(),
  creditType: text().notNull(),
  quarters: integer().notNull(),
  topics: jsonb().$type<Topics>().notNull(),
  completedOn: date({ mode: 'string' }).notNull(),
  evidenceHash: text().notNull(),
  status: text({ enum: externalStatuses }).notNull(),
  /** The client that sent it, or the mentor whose token did. */
  submittedBy: uuid().notNull(),
  reviewedBy: uuid(),
  reviewedAt: instant(),
  reviewNote: text(),
  ...changed,
  sealed: sealedColumn(),
})

export const sealedExternalCredits = sealing(externalCredits, {
  person: 'learnerId',
  row: ['id'],
  members: { title: '', provider: '', reviewNote: null },
})
