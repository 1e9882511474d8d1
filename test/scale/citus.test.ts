import { readFile } from 'node:fs/promises'
import t from 'tap'
import { startService } from '../support/service.ts'

const script = await readFile(new URL('../../migrations/citus/distribute.sql', import.meta.url), 'utf8')
const named = (pattern: RegExp) => [...script.matchAll(pattern)].map(([, name]) => name ?? '').sort()
const distributed = named(/create_distributed_table\('(\w+)', 'network_id'/g)
const reference = named(/create_reference_table\('(\w+)'/g)
const local = ['schema_migrations']

// Citus itself is not here: these are its conditions as far as PostgreSQL's own catalogue can tell of them.

t.test('each table is distributed by network, or a copy on every node, or named as local', async (t) => {
  const { stored } = await startService(t)
  const tables = await stored<{ name: string; network: boolean }>(`
    select relname as name, exists (select from pg_attribute where attrelid = c.oid and attname = 'network_id') as network
    from pg_class c where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and not relispartition order by 1`)
  t.same(
    tables
      .filter(({ network }) => network)
      .map(({ name }) => name)
      .sort(),
    distributed,
  )
  t.same(
    tables
      .filter(({ network }) => !network)
      .map(({ name }) => name)
      .sort(),
    [...reference, ...local].sort(),
  )
})

t.test('after the script, what is unique in a distributed table is unique in its network', async (t) => {
  const { stored } = await startService(t)
  const keys = await stored<{ name: string; relation: string }>(
    `
    select i.indexrelid::regclass::text as name, c.relname as relation from pg_index i join pg_class c on c.oid = i.indrelid
    where (i.indisunique or i.indisexclusion) and c.relname = any ($1)
      and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'network_id'
                      and a.attnum = any (i.indkey))
    order by 1`,
    [distributed],
  )
  for (const { name } of keys)
    t.match(script, new RegExp(`(drop index|drop constraint) ${name};`), `${name} is made anew by the script`)
  // Written so that both engines have it; the network stands in it as a span.
  const exclusions = await stored<{ name: string }>(
    `select conname as name from pg_constraint where contype = 'x' and conrelid::regclass::text = any ($1)`,
    [distributed],
  )
  for (const { name } of exclusions)
    t.match(script, new RegExp(`add constraint ${name}\\s+exclude using gist \\(network_id with =`), name)
})

t.test('a foreign key leads from a network into the same, or to a copy', async (t) => {
  const { stored } = await startService(t)
  const keys = await stored<{
    name: string
    relation: string
    target: string
    same: boolean
    action: string
  }>(`
    select conname as name, conrelid::regclass::text as relation, confrelid::regclass::text as target,
           exists (select from unnest(conkey, confkey) as pair (here, there)
                   join pg_attribute a on a.attrelid = conrelid and a.attnum = here and a.attname = 'network_id'
                   join pg_attribute b on b.attrelid = confrelid and b.attnum = there and b.attname = 'network_id') as same,
           confdeltype as action
    from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace and conparentid = 0`)
  t.ok(keys.length > 100)
  for (const { name, relation, target, same } of keys) {
    if (reference.includes(relation)) t.ok(reference.includes(target), `${relation}: ${name}`)
    else t.ok(same || reference.includes(target), `${relation}: ${name}`)
  }
})
