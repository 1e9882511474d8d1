import { date, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { bytea, heldRow, instant } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import { certificateForms, revocationReasons } from './codes.ts'

export const certificates = pgTable('certificates', {
  ...heldRow,
  learnerId: uuid().notNull(),
  mentorId: uuid(),
  enrolmentId: uuid().notNull(),
  creditAwardId: uuid(),
  numberHash: bytea().notNull(),
  number: text().notNull(),
  learnerName: text().notNull(),
  initials: text().notNull(),
  signer: text().notNull(),
  courseTitle: text().notNull(),
  form: text({ enum: certificateForms }).notNull(),
  completedOn: date({ mode: 'string' }).notNull(),
  issuedOn: date({ mode: 'string' }).notNull(),
  expiresOn: date({ mode: 'string' }),
  revokedAt: instant(),
  revokedBecause: text({ enum: revocationReasons }),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
  sealed: sealedColumn(),
})

export const sealedCertificates = sealing(certificates, {
  person: 'learnerId',
  row: ['id'],
  members: { number: '', learnerName: '', initials: '', signer: '' },
})
