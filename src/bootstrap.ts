import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from './config.ts'
import { createKeyring } from './core/keyring.ts'
import type { Service } from './db/access.ts'
import { connect, type Database } from './db/client.ts'
import { migrate } from './db/migrate.ts'

export interface OpenService {
  readonly service: Service
  readonly close: () => Promise<void>
}

/** What the process and the command line share: the database, migrated where that is wanted, and the keys. */
export async function openService(config: Config): Promise<OpenService> {
  const masterKey = config.masterKey ?? (await keptMasterKey(config.dataDir))
  const { database, close } = await openDatabase(config)
  try {
    if (config.migrate) await migrate(database)
    return { service: { database, keyring: createKeyring(masterKey) }, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The database alone, as the configuration names it. */
export async function openDatabase(
  config: Config,
): Promise<{ database: Database; close: () => Promise<void> }> {
  if (config.databaseUrl === undefined) {
    // Loaded only when needed: a service on a real server carries no second engine in memory.
    const { openEmbeddedAt } = await import('./db/embedded.ts')
    return openEmbeddedAt(join(config.dataDir, 'postgres'))
  }
  const database = connect({
    connection: { connectionString: config.databaseUrl },
    poolSize: config.databasePoolSize,
    prepare: config.databasePrepare,
  })
  return { database, close: () => database.pool.end() }
}

/** For trying: a key of its own beside the data, readable by this user alone. Production names its key. */
async function keptMasterKey(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, 'master.key')
  await mkdir(dataDir, { recursive: true })
  await writeFile(path, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
  return Buffer.from(await readFile(path, 'utf8'), 'base64')
}
