import { boolean, date, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import { mentorTypes } from '../mentors/codes.ts'
import {
  credentialStatuses,
  decisions,
  requirementItems,
  resultClasses,
  screeningKinds,
  verifications,
} from './codes.ts'

const changed = {
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
}

/** What an organization demands of its mentors. */
export const mentorRequirements = pgTable('mentor_requirements', {
  ...heldRow,
  /** Of which kinds of mentor; an empty list means of all. */
  mentorTypes: text({ enum: mentorTypes }).array().notNull().default([]),
  item: text({ enum: requirementItems }).notNull(),
  code: text().notNull(),
  validMonths: integer(),
  leastVerification: text({ enum: verifications }),
  source: text(),
  endedAt: instant(),
  ...changed,
})

/** The class of a result and the decision; there is no column for a report. */
export const mentorScreenings = pgTable('mentor_screenings', {
  ...heldRow,
  mentorId: uuid().notNull(),
  kind: text({ enum: screeningKinds }).notNull(),
  resultClass: text({ enum: resultClasses }).notNull(),
  decision: text({ enum: decisions }).notNull(),
  rationale: text(),
  decidedBy: text().notNull(),
  performedOn: date({ mode: 'string' }).notNull(),
  expiresOn: date({ mode: 'string' }),
  enteredInError: boolean().notNull().default(false),
  ...changed,
  sealed: sealedColumn(),
})

export const sealedScreenings = sealing(mentorScreenings, {
  person: 'mentorId',
  row: ['id'],
  members: { rationale: null, decidedBy: '' },
})

export const mentorCredentials = pgTable('mentor_credentials', {
  ...heldRow,
  mentorId: uuid().notNull(),
  code: text().notNull(),
  issuer: text().notNull(),
  jurisdiction: text(),
  number: text(),
  issuedOn: date({ mode: 'string' }).notNull(),
  expiresOn: date({ mode: 'string' }),
  verification: text({ enum: verifications }).notNull(),
  verifiedOn: date({ mode: 'string' }),
  verifiedBy: text(),
  status: text({ enum: credentialStatuses }).notNull(),
  ...changed,
  sealed: sealedColumn(),
})

export const sealedCredentials = sealing(mentorCredentials, {
  person: 'mentorId',
  row: ['id'],
  members: { number: null, verifiedBy: null },
})
