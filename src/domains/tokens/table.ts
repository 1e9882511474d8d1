import { customType, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { JWK } from 'jose'
import { instant } from '../../db/columns.ts'

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

const keyColumns = () => ({
  id: uuid().notNull(),
  algorithm: text().notNull(),
  publicJwk: jsonb().$type<JWK>().notNull(),
  privateKey: bytea().notNull(),
  createdAt: instant().notNull(),
  signsFrom: instant().notNull(),
  retiredAt: instant(),
})

export const signingKeys = pgTable('signing_keys', keyColumns())

/** Keys of credentials: of another table, so that neither can ever stand for the other. */
export const credentialKeys = pgTable('credential_keys', keyColumns())
