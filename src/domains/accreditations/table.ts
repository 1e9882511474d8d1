import { boolean, date, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { accreditationStatuses } from './contract.ts'

export const accreditations = pgTable('accreditations', {
  ...heldRow,
  code: text().notNull(),
  level: text(),
  issuer: text().notNull(),
  fromOn: date({ mode: 'string' }).notNull(),
  untilOn: date({ mode: 'string' }),
  documentSha256: text(),
  public: boolean().notNull().default(false),
  status: text({ enum: accreditationStatuses }).notNull(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
