import { date, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { TxCtx } from '../../core/context.ts'
import { bytea, instant, sharedRow } from '../../db/columns.ts'
import { sealedColumn, sealing } from '../../db/sealing.ts'
import type { ContactPoint, PatientIdentifier } from './contract.ts'

export const patients = pgTable('patients', {
  ...sharedRow,
  name: text(),
  birthDate: date({ mode: 'string' }),
  language: text(),
  timeZone: text(),
  postalCode: text(),
  contactPoints: jsonb().$type<ContactPoint[]>().notNull(),
  erasedAt: instant(),
  sealed: sealedColumn(),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
})

export const sealedPatients = sealing(patients, {
  person: 'id',
  row: ['id'],
  members: { name: null, birthDate: null, postalCode: null, contactPoints: [] },
})

export const patientIdentifiers = pgTable('patient_identifiers', {
  networkId: uuid().notNull(),
  organizationId: uuid().notNull(),
  system: text().notNull(),
  value: text().notNull(),
  patientId: uuid().notNull(),
  valueHash: bytea(),
  sealed: sealedColumn(),
})

/**
 * What a number is found by: the same for the same number of the same organization, and nothing that can be turned back.
 * The key is the network's own, so that a dump of the database cannot try numbers, and no two networks can be compared.
 */
export function identifierHash(
  { keyring, networkId }: Pick<TxCtx, 'keyring' | 'networkId'>,
  organizationId: string,
  { system, value }: PatientIdentifier,
): Buffer {
  return keyring.mac('identifier-index', JSON.stringify([networkId, organizationId, system, value]))
}

export const sealedIdentifiers = sealing(patientIdentifiers, {
  person: 'patientId',
  row: ['organizationId', 'system'],
  members: { value: '' },
  index: (ctx, row) => ({ valueHash: identifierHash(ctx, row.organizationId, row) }),
})
