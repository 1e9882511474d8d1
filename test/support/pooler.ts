import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { asPostgres } from './cluster.ts'
import { eventually } from './eventually.ts'
import { freePort } from './proxy.ts'

const run = promisify(execFile)

/** Its version, such as [1, 18]; undefined where there is none. */
export async function poolerVersion(): Promise<readonly [number, number] | undefined> {
  const told = await run('pgbouncer', ['--version']).catch(() => undefined)
  const [, major, minor] = /PgBouncer (\d+)\.(\d+)/.exec(told?.stdout ?? '') ?? []
  return major === undefined ? undefined : [Number(major), Number(minor)]
}

export interface Pooler {
  /** The database by way of the pooler. */
  readonly url: string
  readonly stop: () => Promise<void>
}

/**
 * PgBouncer in transaction mode before a database, with fewer connections to it than its clients have, so that they
 * really are given away between transactions.
 */
export async function startPooler(databaseUrl: string, connections: number): Promise<Pooler> {
  const { hostname, port: serverPort, username, password } = new URL(databaseUrl)
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'alongside-pooler-'))
  const ini = join(folder, 'pgbouncer.ini')
  const users = join(folder, 'users.txt')
  await writeFile(users, `"${username}" "${password}"\n`)
  await writeFile(
    ini,
    `[databases]
* = host=${hostname} port=${serverPort || 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = md5
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${connections}
max_client_conn = 200
logfile = ${join(folder, 'log')}
`,
  )
  await chmod(folder, 0o700)
  const { uid, gid } = await asPostgres()
  if (uid !== undefined && gid !== undefined)
    for (const path of [folder, ini, users]) await chown(path, uid, gid)
  const child: ChildProcess = spawn('pgbouncer', ['--quiet', ini], { uid, gid, stdio: 'ignore' })
  const url = Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${port}` }).href
  await eventually('the pooler answers', async () => {
    if (child.exitCode !== null) throw new Error(await readFile(join(folder, 'log'), 'utf8'))
    return answers(url)
  })
  return {
    url,
    stop: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
        await once(child, 'exit')
        clearTimeout(late)
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
