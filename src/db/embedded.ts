import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
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

export function openEmbeddedAt(folder: string): Promise<EmbeddedDatabase> {
  return PGlite.create(folder).then(openEmbedded)
}
