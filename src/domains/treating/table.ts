import { date, integer, pgTable, uuid } from 'drizzle-orm/pg-core'
import { instant, sharedRow } from '../../db/columns.ts'

/** Held by the organization that knows the patient, seen by the one that treats them. */
export const treatingRelationships = pgTable('treating_relationships', {
  ...sharedRow,
  patientId: uuid().notNull(),
  treatingOrganizationId: uuid().notNull(),
  beganOn: date({ mode: 'string' }).notNull(),
  endedOn: date({ mode: 'string' }),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})
