import pg from 'pg'
import { openCopy } from './copy.mjs'
import { columns, directoryRows, mentorRows, patientRows, storyRows } from './rows.mjs'
import { connect, createKeyring, masterKeyOf, migrate, openSystemContext, refreshEligibility, rewrapAll, sweepEligibility } from './service.mjs'

/** Writes a plan into an empty, migrated database, and holds it to every constraint. */
export async function load(connectionString, plan, say) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  // For this session alone; what it speeds up is the building of indexes.
  await client.query(`set maintenance_work_mem = '512MB'; set synchronous_commit = off`)
  const timed = async (what, work) => {
    const from = performance.now()
    const result = await work()
    say(`${what}: ${((performance.now() - from) / 1000).toFixed(1)} s`)
    return result
  }
  const again = await setAside(client)
  const counts = await timed('rows', () => copyAll(connectionString, plan))
  await timed('indexes and constraints', async () => {
    for (const statement of again) await client.query(statement)
  })
  await timed('vacuum analyze', () => client.query('vacuum (analyze)'))
  await timed('sealing', () => sealAll(connectionString, plan))
  await timed('eligibility', () => settleEligibility(connectionString, plan))
  await client.query('vacuum (analyze) mentors, clocks')
  await client.end()
  return counts
}

/**
 * Takes indexes and constraints other than checks away, and returns the statements that bring them back: each is then built
 * or checked once over all rows, in place of once for each row. Nothing is left unchecked.
 */
async function setAside(client) {
  const { rows: constraints } = await client.query(`
    select conrelid::regclass::text as on_table, conname, contype, pg_get_constraintdef(oid) as definition
    from pg_constraint where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'x', 'f') and conrelid <> 'schema_migrations'::regclass
    order by contype = 'f', contype, 1, 2`)
  const { rows: indexes } = await client.query(`
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
    from pg_index i join pg_class c on c.oid = i.indrelid
    where c.relnamespace = 'public'::regnamespace and c.relname <> 'schema_migrations'
      and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')) order by 1`)
  for (const { name } of indexes) await client.query(`drop index ${name}`)
  for (const { on_table, conname } of constraints.toReversed()) await client.query(`alter table ${on_table} drop constraint "${conname}"`)
  const add = ({ on_table, conname, definition }) => `alter table ${on_table} add constraint "${conname}" ${definition}`
  return [
    ...constraints.filter(({ contype }) => contype !== 'f').map(add),
    ...indexes.map(({ definition }) => definition),
    ...constraints.filter(({ contype }) => contype === 'f').map(add),
  ]
}

const rowsBetweenDrains = 200

async function copyAll(connectionString, plan) {
  const tables = Object.entries(columns)
  const copies = await Promise.all(tables.map(async ([table, names]) => [table, await openCopy(connectionString, table, names.split(' '))]))
  const open = copies.map(([, copy]) => copy)
  const rows = Object.fromEntries(copies.map(([table, { write }]) => [table, write]))
  for (const source of [directoryRows, mentorRows, patientRows, storyRows]) {
    let written = 0
    for (const _ of source(plan, rows)) {
      written += 1
      if (written % rowsBetweenDrains === 0) for (const copy of open) await copy.drain()
    }
  }
  const counts = await Promise.all(copies.map(async ([table, copy]) => [table, await copy.close()]))
  return Object.fromEntries(counts)
}

/** Rows are written plain, as a version from before keys did; then sealed as its upgrade seals them. */
async function sealAll(connectionString, { seed, asOf }) {
  const database = connect({ connection: { connectionString }, poolSize: 2 })
  await rewrapAll({ database, keyring: createKeyring(masterKeyOf(seed)) }, asOf)
  await database.end()
}

/** Until when each mentor is eligible, and the clocks of those who are not, by the service's own actions. */
async function settleEligibility(connectionString, { networkId, operators, seed, asOf }) {
  const database = connect({ connection: { connectionString }, poolSize: 2 })
  const service = { database, keyring: createKeyring(masterKeyOf(seed)) }
  const inSystem = (work) => openSystemContext(service, networkId, { requestId: 'bench', now: asOf }).transaction(work, { action: 'bench' })
  for (const { id } of operators) await inSystem((ctx) => refreshEligibility(ctx, { organizationId: id }).then(() => {}))
  while ((await inSystem((ctx) => sweepEligibility(ctx, 200))) > 0);
  await database.end()
}

export async function migrated(connectionString) {
  const database = connect({ connection: { connectionString }, poolSize: 2 })
  try {
    await migrate(database)
  } finally {
    await database.end()
  }
}
