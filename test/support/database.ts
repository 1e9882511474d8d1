import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { dataDir as emptyCluster } from '@electric-sql/pglite-prepopulatedfs'
import pg from 'pg'
import { connect, type Database } from '../../src/db/client.ts'
import { openEmbedded } from '../../src/db/embedded.ts'
import { migrate } from '../../src/db/migrate.ts'

/** Set, the suite runs on that PostgreSQL server (as a role that may create databases); else embedded. */
export const serverUrl = process.env.TEST_DATABASE_URL

/** Named for the checkout, so that two of them can be tested on one machine at once. */
const checkout = createHash('sha256').update(process.cwd()).digest('hex').slice(0, 12)
const templateName = `alongside_test_template_${checkout}`
const templateFile = join(tmpdir(), `alongside-test-template-${checkout}.tar`)

export interface TestDatabase {
  readonly database: Database
  /** Reaches the same database as its owner, past every wall: for looking at what is really stored. */
  readonly owner: pg.ClientConfig
  readonly close: () => Promise<void>
}

/** Migrated once a run; every test file then has a database of its own in a blink. */
export async function createTemplate(): Promise<void> {
  if (serverUrl) return createServerTemplate(serverUrl)
  const { database, close, pglite } = await openPglite(
    await PGlite.create({ loadDataDir: await emptyCluster() }),
  )
  await migrate(database)
  const dump = await pglite.dumpDataDir('none')
  await writeFile(templateFile, Buffer.from(await dump.arrayBuffer()))
  await close()
}

async function openPglite(pglite: PGlite) {
  return { pglite, ...(await openEmbedded(pglite)) }
}

async function createServerTemplate(server: string) {
  await onServer(
    server,
    `drop database if exists ${templateName} with (force)`,
    `create database ${templateName}`,
  )
  const database = connect({ connection: { connectionString: at(server, templateName) }, poolSize: 2 })
  await migrate(database)
  await database.end()
}

export async function openTestDatabase(): Promise<TestDatabase> {
  if (serverUrl) return openOnServer(serverUrl)
  const file = new Blob([await readFile(templateFile)])
  const { database, close } = await openPglite(await PGlite.create({ loadDataDir: file }))
  return { database, owner: database.pool.options as pg.ClientConfig, close }
}

async function openOnServer(server: string): Promise<TestDatabase> {
  const name = `alongside_test_${randomBytes(6).toString('hex')}`
  await onServer(server, `create database ${name} template ${templateName}`)
  const owner = { connectionString: at(server, name) }
  const database = connect({ connection: owner, poolSize: 10 })
  return {
    database,
    owner,
    close: async () => {
      await database.end()
      await onServer(server, `drop database if exists ${name} with (force)`)
    },
  }
}

function at(server: string, database: string) {
  return Object.assign(new URL(server), { pathname: `/${database}` }).href
}

async function onServer(server: string, ...statements: string[]) {
  const client = new pg.Client({ connectionString: at(server, 'postgres') })
  await client.connect()
  // One clone of a template at a time: PostgreSQL refuses a template that another session is copying.
  await client.query('select pg_advisory_lock(4201744)')
  for (const statement of statements) await client.query(statement)
  await client.end()
}
