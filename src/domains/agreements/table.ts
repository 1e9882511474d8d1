import { date, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant, sharedRow } from '../../db/columns.ts'
import { dataClasses } from '../consents/codes.ts'
import { agreementKinds, orderSections } from './codes.ts'

/** Held by the organization that discloses, seen by the one that receives. */
export const agreements = pgTable('agreements', {
  ...sharedRow,
  kind: text({ enum: agreementKinds }).notNull(),
  counterpartyOrganizationId: uuid().notNull(),
  patientId: uuid(),
  dataClasses: text({ enum: dataClasses }).array().notNull(),
  justification: text(),
  reference: text(),
  orderSection: text({ enum: orderSections }),
  subpoenaReference: text(),
  documentSha256: text('document_sha256'),
  signedOn: date({ mode: 'string' }).notNull(),
  effectiveOn: date({ mode: 'string' }).notNull(),
  endsOn: date({ mode: 'string' }),
  terminatedAt: instant(),
  terminationReason: text(),
  expiryToldAt: instant(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
