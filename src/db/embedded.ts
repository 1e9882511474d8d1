import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { dataDir as emptyCluster } from '@electric-sql/pglite-prepopulatedfs'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { connect, type Database } from './client.ts'

export interface EmbeddedDatabase {
  readonly database: Database
  readonly close: () => Promise<void>
}

/** One backend serves all connections by turns, so more than a few only wait. */
const connectionsMax = 8

/**
 * PostgreSQL inside the process (PGlite), for trying, demos and tests. It is reached by the same driver as a
 * real server, over a socket that only this user can open, so that there is one code path.
 */
export async function openEmbedded(pglite: PGlite): Promise<EmbeddedDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'alongside-'))
  const server = new PGLiteSocketServer({
    db: pglite,
    path: join(folder, '.s.PGSQL.5432'),
    maxConnections: connectionsMax * 2,
  })
  await server.start()
  const connection = { host: folder, port: 5432, user: 'postgres', database: 'postgres' }
  const database = connect({ connection, poolSize: connectionsMax })
  return {
    database,
    close: async () => {
      await database.pool.end()
      await server.stop()
      await pglite.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function openEmbeddedAt(folder: string): Promise<EmbeddedDatabase> {
  if (!existsSync(join(folder, 'PG_VERSION'))) await createCluster(folder)
  return openEmbedded(await PGlite.create(folder))
}

/**
 * Unpacks an empty cluster made for this very version, which takes a third of the time of making one. Built
 * beside its place and then moved into it: a start that is killed leaves no half cluster behind.
 */
async function createCluster(folder: string) {
  const unfinished = `${folder}.new`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(dirname(folder), { recursive: true })
  const cluster = await PGlite.create({ dataDir: unfinished, loadDataDir: await emptyCluster() })
  await cluster.close()
  await rename(unfinished, folder)
}
