import { date, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant, sharedRow } from '../../db/columns.ts'
import { mentorTypes } from '../mentors/codes.ts'
import { cadences, contactModes } from '../programs/contract.ts'
import { outcomes } from '../referrals/codes.ts'
import { contactResults, mentorshipStatuses } from './contract.ts'

export const mentorships = pgTable('mentorships', {
  ...sharedRow,
  referralId: uuid().notNull(),
  patientId: uuid().notNull(),
  mentorId: uuid().notNull(),
  mentorType: text({ enum: mentorTypes }).notNull(),
  status: text({ enum: mentorshipStatuses }).notNull(),
  cadence: text({ enum: cadences }).notNull(),
  startedAt: instant().notNull(),
  pausedAt: instant(),
  resumeBy: date({ mode: 'string' }),
  resumedAt: instant(),
  closedAt: instant(),
  outcome: text({ enum: outcomes }),
  nextSupport: text(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})

/** One attempt or one conversation. Append-only. */
export const contacts = pgTable('contacts', {
  ...sharedRow,
  mentorshipId: uuid().notNull(),
  referralId: uuid().notNull(),
  patientId: uuid().notNull(),
  at: instant().notNull(),
  mode: text({ enum: contactModes }).notNull(),
  direction: text({ enum: ['outgoing', 'incoming'] }).notNull(),
  result: text({ enum: contactResults }).notNull(),
  minutes: integer(),
  summary: text(),
  recordedBy: uuid().notNull(),
  recordedAt: instant().notNull(),
})
