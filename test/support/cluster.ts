import { execFile } from 'node:child_process'
import { chmod, chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './proxy.ts'

const run = promisify(execFile)

const installed = '/usr/lib/postgresql'

/** The programs of a PostgreSQL server that is installed on this machine, the newest; undefined where none is. */
export async function serverPrograms(): Promise<string | undefined> {
  const versions: string[] = await readdir(installed).catch(() => [])
  for (const version of versions.map(Number).sort((a, b) => b - a)) {
    const programs: string[] = await readdir(`${installed}/${version}/bin`).catch(() => [])
    if (programs.includes('initdb')) return `${installed}/${version}/bin`
  }
  return undefined
}

/** PostgreSQL and PgBouncer refuse to be root: under root they run as the user that their packages made. */
export async function asPostgres(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {}
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((one) => one.startsWith('postgres:'))
  const [, , uid, gid] = line?.split(':') ?? []
  return { uid: Number(uid), gid: Number(gid) }
}

export interface Cluster {
  readonly folder: string
  /** Its superuser's way in, to a database of this name. */
  readonly url: (database?: string) => string
  readonly port: number
  readonly start: (settings?: Readonly<Record<string, string>>) => Promise<void>
  readonly stop: (mode?: 'fast' | 'immediate') => Promise<void>
  readonly log: () => Promise<string>
  /** One of the programs that came with it. */
  readonly program: (name: string, ...args: string[]) => Promise<void>
  readonly remove: () => Promise<void>
}

/** Small and quick, and it flushes all the same: tests look at what a crash leaves. */
const always = {
  listen_addresses: '127.0.0.1',
  shared_buffers: '32MB',
  max_connections: '60',
  max_wal_size: '256MB',
}

/** A cluster of this test's own, empty and not started: filled by `initdb`, or by a base backup of another. */
export async function openCluster(programs: string): Promise<Cluster> {
  const home = await mkdtemp(join(tmpdir(), 'alongside-cluster-'))
  const owner = await asPostgres()
  const as = { ...owner, cwd: home, maxBuffer: 16 << 20 }
  await chmod(home, 0o700)
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(home, owner.uid, owner.gid)
  const folder = join(home, 'data')
  const port = await freePort()
  const log = join(home, 'log')
  const program = async (name: string, ...args: string[]) => {
    await run(join(programs, name), args, as).catch(async (error: Error) => {
      throw new Error(`${name}: ${error.message}\n${await readFile(log, 'utf8').catch(() => '')}`)
    })
  }
  let running = false
  const stop = async (mode: 'fast' | 'immediate' = 'fast') => {
    if (running) await program('pg_ctl', '-D', folder, '-m', mode, '-w', '-t', '120', 'stop')
    running = false
  }
  return {
    folder,
    port,
    url: (database = 'postgres') => `postgres://postgres@127.0.0.1:${port}/${database}`,
    start: async (settings = {}) => {
      const wanted = { ...always, port: String(port), unix_socket_directories: home, ...settings }
      const lines = Object.entries(wanted).map(
        ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`,
      )
      const path = join(folder, 'postgresql.auto.conf')
      const before = await readFile(path, 'utf8').catch(() => '')
      await writeFile(path, `${before}\n${lines.join('\n')}\n`)
      await program('pg_ctl', '-D', folder, '-l', log, '-w', '-t', '120', 'start')
      running = true
    },
    stop,
    log: () => readFile(log, 'utf8'),
    program,
    remove: async () => {
      await stop('immediate').catch(() => {})
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** A new one, made by initdb. */
export async function createCluster(programs: string): Promise<Cluster> {
  const cluster = await openCluster(programs)
  await cluster.program('initdb', '-D', cluster.folder, '-U', 'postgres', '-A', 'trust', '--no-sync')
  return cluster
}
