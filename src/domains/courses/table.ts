import { boolean, date, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { professions } from '../learners/codes.ts'
import { type moduleKinds, versionStatuses } from './codes.ts'
import type { Topics } from './rules.ts'

const changed = {
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
}

export const courses = pgTable('courses', {
  ...heldRow,
  code: text().notNull(),
  title: text().notNull(),
  audience: text({ enum: professions }).array().notNull(),
  ...changed,
})

export interface StoredModule {
  readonly code: string
  readonly title: string
  readonly kind: (typeof moduleKinds)[number]
  readonly minutes: number
  readonly required: boolean
  readonly passMark: number | null
}

export const courseVersions = pgTable('course_versions', {
  ...heldRow,
  courseId: uuid().notNull(),
  label: text().notNull(),
  language: text().notNull(),
  objectives: text().array().notNull(),
  modules: jsonb().$type<StoredModule[]>().notNull(),
  attemptsMax: integer().notNull(),
  evaluationRequired: boolean().notNull(),
  validMonths: integer(),
  contentSha256: text(),
  status: text({ enum: versionStatuses }).notNull(),
  publishedAt: instant(),
  retiredAt: instant(),
  ...changed,
})

export const courseAccreditations = pgTable('course_accreditations', {
  ...heldRow,
  courseVersionId: uuid().notNull(),
  body: text().notNull(),
  providerNumber: text().notNull(),
  activityNumber: text(),
  creditType: text().notNull(),
  quartersMax: integer().notNull(),
  topics: jsonb().$type<Topics>().notNull(),
  effectiveFrom: date({ mode: 'string' }).notNull(),
  effectiveTo: date({ mode: 'string' }).notNull(),
  statement: text(),
  ...changed,
})
