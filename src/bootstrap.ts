import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Config } from './config.ts'
import { type KeyWrapper, kmsWrapper, masterKeyWrapper } from './core/key-wrapper.ts'
import { localTargets, publicTargets } from './core/targets.ts'
import type { Service } from './db/access.ts'
import { connect, type Database } from './db/client.ts'
import { refuseUnfit } from './db/fit.ts'
import { migrate } from './db/migrate.ts'
import { openKeyring } from './db/service-key.ts'

export interface OpenService {
  readonly service: Service
  readonly close: () => Promise<void>
}

/** What the process and the command line share: the database, migrated where that is wanted, and the keys. */
export async function openService(config: Config, { serves = false } = {}): Promise<OpenService> {
  const { database, close } = await openDatabase(config)
  try {
    if (config.migrate) await migrate(database)
    // Commands of an operator may come by another login; whoever serves requests may not.
    const login = serves && config.production ? 'plain' : 'any'
    await refuseUnfit(database, { login, mayBeAhead: config.schemaMayBeAhead })
    const { wrapper, oldest } = await openWrapper(config)
    const keyring = await openKeyring(database, wrapper, oldest, new Date())
    const { local, challenge, logDays } = config.webhooks
    const targets = { ...(local ? localTargets : publicTargets), challenge }
    return { service: { database, keyring, targets, deliveryLogDays: logDays }, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** What wraps keys: a key management service, or the master keys themselves. */
async function openWrapper({ kmsModule, masterKey, previousMasterKeys, dataDir }: Config) {
  const first = masterKey ?? (kmsModule === undefined ? await keptMasterKey(dataDir) : undefined)
  const keys = first ? ([first, ...previousMasterKeys] as const) : undefined
  const ofMasterKeys = keys && masterKeyWrapper(keys)
  const oldest = keys?.at(-1)
  if (kmsModule !== undefined) return { wrapper: kmsWrapper(await openKms(kmsModule), ofMasterKeys), oldest }
  if (!ofMasterKeys) throw new Error('MASTER_KEY: there is none')
  return { wrapper: ofMasterKeys, oldest }
}

/** Its default export makes the wrapper: see docs/guides/keys.md. */
async function openKms(path: string): Promise<KeyWrapper> {
  const { default: create }: { default?: () => Promise<KeyWrapper> } = await import(
    pathToFileURL(resolve(path)).href
  )
  if (typeof create !== 'function')
    throw new Error(`KMS_MODULE: ${path} has no function as its default export`)
  return create()
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
    ...(config.databaseSessionUrl && { session: { connectionString: config.databaseSessionUrl } }),
    ...(config.databaseRead && {
      replica: {
        connection: { connectionString: config.databaseRead.url },
        waitMs: config.databaseRead.waitMs,
      },
    }),
    poolSize: config.databasePoolSize,
    prepare: config.databasePrepare,
  })
  return { database, close: () => database.end() }
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
