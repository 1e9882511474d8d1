import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
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
  const database = connect({ connection, poolSize: connectionsMax, shared: false })
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

/**
 * The cluster in a folder. A new one is unpacked from an empty cluster made for this very version, which takes a
 * third of the time of making one; a mark stands beside it while it is unfinished, so that a start which is killed
 * half-way begins again instead of opening half a cluster.
 */
export async function openEmbeddedAt(folder: string): Promise<EmbeddedDatabase> {
  const unfinished = `${folder}.unfinished`
  if (existsSync(join(folder, 'PG_VERSION')) && !existsSync(unfinished)) {
    return openEmbedded(await PGlite.create(folder))
  }
  await mkdir(dirname(folder), { recursive: true })
  await writeFile(unfinished, '')
  await rm(folder, { recursive: true, force: true })
  const pglite = await PGlite.create({ dataDir: folder, loadDataDir: await emptyCluster() })
  await rm(unfinished)
  return openEmbedded(pglite)
}
