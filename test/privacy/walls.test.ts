import type pg from 'pg'
import t from 'tap'
import { startService } from '../support/service.ts'
import { strangersTo } from '../support/strangers.ts'

/** The deployment's own, that belong to no network. Each is named here on purpose, and is shut to the application. */
const withoutNetwork = ['networks', 'service_key', 'signing_keys', 'credential_keys', 'schema_migrations']

interface Column {
  readonly relation: string
  readonly columns: string[]
}
interface Place {
  readonly who: string
  readonly networkId: string
  readonly organizationId: string
}

const service = await startService(t)
const { world, elsewhere } = await strangersTo(service)
const { pool } = service.service.database

/** As the application's role, with somebody's settings, in a transaction that leaves nothing behind. */
async function as<T>(place: Place | undefined, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin; set local role alongside_app')
    if (place)
      await client.query(
        `set local app.network_id = '${place.networkId}'; set local app.organization_id = '${place.organizationId}'`,
      )
    return await work(client)
  } finally {
    await client.query('rollback')
    client.release()
  }
}

/** The SQLSTATE with which a statement was refused, or what it answered; later ones are asked all the same. */
async function outcome(client: pg.PoolClient, sql: string, values: unknown[] = []): Promise<string> {
  await client.query('savepoint before')
  try {
    const { rowCount } = await client.query(sql, values)
    return `${rowCount} rows`
  } catch (error) {
    return String((error as { code?: string }).code)
  } finally {
    await client.query('rollback to savepoint before')
  }
}

const relations = await service.stored<Column>(`
  select c.relname as relation, array_agg(a.attname::text order by a.attnum) as columns
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace group by 1 order by 1`)
const walled = relations.filter(({ relation }) => !withoutNetwork.includes(relation))

/** Rows of a table that are none of somebody's: of another network, or held by others who do not name them. */
function ofOthers({ columns }: Column): string {
  const held = columns.includes('organization_id')
    ? ` or (organization_id <> current_setting('app.organization_id')::uuid${
        columns.includes('reader_ids')
          ? ` and current_setting('app.organization_id')::uuid <> all (reader_ids)`
          : ''
      }${columns.includes('network_wide') ? ' and not network_wide' : ''})`
    : ''
  return `(network_id <> current_setting('app.network_id')::uuid${held})`
}

/** Open to everybody of a network on purpose: the directory, and rules and chains that hold for all of it. */
const openToNetwork = new Set([
  'programs',
  'program_capacities',
  'accreditations',
  'organization_needs',
  'recognition_credentials',
  // That a clinic uploaded a clinician's panel, and when; of whom it is made up is in no row that others find.
  'panel_receipts',
])

const strangers: Place[] = [
  {
    who: 'another organization',
    networkId: world.networkId,
    organizationId: world.otherOperator.organizationId,
  },
  { who: 'another network', networkId: elsewhere.networkId, organizationId: elsewhere.clinic.organizationId },
  // An id that was learned elsewhere opens nothing: the network goes first.
  {
    who: 'the clinic’s id in another network',
    networkId: elsewhere.networkId,
    organizationId: world.clinic.organizationId,
  },
]

t.test('raw SQL with somebody else’s settings reads nothing of others, in every table', async (t) => {
  t.ok(walled.length > 40)
  const told = await service.stored<{ relation: string }>(
    walled
      .map(({ relation }) => `select '${relation}' as relation where exists (select from ${relation})`)
      .join(' union all '),
  )
  t.ok(told.length > 30, 'the story fills most of them')
  for (const place of strangers)
    await as(place, async (client) => {
      for (const table of walled) {
        const { relation } = table
        const others = openToNetwork.has(relation) ? `network_id <> '${place.networkId}'` : ofOthers(table)
        const read = await outcome(client, `select from ${relation} where ${others} limit 1`)
        t.ok(['0 rows', '42501'].includes(read), `${place.who} reads ${relation}: ${read}`)
      }
    })
})

t.test('raw SQL with somebody else’s settings changes and deletes nothing of others', async (t) => {
  const before = await digests()
  for (const place of strangers)
    await as(place, async (client) => {
      for (const table of walled) {
        const { relation } = table
        const others = openToNetwork.has(relation)
          ? `(${columnOf(table)} <> current_setting('app.organization_id')::uuid)`
          : ofOthers(table)
        for (const statement of [
          `update ${relation} set network_id = network_id where ${others}`,
          `update ${relation} set network_id = '${place.networkId}' where ${others}`,
          `delete from ${relation} where ${others}`,
          `truncate ${relation}`,
        ]) {
          const done = await outcome(client, statement)
          t.ok(['0 rows', '42501'].includes(done), `${place.who}: ${statement.slice(0, 60)}: ${done}`)
        }
      }
    })
  t.same(await digests(), before)
})

const columnOf = ({ columns }: Column) =>
  columns.includes('organization_id') ? 'organization_id' : 'network_id'

t.test(
  'raw SQL with somebody else’s settings writes no row into another network or for another organization',
  async (t) => {
    for (const table of walled) {
      const { relation, columns } = table
      const [row] = await service.stored<{ row: string }>(
        `select row_to_json(r)::text as row from ${relation} r where network_id = $1 ${
          columns.includes('organization_id')
            ? 'and organization_id = any ($2)'
            : 'and $2::uuid[] is not null'
        } limit 1`,
        [world.networkId, [world.clinic.organizationId, world.operator.organizationId]],
      )
      if (!row) continue
      const { rows: generated } = await pool.query<{ name: string }>(
        `select attname as name from pg_attribute where attrelid = $1::regclass and (attgenerated <> '' or attidentity <> '')`,
        [relation],
      )
      const names = columns
        .filter((name) => !generated.some((one) => one.name === name))
        .map((name) => `"${name}"`)
      const copy = `insert into ${relation} (${names}) select ${names} from json_populate_record(null::${relation}, $1)`
      for (const place of strangers) {
        if (openWithin.has(relation) && place.networkId === world.networkId) continue
        const written = await as(place, (client) => outcome(client, copy, [row.row]))
        // Refused by the wall, and not by a key that would tell that the row is there.
        t.equal(written, '42501', `${place.who} writes into ${relation}`)
      }
    }
  },
)

/** Written by requests of everybody of a network, with nobody's name on the row. */
const openWithin = new Set(
  relations.filter(({ columns }) => !columns.includes('organization_id')).map(({ relation }) => relation),
)

t.test('raw SQL without settings does nothing at all, and what belongs to no network is shut', async (t) => {
  await as(undefined, async (client) => {
    for (const { relation } of walled)
      for (const statement of [
        `select from ${relation}`,
        `update ${relation} set network_id = network_id`,
        `delete from ${relation}`,
      ]) {
        const done = await outcome(client, statement)
        // A setting that was forgotten is an error, never an unfiltered answer.
        t.ok(['42704', '22P02', '42501'].includes(done), `${statement}: ${done}`)
      }
  })
  await as(strangers[0], async (client) => {
    // Its own row of `networks` holds what its own network has decided.
    t.equal(
      await outcome(client, `select from networks where id <> current_setting('app.network_id')::uuid`),
      '0 rows',
    )
    for (const relation of withoutNetwork.filter((name) => name !== 'networks'))
      for (const statement of [`select from ${relation}`, `delete from ${relation}`]) {
        const done = await outcome(client, statement)
        t.ok(['0 rows', '42501'].includes(done), `${statement}: ${done}`)
      }
    for (const statement of ['select from pgboss.job', 'delete from pgboss.job', 'create table x ()'])
      t.equal(await outcome(client, statement), '42501', statement)
  })
})

/** Every row of every table. */
async function digests(): Promise<object[]> {
  return service.stored(
    walled
      .map(
        ({ relation }) =>
          `select '${relation}' as name, count(*), md5(coalesce(string_agg(r::text, ' ' order by r::text), '')) from ${relation} r`,
      )
      .join(' union all '),
  )
}
