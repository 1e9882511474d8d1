import { sql } from 'drizzle-orm'
import { bigint, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant, networkKey } from '../../db/columns.ts'
import { appealStatuses, occasions, outcomes, revocationReasons, subjects } from './codes.ts'
import { type FactCode, factCodes } from './facts.ts'
import type { JudgedFact, Rule } from './rules.ts'

export const recognitionSchemes = pgTable('recognition_schemes', {
  ...networkKey,
  code: text().notNull(),
  revision: integer().notNull(),
  name: text().notNull(),
  description: text().notNull(),
  subject: text({ enum: subjects }).notNull(),
  rules: jsonb().$type<Rule[]>().notNull(),
  validMonths: integer().notNull(),
  retiredAt: instant(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})

/** Append-only but for `nextAt`. */
export const recognitionEvaluations = pgTable('recognition_evaluations', {
  ...heldRow,
  schemeId: uuid().notNull(),
  schemeCode: text().notNull(),
  subject: text({ enum: subjects }).notNull(),
  subjectId: uuid().notNull(),
  mentorId: uuid(),
  occasion: text({ enum: occasions }).notNull(),
  outcome: text({ enum: outcomes }).notNull(),
  facts: jsonb().$type<JudgedFact[]>().notNull(),
  credentialId: uuid(),
  /** When it is looked at again; null once a later one has taken its place. */
  nextAt: instant(),
  createdAt: instant().notNull(),
})

export const recognitionAppeals = pgTable('recognition_appeals', {
  ...heldRow,
  evaluationId: uuid().notNull(),
  grounds: text().notNull(),
  status: text({ enum: appealStatuses }).notNull(),
  decisionReason: text(),
  waives: text({ enum: factCodes }).$type<FactCode>(),
  decidedAt: instant(),
  decidedByOrganizationId: uuid(),
  /** The evaluation that an upheld appeal led to. */
  resultId: uuid(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})

/** What a credential says, as it was on the day of its issue. Public. */
export interface CredentialContent {
  readonly networkName: string
  /** An organization's name, or a mentor's initials. */
  readonly holder: string
  readonly scheme: {
    readonly code: string
    readonly revision: number
    readonly name: string
    readonly description: string
  }
  readonly criteria: string
}

export const recognitionCredentials = pgTable('recognition_credentials', {
  ...heldRow,
  schemeId: uuid().notNull(),
  schemeCode: text().notNull(),
  evaluationId: uuid().notNull(),
  subject: text({ enum: subjects }).notNull(),
  subjectId: uuid().notNull(),
  /** Counted by the database: its place in the status lists. */
  statusPlace: bigint({ mode: 'number' }).notNull().default(sql`nextval('recognition_status_places')`),
  content: jsonb().$type<CredentialContent>().notNull(),
  validFrom: instant().notNull(),
  validUntil: instant().notNull(),
  revokedAt: instant(),
  revokedBecause: text({ enum: revocationReasons }),
  /** Of a misuse: since when another may be issued again. */
  barLiftedAt: instant(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
