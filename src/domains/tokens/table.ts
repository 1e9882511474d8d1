import { customType, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { JWK } from 'jose'
import { instant } from '../../db/columns.ts'

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

export const signingKeys = pgTable('signing_keys', {
  id: uuid().notNull(),
  algorithm: text().notNull(),
  publicJwk: jsonb().$type<JWK>().notNull(),
  privateKey: bytea().notNull(),
  createdAt: instant().notNull(),
  signsFrom: instant().notNull(),
  retiredAt: instant(),
})
