import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { Database } from './client.ts'
import { sessionLimits } from './vanished.ts'

/** Two processes that start at once must not both migrate. Any constant that nothing else locks will do. */
const migrationLock = 4_201_742

export interface Migration {
  readonly name: string
  readonly sql: string
  readonly digest: string
}

/** The migrator alone reads and writes it; the policy says so even to a table owner who is no superuser. */
const ledger = `
  create table if not exists schema_migrations (
    name text primary key,
    digest text not null,
    applied_at timestamptz not null default now()
  );
  alter table schema_migrations enable row level security;
  alter table schema_migrations force row level security;
  do $$ begin
    create policy migrator on schema_migrations to current_user using (true);
  exception when duplicate_object then null;
  end $$`

const folder = fileURLToPath(new URL('../../migrations/', import.meta.url))

export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(`${folder}/${name}`, 'utf8')
      return { name, sql, digest: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/**
 * Applies what is missing, in order, each file in a transaction of its own, and returns the names applied.
 * A file that changed after it was applied is an error: migrations are append-only.
 */
export async function migrate(database: Database): Promise<string[]> {
  const migrations = await readMigrations()
  // The lock is the session's: a pooler would give it to somebody else between two migrations.
  const client = new pg.Client({ ...database.session, application_name: 'alongside migrating' })
  await client.connect()
  try {
    if (database.shared) await client.query(sessionLimits)
    await client.query('select pg_advisory_lock($1)', [migrationLock])
    await client.query(ledger)
    const applied = await readApplied(client)
    refuseSurprises(migrations, applied)
    const missing = migrations.filter(({ name }) => !applied.has(name))
    for (const migration of missing) await applyOne(client, migration)
    return missing.map(({ name }) => name)
  } finally {
    await client.query('select pg_advisory_unlock($1)', [migrationLock]).catch(() => {})
    await client.end()
  }
}

async function readApplied(client: pg.Client) {
  const { rows } = await client.query<{ name: string; digest: string }>(
    'select name, digest from schema_migrations',
  )
  return new Map(rows.map(({ name, digest }) => [name, digest]))
}

function refuseSurprises(migrations: readonly Migration[], applied: ReadonlyMap<string, string>) {
  const known = new Map(migrations.map(({ name, digest }) => [name, digest]))
  for (const [name, digest] of applied) {
    const expected = known.get(name)
    if (!expected)
      throw new Error(
        `The database has migration ${name}, which this version does not know. Run a newer version.`,
      )
    if (expected !== digest)
      throw new Error(`Migration ${name} has changed since it was applied. Migrations are append-only.`)
  }
}

async function applyOne(client: pg.Client, { name, sql, digest }: Migration) {
  try {
    await client.query(`begin; ${sql}`)
    await client.query('insert into schema_migrations (name, digest) values ($1, $2)', [name, digest])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw new Error(`Migration ${name} failed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}
