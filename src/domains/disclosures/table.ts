import { pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { SubjectType } from '../../core/context.ts'
import { instant, sharedRow } from '../../db/columns.ts'
import { dataClasses, purposes } from '../consents/contract.ts'

/** The ledger: held by the organization whose data it is, read by the one that received it. Append-only. */
export const disclosures = pgTable('disclosures', {
  ...sharedRow,
  at: instant().notNull(),
  patientId: uuid().notNull(),
  recipientOrganizationId: uuid(),
  recipientClientId: uuid().notNull(),
  basis: text({ enum: ['consent', 'emergency'] }).notNull(),
  consentId: uuid(),
  purpose: text({ enum: purposes }).notNull(),
  dataClasses: text({ enum: dataClasses }).array().notNull(),
  subjectType: text().$type<SubjectType>().notNull(),
  subjectId: uuid().notNull(),
  method: text({ enum: ['api'] }).notNull(),
  noticeVersion: text(),
  requestId: text().notNull(),
})
