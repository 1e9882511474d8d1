import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { createSignals, type Signals } from '../core/signals.ts'
import { prepareWhatRepeats, sendTogether } from './prepared.ts'
import { openReplica, type Replica } from './replica.ts'
import { tellStatements } from './told.ts'
import { endWhenSilent, keptAlive, sessionLimits } from './vanished.ts'

/** A database handle on one connection, inside one transaction. */
export type Tx = NodePgDatabase<Record<string, never>>

export interface ConnectOptions {
  readonly connection: pg.PoolConfig
  /** Where a pooler stands before `connection`: the way past it. */
  readonly session?: pg.ClientConfig
  /** A streaming replica, and for how long a read waits until it has caught up. */
  readonly replica?: { readonly connection: pg.PoolConfig; readonly waitMs: number }
  readonly poolSize: number
  /** False for the engine inside this process. */
  readonly shared?: boolean
  /** Whether statements that come again are prepared; not on the engine inside this process. */
  readonly prepare?: boolean
}

export interface Database {
  readonly pool: pg.Pool
  /** For what a transaction needs done in another beside it: whoever holds a connection of `pool` waits for none of `pool`. */
  readonly beside: pg.Pool
  /** How to open a connection that is nobody else's: for what ends with its session, not with its transaction. */
  readonly session: pg.ClientConfig
  readonly replica: Replica | undefined
  readonly signals: Signals
  /** Whether other processes may work on it too: then they are listened to. */
  readonly shared: boolean
  readonly end: () => Promise<void>
}

/** Few: each is held for one action, which waits for nothing else. */
const besideMax = 2

/**
 * Pipelined: statements that do not need each other's answers travel together, so plain single statements
 * cost no extra round trips.
 */
export function connect({
  connection,
  session = connection,
  replica: copy,
  poolSize,
  shared = true,
  prepare = shared,
}: ConnectOptions): Database {
  const ways = { prepare, shared, pooled: session !== connection }
  const pool = poolOf({ ...connection, max: poolSize }, ways)
  const beside = poolOf({ ...connection, max: besideMax }, ways)
  const replica = copy && openReplica(pool, poolOf({ ...copy.connection, max: poolSize }, ways), copy.waitMs)
  const end = async () => {
    await Promise.all([pool.end(), beside.end(), replica?.pool.end()])
  }
  return {
    pool,
    beside,
    session: { ...session, ...keptAlive, connectionTimeoutMillis },
    replica,
    signals: createSignals(),
    shared,
    end,
  }
}

const connectionTimeoutMillis = 5_000

interface Ways {
  readonly prepare: boolean
  readonly shared: boolean
  readonly pooled: boolean
}

function poolOf(config: pg.PoolConfig, { prepare, shared, pooled }: Ways): pg.Pool {
  const pool = new pg.Pool({
    ...config,
    ...keptAlive,
    pipeline: true,
    connectionTimeoutMillis,
    idleTimeoutMillis: 30_000,
    application_name: 'alongside',
  } as pg.PoolConfig)
  // An idle connection that the server drops must not take the process down; the next query reconnects.
  pool.on('error', () => {})
  // Nor may one in use: the statement that was waiting for it is refused anyway.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('connect', sendTogether)
  if (prepare) pool.on('connect', prepareWhatRepeats)
  pool.on('connect', tellStatements)
  // The engine inside this process does not vanish, and lets connections wait for each other.
  if (shared) pool.on('connect', endWhenSilent)
  if (shared && !pooled) pool.on('connect', (client) => void client.query(sessionLimits).catch(() => {}))
  return pool
}

const handles = new WeakMap<pg.PoolClient, Tx>()

/** drizzle on one checked-out connection; made once for each connection. */
export function handleOn(client: pg.PoolClient): Tx {
  const known = handles.get(client)
  if (known) return known
  const handle: Tx = drizzle({ client, casing: 'snake_case' })
  handles.set(client, handle)
  return handle
}
