import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { createKeyring } from '../../src/core/keyring.ts'
import { type Balancer, openBalancer } from './balancer.ts'
import { openTestDatabase } from './database.ts'
import { createLogin } from './login.ts'
import { type RunningService, startProcess, working } from './process.ts'
import { freePort } from './proxy.ts'
import { createWorld, type World } from './world.ts'

export interface Processes {
  readonly world: World
  readonly running: readonly RunningService[]
  /** Where each answers: tests speak to one and look at another. */
  readonly urls: readonly string[]
  readonly balancer: Balancer
  /** What each was started with. */
  readonly env: NodeJS.ProcessEnv
  /** The database as its owner reaches it. */
  readonly ownerUrl: string
  /** Rows as they are stored, past every wall. */
  readonly stored: <Row>(sql: string, parameters?: unknown[]) => Promise<Row[]>
}

export interface ProcessesOptions {
  readonly count: number
  readonly env?: NodeJS.ProcessEnv
  /** What stands between them and the database: a pooler, say. Gets their address of it, and returns another. */
  readonly between?: (databaseUrl: string) => Promise<NodeJS.ProcessEnv>
}

/**
 * The built service, several times over one database of a server, started at once as a deployment starts them: by a login
 * that owns nothing, each of them working the queues. A world is there before.
 */
export async function startProcesses(t: Test, { count, env, between }: ProcessesOptions): Promise<Processes> {
  const { database, owner, close } = await openTestDatabase()
  t.teardown(close)
  const masterKey = randomBytes(32)
  const world = await createWorld({ database, keyring: createKeyring(masterKey) }, new Date())
  const ownerUrl = owner.connectionString ?? ''
  const login = await createLogin(ownerUrl)
  t.teardown(login.drop)
  const all = {
    ...working(login.url, masterKey),
    PUBLIC_URL: 'http://alongside.test',
    LOG_LEVEL: 'error',
    DATABASE_POOL_SIZE: '5',
    ACCESS_TOKEN_SECONDS: '900',
    WEBHOOK_TARGETS: 'local',
    ...(await between?.(login.url)),
    ...env,
  }
  const ports = await Promise.all(Array.from({ length: count }, freePort))
  const running = await Promise.all(ports.map((port) => startProcess({ ...all, PORT: String(port) })))
  t.teardown(() => Promise.all(running.map((one) => one.stop())))
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const balancer = await openBalancer(urls)
  t.teardown(balancer.close)
  const stored = async <Row>(sql: string, parameters: unknown[] = []) =>
    (await database.pool.query(sql, parameters)).rows as Row[]
  return { world, running, urls, balancer, env: all, ownerUrl, stored }
}
