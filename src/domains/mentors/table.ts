import { boolean, date, doublePrecision, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import { contactModes } from '../programs/contract.ts'
import {
  type Demographics,
  type MentorLimits,
  mentorStatuses,
  mentorTypes,
  type Releases,
  recoveryBands,
} from './codes.ts'

export const mentors = pgTable('mentors', {
  ...heldRow,
  displayName: text().notNull(),
  type: text({ enum: mentorTypes }).notNull(),
  status: text({ enum: mentorStatuses }).notNull(),
  statusReason: text(),
  languages: text().array().notNull(),
  modes: text({ enum: contactModes }).array().notNull(),
  substances: text().array().notNull(),
  pathways: text().array().notNull(),
  timeZone: text().notNull(),
  availability: text().array().notNull(),
  serviceArea: text().array().notNull(),
  capacity: integer().notNull(),
  /** Capacity points in use: the weights of the mentorships that live. */
  load: doublePrecision().notNull().default(0),
  experienceStatement: text(),
  recoveryBand: text({ enum: recoveryBands }),
  lifeSituations: text().array().notNull().default([]),
  interests: text().array().notNull().default([]),
  demographics: jsonb().$type<Demographics>().notNull().default({}),
  releases: jsonb().$type<Releases>().notNull().default({}),
  mustNot: jsonb().$type<MentorLimits>().notNull().default({}),
  boundaries: text(),
  postalCode: text(),
  employerIds: uuid().array().notNull().default([]),
  practitionerReferences: text().array().notNull().default([]),
  supervisorName: text(),
  supervisorOrganizationId: uuid(),
  supervisorHasPeerBackground: boolean(),
  activatedAt: instant(),
  pausedUntil: date({ mode: 'string' }),
  supervisedAt: instant(),
  supervisionDueAt: instant(),
  /** Null: no mandatory item runs out. In the past: one is missing or has run out. */
  eligibleUntil: instant(),
  remediationClockId: uuid(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
  sealed: sealedColumn(),
})

/** Their availability, languages and codes stay plain: matching reads thousands of them, and they name nobody. */
export const sealedMentors = sealing(mentors, {
  person: 'id',
  row: ['id'],
  members: {
    displayName: '',
    statusReason: null,
    experienceStatement: null,
    boundaries: null,
    postalCode: null,
    supervisorName: null,
  },
})
