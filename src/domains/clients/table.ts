import { customType, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { JSONWebKeySet } from 'jose'
import { scopes } from '../../core/context.ts'
import { heldRow, instant } from '../../db/columns.ts'

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

export const apiClients = pgTable('api_clients', {
  ...heldRow,
  name: text().notNull(),
  scopes: text({ enum: scopes }).array().notNull(),
  jwks: jsonb().$type<JSONWebKeySet>(),
  status: text({ enum: ['active', 'revoked'] })
    .notNull()
    .default('active'),
  version: integer().notNull().default(1),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
  revokedAt: instant(),
})

export const clientSecrets = pgTable('client_secrets', {
  ...heldRow,
  clientId: uuid().notNull(),
  hash: bytea().notNull(),
  createdAt: instant().notNull(),
  expiresAt: instant(),
})

export const clientAssertions = pgTable('client_assertions', {
  networkId: uuid().notNull(),
  clientId: uuid().notNull(),
  jti: text().notNull(),
  expiresAt: instant().notNull(),
})
