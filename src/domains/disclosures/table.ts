import { boolean, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { SubjectType } from '../../core/context.ts'
import { bytea, instant, sharedRow } from '../../db/columns.ts'
import { dataClasses, purposes } from '../consents/codes.ts'
import { designations, disclosureBases, methods } from './codes.ts'

/** The ledger: held by the organization whose data it is, read by the one that received it. Append-only. */
export const disclosures = pgTable('disclosures', {
  ...sharedRow,
  at: instant().notNull(),
  patientId: uuid().notNull(),
  recipientOrganizationId: uuid(),
  recipientClientId: uuid(),
  basis: text({ enum: disclosureBases }).notNull(),
  consentId: uuid(),
  approvalId: uuid(),
  designation: text({ enum: designations }),
  purpose: text({ enum: purposes }).notNull(),
  dataClasses: text({ enum: dataClasses }).array().notNull(),
  briefDescription: text(),
  /** Digest of the names of the members that were sent. */
  fieldsHash: text(),
  subjectType: text().$type<SubjectType>(),
  subjectId: uuid(),
  method: text({ enum: methods }).notNull(),
  viaEhr: boolean().notNull(),
  noticeVersion: text(),
  consentCopySent: boolean().notNull(),
  ruleVersion: text(),
  requestId: text().notNull(),
  manual: boolean().notNull(),
  recordedByClientId: uuid(),
  recordedAt: instant(),
  recipientName: text(),
  recipientDetail: bytea(),
  correctsId: uuid(),
})
