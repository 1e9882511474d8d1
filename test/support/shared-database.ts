import tap from 'tap'
import { openTestDatabase, type TestDatabase } from './database.ts'

let opened: Promise<TestDatabase> | undefined

/**
 * The database of this test file: opened once, and emptied for each test. Opening one takes many times as long
 * as emptying it, and tests of one file run one after another.
 */
export async function emptyDatabase(): Promise<Omit<TestDatabase, 'close'>> {
  if (!opened) {
    opened = openTestDatabase()
    tap.teardown(async () => (await opened)?.close())
    return opened
  }
  const { database, owner } = await opened
  const { rows } = await database.pool.query<{ tables: string }>(`
    select string_agg(format('%I', relname), ', ') as tables from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'schema_migrations'`)
  // The log refuses even its owner, as long as its triggers stand.
  await database.pool.query(
    `begin; set local session_replication_role = replica;
     truncate ${rows[0]?.tables}, pgboss.job, pgboss.archive; commit`,
  )
  return { database, owner }
}
