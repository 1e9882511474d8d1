import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { offerStatuses } from './contract.ts'

export const offers = pgTable('offers', {
  ...heldRow,
  referralId: uuid().notNull(),
  mentorId: uuid().notNull(),
  status: text({ enum: offerStatuses }).notNull(),
  declineReason: text(),
  mentorshipId: uuid(),
  expiresAt: instant().notNull(),
  answeredAt: instant(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
