import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { boolean, pgTable, text } from 'drizzle-orm/pg-core'
import { type KeyWrapper, keyBytes } from '../core/key-wrapper.ts'
import { createKeyring, type Keyring } from '../core/keyring.ts'
import { asAuthenticator } from './access.ts'
import type { Database } from './client.ts'
import { bytea, instant } from './columns.ts'

/** One row at most: the key that everything of the service's own derives from, wrapped. */
const serviceKeys = pgTable('service_key', {
  one: boolean().primaryKey().default(true),
  sealedKey: bytea().notNull(),
  wrappedBy: text().notNull(),
  createdAt: instant().notNull(),
})

const context = 'service'

/**
 * The keyring of a database. A new one is given a service key of its own. One from before has none: there the service key
 * is the master key that it was set up with (the oldest that is configured), and becomes a row of its own once a signing
 * key has proved it right, so that hashes, cursors and indexes outlive the master key.
 */
export async function openKeyring(
  database: Database,
  wrapper: KeyWrapper,
  oldestMasterKey: Buffer | undefined,
  now: Date,
): Promise<Keyring> {
  const stored = await readServiceKey(database)
  if (stored) {
    const key = await wrapper.unwrap(stored.sealedKey, context).catch((cause: unknown) => {
      throw new Error(`${wrongKey} (${cause instanceof Error ? cause.message : String(cause)})`)
    })
    if (stored.wrappedBy !== wrapper.currentId) await rewrapServiceKey(database, wrapper, key)
    return createKeyring(key, wrapper)
  }
  const signing = await sealedSigningKeys(database)
  if (signing === 'new') {
    await addServiceKey(database, wrapper, randomBytes(keyBytes), now)
    // Two processes may start on a new database: the key of the faster one is both's.
    return openKeyring(database, wrapper, oldestMasterKey, now)
  }
  if (!oldestMasterKey) throw new Error('MASTER_KEY: needed once more, for the service key of this database')
  const keyring = createKeyring(oldestMasterKey, wrapper)
  if (signing.length > 0) {
    if (!signing.some((sealed) => opens(keyring, sealed))) throw new Error(wrongKey)
    await addServiceKey(database, wrapper, oldestMasterKey, now)
  }
  return keyring
}

const wrongKey =
  'MASTER_KEY does not open the keys of this database. Use the key that it was set up with; if that is lost, see docs/guides/keys.md.'

function opens(keyring: Keyring, sealed: Buffer): boolean {
  try {
    keyring.open('signing-key', sealed)
    return true
  } catch {
    return false
  }
}

function readServiceKey(database: Database) {
  return asAuthenticator(database, undefined, async ({ db }) => {
    const [row] = await db.select().from(serviceKeys)
    return row
  })
}

/** What the service key must open; `new` where nobody's secret is hashed and no key is sealed yet. */
function sealedSigningKeys(database: Database): Promise<'new' | Buffer[]> {
  return asAuthenticator(database, undefined, async ({ db }) => {
    const [networks, keys] = await Promise.all([
      db.execute(sql`select from networks limit 1`),
      db.execute<{ private_key: Buffer }>(
        sql`select private_key from signing_keys order by id desc limit 20`,
      ),
    ])
    const sealed = keys.rows.map((row) => row.private_key)
    return networks.rowCount === 0 && sealed.length === 0 ? 'new' : sealed
  })
}

async function addServiceKey(database: Database, wrapper: KeyWrapper, key: Buffer, createdAt: Date) {
  const sealedKey = await wrapper.wrap(key, context)
  await asAuthenticator(database, undefined, ({ db }) =>
    db
      .insert(serviceKeys)
      .values({ sealedKey, wrappedBy: wrapper.currentId, createdAt })
      .onConflictDoNothing(),
  )
}

async function rewrapServiceKey(database: Database, wrapper: KeyWrapper, key: Buffer) {
  const sealedKey = await wrapper.wrap(key, context)
  await asAuthenticator(database, undefined, ({ db }) =>
    db.update(serviceKeys).set({ sealedKey, wrappedBy: wrapper.currentId }),
  )
}
