import { sql } from 'drizzle-orm'
import { boolean, date, doublePrecision, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant, sharedRow } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import { mentorTypes } from '../mentors/codes.ts'
import { cadences, contactModes } from '../programs/contract.ts'
import { outcomes } from '../referrals/codes.ts'
import { contactNeeds, contactResults, feltAccompanied, mentorshipStatuses, voices } from './contract.ts'
import { intensities } from './intensity.ts'

export const mentorships = pgTable('mentorships', {
  ...sharedRow,
  referralId: uuid().notNull(),
  patientId: uuid().notNull(),
  mentorId: uuid().notNull(),
  mentorType: text({ enum: mentorTypes }).notNull(),
  status: text({ enum: mentorshipStatuses }).notNull(),
  cadence: text({ enum: cadences }).notNull(),
  /** From when the cadence counts. */
  rhythmFrom: instant().notNull(),
  startedAt: instant().notNull(),
  pausedAt: instant(),
  resumeBy: date({ mode: 'string' }),
  resumedAt: instant(),
  closedAt: instant(),
  outcome: text({ enum: outcomes }),
  nextSupport: text(),
  nextSupportDeclined: boolean().notNull().default(false),
  closedBecause: text(),
  intensity: text({ enum: intensities }).notNull().default('standard'),
  /** Capacity points of the mentor that it takes. */
  weight: doublePrecision().generatedAlwaysAs(
    sql`case intensity when 'high' then 2.0 when 'standard' then 1.0 else 0.5 end`,
  ),
  plannedEndOn: date({ mode: 'string' }),
  reviewDueOn: date({ mode: 'string' }),
  continuityOfId: uuid(),
  /** Since when its mentor is away, so that somebody must find the next. */
  reassignSince: instant(),
  /** Employers of a clinician mentor, to whom the notes are not shown. */
  withheldFromIds: uuid().array().notNull().default([]),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
  sealed: sealedColumn(),
})

export const sealedMentorships = sealing(mentorships, {
  person: 'patientId',
  row: ['id'],
  members: { nextSupport: null },
})

/** Every pause and every hold: silence during one is no silence. */
export const mentorshipPauses = pgTable('mentorship_pauses', {
  ...sharedRow,
  mentorshipId: uuid().notNull(),
  referralId: uuid().notNull(),
  beganAt: instant().notNull(),
  endedAt: instant(),
})

/** What the two agreed, each time they did. Append-only. */
export const mentorshipAgreements = pgTable('mentorship_agreements', {
  ...heldRow,
  mentorshipId: uuid().notNull(),
  patientId: uuid().notNull(),
  mentorId: uuid().notNull(),
  version: integer().notNull(),
  goals: text().array().notNull(),
  frequency: text(),
  modes: text({ enum: contactModes }).array().notNull(),
  hours: text(),
  emergencyPlan: text(),
  signedByMentorAt: instant(),
  signedByPatientAt: instant(),
  createdAt: instant().notNull(),
  sealed: sealedColumn(),
})

export const sealedAgreements = sealing(mentorshipAgreements, {
  person: 'patientId',
  row: ['id'],
  members: { goals: [], frequency: null, hours: null, emergencyPlan: null },
})

/** What each of the two says at the end; one answer each. */
export const closingVoices = pgTable('closing_voices', {
  networkId: uuid().notNull(),
  mentorshipId: uuid().notNull(),
  voice: text({ enum: voices }).notNull(),
  organizationId: uuid().notNull(),
  patientId: uuid().notNull(),
  mentorId: uuid().notNull(),
  feltAccompanied: text({ enum: feltAccompanied }),
  wouldAgain: boolean(),
  text: text(),
  saidAt: instant().notNull(),
  sealed: sealedColumn(),
})

export const sealedVoices = sealing(closingVoices, {
  person: 'patientId',
  row: ['mentorshipId', 'voice'],
  members: { text: null },
})

/** One attempt or one conversation, as it is known now; a correction keeps the version before. */
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
  version: integer().notNull().default(1),
  mentorId: uuid().notNull(),
  mentorType: text({ enum: mentorTypes }).notNull(),
  needs: text({ enum: contactNeeds }).array().notNull().default([]),
  introducesMentorId: uuid(),
  enteredInError: boolean().notNull().default(false),
  correctedAt: instant(),
  sealed: sealedColumn(),
})

export const sealedContacts = sealing(contacts, {
  person: 'patientId',
  row: ['id'],
  members: { summary: null },
})

/** What a contact said before it was corrected. Append-only. */
export const contactVersions = pgTable('contact_versions', {
  networkId: uuid().notNull(),
  contactId: uuid().notNull(),
  version: integer().notNull(),
  organizationId: uuid().notNull(),
  at: instant().notNull(),
  mode: text({ enum: contactModes }).notNull(),
  direction: text({ enum: ['outgoing', 'incoming'] }).notNull(),
  result: text({ enum: contactResults }).notNull(),
  minutes: integer(),
  summary: text(),
  recordedBy: uuid().notNull(),
  recordedAt: instant().notNull(),
  patientId: uuid(),
  sealed: sealedColumn(),
})

export const sealedContactVersions = sealing(contactVersions, {
  person: 'patientId',
  row: ['contactId', 'version'],
  members: { summary: null },
})
