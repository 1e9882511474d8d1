import { customType, date, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { heldRow, instant } from '../../db/columns.ts'
import { conflictKinds, declaredBy } from './contract.ts'

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

export const conflictDeclarations = pgTable('conflict_declarations', {
  ...heldRow,
  mentorId: uuid().notNull(),
  patientId: uuid().notNull(),
  kind: text({ enum: conflictKinds }).notNull(),
  declaredBy: text({ enum: declaredBy }).notNull(),
  beganOn: date({ mode: 'string' }),
  endedOn: date({ mode: 'string' }),
  withdrawnAt: instant(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})

/** That a panel was uploaded, and when; of whom it is made up nothing is said. Open to the network. */
export const panelReceipts = pgTable('panel_receipts', {
  networkId: uuid().notNull(),
  practitionerReference: text().notNull(),
  organizationId: uuid().notNull(),
  uploadedAt: instant().notNull(),
})

/** A clinic's panel as keyed hashes: compared by the system, shown to nobody. */
export const panelEntries = pgTable('panel_entries', {
  networkId: uuid().notNull(),
  organizationId: uuid().notNull(),
  practitionerReference: text().notNull(),
  hash: bytea().notNull(),
  relatedUntil: date({ mode: 'string' }),
  uploadedAt: instant().notNull(),
})
