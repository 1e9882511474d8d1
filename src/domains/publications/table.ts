import { integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import {
  consentMethods,
  publicationKinds,
  publicationStatuses,
  returnReasons,
  type Tags,
  versionStatuses,
} from './codes.ts'

export const publications = pgTable('publications', {
  ...heldRow,
  kind: text({ enum: publicationKinds }).notNull(),
  /** Who tells; null: a program's or the organization's own. */
  mentorId: uuid(),
  /** Of a blueprint that is a program's. */
  programId: uuid(),
  /** Under whose key the words are sealed. */
  keyId: uuid().notNull(),
  status: text({ enum: publicationStatuses }).notNull(),
  latest: integer().notNull().default(1),
  /** The number of the version that is read. */
  published: integer(),
  withdrawnAt: instant(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})

/** Who signed that others may read it, where the organization recorded it. */
export interface ConsentSignature {
  readonly name: string
  readonly signedAt: string
  readonly evidenceHash?: string | undefined
}

export const publicationVersions = pgTable('publication_versions', {
  networkId: uuid().notNull(),
  publicationId: uuid().notNull(),
  number: integer().notNull(),
  organizationId: uuid().notNull(),
  mentorId: uuid(),
  keyId: uuid().notNull(),
  status: text({ enum: versionStatuses }).notNull(),
  /** The words, in the form of their kind. */
  content: jsonb().$type<object>(),
  /** What the reviewer said when they returned it. */
  note: text(),
  consentSignature: jsonb().$type<ConsentSignature>(),
  language: text().notNull(),
  tags: jsonb().$type<Tags>().notNull().default({}),
  audiences: text().array().notNull().default([]),
  writtenBy: uuid().array().notNull(),
  acknowledged: text().array().notNull().default([]),
  wordList: text(),
  consentedAt: instant(),
  consentMethod: text({ enum: consentMethods }),
  submittedAt: instant(),
  reviewedBy: uuid(),
  returnReason: text({ enum: returnReasons }),
  publishedAt: instant(),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
  sealed: sealedColumn(),
})

export const sealedVersions = sealing(publicationVersions, {
  person: 'keyId',
  row: ['publicationId', 'number'],
  members: { content: null, note: null, consentSignature: null },
})
