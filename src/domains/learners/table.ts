import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import { professions } from './codes.ts'

export const learners = pgTable('learners', {
  ...heldRow,
  mentorId: uuid(),
  name: text().notNull(),
  reference: text(),
  profession: text({ enum: professions }).notNull(),
  npi: text(),
  licenseState: text(),
  licenseNumber: text(),
  birthMonthDay: text(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
  sealed: sealedColumn(),
})

export const sealedLearners = sealing(learners, {
  person: 'id',
  row: ['id'],
  members: {
    name: '',
    reference: null,
    npi: null,
    licenseState: null,
    licenseNumber: null,
    birthMonthDay: null,
  },
})
