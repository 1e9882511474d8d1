import tap from 'tap'
import { openTestDatabase, type TestDatabase } from './database.ts'

/**
 * Deletes from the tables that hold anything. Truncating all of them makes new files for each of their indexes: a third of a
 * second for every test. The log refuses even its owner, as long as its triggers stand.
 */
const emptyTables = `
  do $$
  declare
    filled text;
    found boolean;
  begin
    set local session_replication_role = replica;
    for filled in
      select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and not c.relispartition and (n.nspname = 'public' and c.relname <> 'schema_migrations'
        or n.nspname = 'pgboss' and c.relname in ('job', 'archive'))
    loop
      execute format('select exists (select from %s)', filled) into found;
      if found then execute format('delete from %s', filled); end if;
    end loop;
  end $$`

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
  await database.pool.query(emptyTables)
  return { database, owner }
}
