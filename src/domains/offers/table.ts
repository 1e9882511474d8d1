import { doublePrecision, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import { constraints } from '../matching/constraints.ts'
import { choosers, offerStatuses } from './contract.ts'

export const offers = pgTable('offers', {
  ...heldRow,
  referralId: uuid().notNull(),
  mentorId: uuid().notNull(),
  status: text({ enum: offerStatuses }).notNull(),
  chosenBy: text({ enum: choosers }).notNull().default('coordinator'),
  overridden: text({ enum: constraints }).array().notNull().default([]),
  overrideReason: text(),
  handsOverId: uuid(),
  score: doublePrecision(),
  ruleSet: text(),
  declineReason: text(),
  mentorshipId: uuid(),
  expiresAt: instant().notNull(),
  answeredAt: instant(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
  patientId: uuid(),
  sealed: sealedColumn(),
})

export const sealedOffers = sealing(offers, {
  person: 'patientId',
  row: ['id'],
  members: { overrideReason: null, declineReason: null },
})

/** Mentors put before the person, who chooses. */
export const shortlists = pgTable('shortlists', {
  ...heldRow,
  referralId: uuid().notNull(),
  patientId: uuid().notNull(),
  mentorIds: uuid().array().notNull(),
  chosenMentorId: uuid(),
  chosenAt: instant(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
