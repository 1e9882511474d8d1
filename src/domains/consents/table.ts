import { boolean, date, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { bytea, heldRow, instant, sharedRow } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import {
  consentKinds,
  consentStatuses,
  dataClasses,
  documentTypes,
  purposes,
  revocationForms,
  suspensionReasons,
} from './codes.ts'
import type { InlineConsent, Signature } from './contract.ts'
import { statementVersions } from './statements.ts'

/** The parties of a draft, as the wire names them; they become rows of their own when it is signed. */
export interface DraftParties {
  readonly disclosers: NonNullable<InlineConsent['disclosers']>
  readonly recipients: NonNullable<InlineConsent['recipients']>
}

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
  signedOn: date({ mode: 'string' }),
  documentSha256: text('document_sha256').notNull(),
  jurisdiction: text(),
  review: text({ enum: ['not_needed', 'pending', 'approved', 'rejected'] })
    .notNull()
    .default('not_needed'),
  hipaaRedisclosure: boolean().notNull(),
  statementsVersion: text({ enum: statementVersions }).notNull(),
  revokedDataClasses: text({ enum: dataClasses }).array().notNull().default([]),
  supersedesId: uuid(),
  activatedAt: instant(),
  suspendedAt: instant(),
  suspensionReason: text({ enum: suspensionReasons }),
  expiredAt: instant(),
  expiryToldAt: instant(),
  draftParties: jsonb().$type<DraftParties>(),
  revokedAt: instant(),
  revocationReason: text(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
  sealed: sealedColumn(),
})

/** Who signed and what was said of the person; the classes, purposes and dates that decide stay plain. */
export const sealedConsents = sealing(consents, {
  person: 'patientId',
  row: ['id'],
  members: {
    patientNameAsSigned: '',
    informationDescription: '',
    purposeText: null,
    expirationEvent: null,
    signatures: [],
    revocationReason: null,
    draftParties: null,
  },
})

export const consentParties = pgTable('consent_parties', {
  networkId: uuid().notNull(),
  consentId: uuid().notNull(),
  organizationId: uuid().notNull(),
  readerIds: uuid().array().notNull(),
  position: integer().notNull(),
  role: text({ enum: ['discloser', 'recipient'] }).notNull(),
  designation: text({ enum: ['named', 'class', 'general', 'intermediary', 'member'] }).notNull(),
  partyOrganizationId: uuid(),
  description: text(),
  /** For a member: the position of the class or intermediary that it belongs to. */
  viaPosition: integer(),
  /** A general designation, asked for at each disclosure. */
  treatingOnly: boolean().notNull().default(false),
  revokedAt: instant(),
  patientId: uuid(),
  sealed: sealedColumn(),
})

export const sealedParties = sealing(consentParties, {
  person: 'patientId',
  row: ['consentId', 'role', 'position'],
  members: { description: null },
})

/** Append-only: each revocation as it was received. */
export const consentRevocations = pgTable('consent_revocations', {
  ...heldRow,
  consentId: uuid().notNull(),
  at: instant().notNull(),
  receivedByClientId: uuid().notNull(),
  byPatient: boolean().notNull(),
  form: text({ enum: revocationForms }).notNull(),
  recipientOrganizationIds: uuid().array().notNull(),
  dataClasses: text({ enum: dataClasses }).array().notNull(),
  reason: text(),
  patientId: uuid(),
  sealed: sealedColumn(),
})

export const sealedRevocations = sealing(consentRevocations, {
  person: 'patientId',
  row: ['id'],
  members: { reason: null },
})

/** Append-only: what was signed, sealed under the key of the person. */
export const consentDocuments = pgTable('consent_documents', {
  networkId: uuid().notNull(),
  consentId: uuid().notNull(),
  organizationId: uuid().notNull(),
  mediaType: text({ enum: documentTypes }).notNull(),
  sha256: text('sha256').notNull(),
  content: bytea().notNull(),
  createdAt: instant().notNull(),
})
