import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
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

/** The disk may still be full. */
const reopenEveryMs = 2_000

/**
 * PostgreSQL inside the process (PGlite), for trying, demos and tests. It is reached by the same driver as a
 * real server, over a socket that only this user can open, so that there is one code path. `reopen`: how it is opened again
 * after it broke down; a server would be started again by its own, and recover.
 */
export async function openEmbedded(first: PGlite, reopen?: () => Promise<PGlite>): Promise<EmbeddedDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'alongside-'))
  const path = join(folder, '.s.PGSQL.5432')
  let engine = await serveOn(path, first, begin)
  let replacing: Promise<void> | undefined
  const closing = new AbortController()

  function begin() {
    if (reopen)
      replacing ??= replace(reopen).finally(() => {
        replacing = undefined
      })
  }

  /** Meanwhile nobody listens on the socket, and requests are told to come again. */
  async function replace(open: () => Promise<PGlite>) {
    await engine.server.stop()
    while (!closing.signal.aborted) {
      const opened = await open().catch(() => undefined)
      if (opened) {
        engine = await serveOn(path, opened, begin)
        return
      }
      await delay(reopenEveryMs, undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  const connection = { host: folder, port: 5432, user: 'postgres', database: 'postgres' }
  const database = connect({ connection, poolSize: connectionsMax, shared: false })
  return {
    database,
    close: async () => {
      closing.abort()
      await replacing
      await database.end()
      await engine.server.stop()
      // One that broke down writes nothing more, as little as a server that was killed.
      if (!engine.isBroken()) await engine.pglite.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function serveOn(path: string, pglite: PGlite, broken: () => void) {
  const isBroken = tellWhenBroken(pglite, broken)
  const server = new PGLiteSocketServer({ db: pglite, path, maxConnections: connectionsMax * 2 })
  await server.start()
  return { pglite, server, isBroken }
}

/** An error of the protocol, with the severity at which a server ends itself. */
const isPanic = (answer: Uint8Array) =>
  answer[0] === 0x45 && Buffer.from(answer).subarray(5, 12).equals(Buffer.from('SPANIC\0'))

/**
 * After a PANIC (it could not write its log ahead, say) a server ends itself and is started again. The engine goes on instead, in
 * the midst of a commit, and one of the next statements never ends and blocks the process. So nothing more is asked of it,
 * not even to roll back; nor where it throws, since what it refuses it answers.
 */
function tellWhenBroken(pglite: PGlite, broken: () => void): () => boolean {
  const send = pglite.execProtocolRawStream.bind(pglite)
  const isInTransaction = pglite.isInTransaction.bind(pglite)
  let isBroken = false
  const sendOrTell: typeof send = async (message, options) => {
    try {
      if (isBroken) throw new Error('The embedded database broke down')
      await send(message, {
        ...options,
        onRawData: (answer) => {
          isBroken ||= isPanic(answer)
          options.onRawData(answer)
        },
      })
      if (isBroken) throw new Error('The embedded database broke down')
    } catch (error) {
      isBroken = true
      broken()
      throw error
    }
  }
  Object.assign(pglite, {
    execProtocolRawStream: sendOrTell,
    isInTransaction: () => !isBroken && isInTransaction(),
  })
  return () => isBroken
}

/**
 * The cluster in a folder. A new one is unpacked from an empty cluster made for this very version, which takes a
 * third of the time of making one; a mark stands beside it while it is unfinished, so that a start which is killed
 * half-way begins again instead of opening half a cluster.
 */
export async function openEmbeddedAt(folder: string): Promise<EmbeddedDatabase> {
  const unfinished = `${folder}.unfinished`
  if (existsSync(join(folder, 'PG_VERSION')) && !existsSync(unfinished)) {
    return openEmbedded(await PGlite.create(folder), () => PGlite.create(folder))
  }
  await mkdir(dirname(folder), { recursive: true })
  await writeFile(unfinished, '')
  await rm(folder, { recursive: true, force: true })
  const pglite = await PGlite.create({ dataDir: folder, loadDataDir: await emptyCluster() })
  await rm(unfinished)
  return openEmbedded(pglite, () => PGlite.create(folder))
}
