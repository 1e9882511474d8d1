import { boolean, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import { dataClasses } from '../consents/codes.ts'
import { endedBases, restrictionStatuses } from './codes.ts'

export const restrictions = pgTable('restrictions', {
  ...heldRow,
  patientId: uuid().notNull(),
  recipientOrganizationId: uuid(),
  mentorId: uuid(),
  dataClasses: text({ enum: dataClasses }).array().notNull(),
  text: text().notNull(),
  selfPay: boolean().notNull(),
  status: text({ enum: restrictionStatuses }).notNull(),
  requestedBy: text({ enum: ['patient', 'organization'] }).notNull(),
  decisionReason: text(),
  decidedAt: instant(),
  endedAt: instant(),
  endedBasis: text({ enum: endedBases }),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
  sealed: sealedColumn(),
})

export const sealedRestrictions = sealing(restrictions, {
  person: 'patientId',
  row: ['id'],
  members: { text: '', decisionReason: null },
})
