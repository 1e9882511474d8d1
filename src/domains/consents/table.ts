import { boolean, date, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant, sharedRow } from '../../db/columns.ts'
import { consentKinds, consentStatuses, dataClasses, purposes, type Signature } from './contract.ts'

export const consents = pgTable('consents', {
  ...sharedRow,
  patientId: uuid().notNull(),
  kind: text({ enum: consentKinds }).notNull(),
  status: text({ enum: consentStatuses }).notNull(),
  patientNameAsSigned: text().notNull(),
  bothDirections: boolean().notNull(),
  dataClasses: text({ enum: dataClasses }).array().notNull(),
  informationDescription: text().notNull(),
  purposes: text({ enum: purposes }).array().notNull(),
  purposeText: text(),
  expiresOn: date({ mode: 'string' }),
  expirationEvent: text(),
  expirationNone: boolean().notNull(),
  rightToRevoke: boolean().notNull(),
  redisclosurePotential: boolean().notNull(),
  refusalConsequences: boolean().notNull(),
  revocationInstructions: text().notNull(),
  signatures: jsonb().$type<Signature[]>().notNull(),
  signedOn: date({ mode: 'string' }).notNull(),
  documentSha256: text('document_sha256').notNull(),
  revokedAt: instant(),
  revocationReason: text(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})

export const consentParties = pgTable('consent_parties', {
  networkId: uuid().notNull(),
  consentId: uuid().notNull(),
  organizationId: uuid().notNull(),
  readerIds: uuid().array().notNull(),
  position: integer().notNull(),
  role: text({ enum: ['discloser', 'recipient'] }).notNull(),
  designation: text({ enum: ['named', 'class'] }).notNull(),
  partyOrganizationId: uuid(),
  description: text(),
})
