import { boolean, date, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { SubjectType } from '../../core/context.ts'
import { bytea, heldRow, instant, sharedRow } from '../../db/columns.ts'
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

/** Requests for an accounting (42 CFR 2.25), or for the list of an intermediary (42 CFR 2.24). */
export const accountingRequests = pgTable('accounting_requests', {
  ...heldRow,
  patientId: uuid().notNull(),
  kind: text({ enum: ['accounting', 'intermediary_list'] }).notNull(),
  status: text({ enum: ['open', 'fulfilled'] }).notNull(),
  requestedAt: instant().notNull(),
  fromDate: date({ mode: 'string' }).notNull(),
  toDate: date({ mode: 'string' }).notNull(),
  timeZone: text().notNull(),
  dueAt: instant().notNull(),
  extendedAt: instant(),
  extensionReason: text(),
  fulfilledAt: instant(),
  documentSha256: text('document_sha256'),
  disclosuresCount: integer(),
  clockId: uuid().notNull(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
