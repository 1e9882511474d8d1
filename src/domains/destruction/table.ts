import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import { destroyedClasses, grounds } from './contract.ts'

export const legalHolds = pgTable('legal_holds', {
  ...heldRow,
  patientId: uuid().notNull(),
  reason: text(),
  placedByClientId: uuid().notNull(),
  placedAt: instant().notNull(),
  releasedByClientId: uuid(),
  releasedAt: instant(),
  version: integer().notNull().default(1),
  sealed: sealedColumn(),
})

export const sealedHolds = sealing(legalHolds, {
  person: 'patientId',
  row: ['id'],
  members: { reason: null },
})

/** Written once. */
export const destructionCertificates = pgTable('destruction_certificates', {
  ...heldRow,
  patientHash: text().notNull(),
  dataClasses: text({ enum: destroyedClasses }).array().notNull(),
  method: text({ enum: ['crypto_shred'] }).notNull(),
  ground: text({ enum: grounds }).notNull(),
  authority: text().notNull(),
  keyDigest: text(),
  destroyedAt: instant().notNull(),
  destroyedByClientId: uuid().notNull(),
  actingUser: text(),
})
