import { date, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant, sharedRow } from '../../db/columns.ts'
import type { ContactPoint } from './contract.ts'

export const patients = pgTable('patients', {
  ...sharedRow,
  name: text(),
  birthDate: date({ mode: 'string' }),
  language: text(),
  timeZone: text(),
  postalCode: text(),
  contactPoints: jsonb().$type<ContactPoint[]>().notNull().default([]),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})

export const patientIdentifiers = pgTable('patient_identifiers', {
  networkId: uuid().notNull(),
  organizationId: uuid().notNull(),
  system: text().notNull(),
  value: text().notNull(),
  patientId: uuid().notNull(),
})
