import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { createSignals, type Signals } from '../core/signals.ts'
import { prepareWhatRepeats, sendTogether } from './prepared.ts'

/** A database handle on one connection, inside one transaction. */
export type Tx = NodePgDatabase<Record<string, never>>

export interface ConnectOptions {
  readonly connection: pg.PoolConfig
  readonly poolSize: number
  /** False for the engine inside this process. */
  readonly shared?: boolean
  /** Whether statements that come again are prepared; not on the engine inside this process. */
  readonly prepare?: boolean
}

export interface Database {
  readonly pool: pg.Pool
  readonly signals: Signals
  /** Whether other processes may work on it too: then they are listened to. */
  readonly shared: boolean
}

/**
 * Pipelined: statements that do not need each other's answers travel together, so plain single statements
 * cost no extra round trips.
 */
export function connect({ connection, poolSize, shared = true, prepare = shared }: ConnectOptions): Database {
  const pool = new pg.Pool({
    ...connection,
    pipeline: true,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    application_name: 'alongside',
  } as pg.PoolConfig)
  // An idle connection that the server drops must not take the process down; the next query reconnects.
  pool.on('error', () => {})
  // Nor may one in use: the statement that was waiting for it is refused anyway.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('connect', sendTogether)
  if (prepare) pool.on('connect', prepareWhatRepeats)
  return { pool, signals: createSignals(), shared }
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
