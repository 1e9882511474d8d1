import t from 'tap'
import { openContext } from '../../src/db/access.ts'
import { sampleReferral } from '../support/samples.ts'
import { startService } from '../support/service.ts'

/** Tables of the deployment itself, that belong to no network; each is named here on purpose. */
const withoutNetwork = new Set([
  'networks',
  'signing_keys',
  'credential_keys',
  'service_key',
  'schema_migrations',
])

interface Table {
  name: string
  forced: boolean
  enabled: boolean
  policies: number
  columns: string[]
}

t.test('every table enforces row-level security and leads its keys with the network', async (t) => {
  const { stored } = await startService(t)
  const tables = await stored<Table>(`
    select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
           (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies,
           (select array_agg(a.attname::text) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0) as columns
    from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace`)
  t.ok(tables.length > 15)
  for (const { name, forced, enabled, policies, columns } of tables) {
    t.ok(enabled && forced, `${name} forces row-level security`)
    t.ok(policies > 0, `${name} has a policy`)
    if (!withoutNetwork.has(name)) t.ok(columns.includes('network_id'), `${name} has a network`)
  }

  const keys = await stored<{ relation: string; name: string; kind: string; columns: string[] }>(`
    select c.conrelid::regclass::text as relation, c.conname as name, c.contype as kind,
           (select array_agg(a.attname::text order by k.ord) from unnest(c.conkey) with ordinality k(num, ord)
            join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.num) as columns
    from pg_constraint c where c.contype in ('p', 'u', 'f') and c.connamespace = 'public'::regnamespace`)
  for (const { relation, name, columns } of keys.filter((key) => !withoutNetwork.has(key.relation))) {
    // A plain foreign key could point into another network: its check runs past row-level security.
    t.equal(columns[0], 'network_id', `${relation}: ${name} leads with the network`)
  }
})

/** The directory, open to everybody of a network, and the answers of idempotency keys, which are scoped by person. */
const openToPersons = ['programs', 'program_capacities', 'idempotency_answers']

t.test('every table that an organization holds is walled against portal tokens', async (t) => {
  const { stored } = await startService(t)
  const unwalled = await stored<{ name: string }>(`
    select c.relname as name from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
      and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'person_wall')
    order by 1`)
  t.same(
    unwalled.map(({ name }) => name),
    openToPersons.toSorted(),
  )
})

t.test('no policy holds a subquery, and every foreign key has an index to go back by', async (t) => {
  const { stored } = await startService(t)
  const policies = await stored<{ relation: string; text: string }>(`
    select polrelid::regclass::text as relation,
           coalesce(pg_get_expr(polqual, polrelid), '') || coalesce(pg_get_expr(polwithcheck, polrelid), '') as text
    from pg_policy`)
  t.ok(policies.length > 15)
  for (const { relation, text } of policies) t.notMatch(text, /select/i, relation)

  const unindexed = await stored<{ relation: string; name: string }>(`
    select c.conrelid::regclass::text as relation, c.conname as name
    from pg_constraint c
    where c.contype = 'f' and c.connamespace = 'public'::regnamespace and array_length(c.conkey, 1) > 1
      -- A reference to the holding organization is served by the index that lists by organization or not at all:
      -- organizations are never deleted.
      and c.confrelid <> 'organizations'::regclass
      and not exists (
        select from pg_index i where i.indrelid = c.conrelid
          and (i.indkey::int2[])[0:1] @> c.conkey[1:2] and c.conkey[1:2] @> (i.indkey::int2[])[0:1])`)
  t.same(unindexed, [])
})

t.test('the roles of the service own nothing and cannot pass the walls', async (t) => {
  const { stored } = await startService(t)
  const roles = await stored<{
    rolname: string
    rolsuper: boolean
    rolbypassrls: boolean
    rolcanlogin: boolean
  }>(
    `select rolname, rolsuper, rolbypassrls, rolcanlogin from pg_roles where rolname in ('alongside_app', 'alongside_system', 'alongside_auth', 'alongside_public')`,
  )
  t.equal(roles.length, 4)
  for (const role of roles) t.match(role, { rolsuper: false, rolbypassrls: false, rolcanlogin: false })
  const owned = await stored(
    `select relname from pg_class where relnamespace = 'public'::regnamespace and relowner in (select oid from pg_roles where rolname in ('alongside_app', 'alongside_system', 'alongside_auth'))`,
  )
  t.same(owned, [])
  const appendOnly = await stored<{ table_name: string; privilege_type: string }>(`
    select table_name, privilege_type from information_schema.role_table_grants
    where grantee = 'alongside_app' and privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE')
      and table_name in ('events', 'audit_events', 'disclosures', 'contacts', 'referral_transitions', 'audit_links', 'audit_unsealed', 'chain_heads')`)
  // With any of these, what happened could be made not to have happened.
  t.same(appendOnly, [])
})

t.test('raw SQL under another organization, another network or none sees and writes nothing', async (t) => {
  const { as, createWorld, service, stored } = await startService(t)
  const world = await createWorld()
  const elsewhere = await createWorld()
  await (await as(world.clinic)).post('/v1/referrals', sampleReferral(world.programId))
  const tables = await stored<{ name: string }>(`
    select c.relname as name from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> 'programs'`)
  const strangers = [
    { who: 'another clinic', networkId: world.networkId, organizationId: world.otherClinic.organizationId },
    {
      who: 'another network',
      networkId: elsewhere.networkId,
      organizationId: elsewhere.clinic.organizationId,
    },
    {
      who: 'the same organization id in another network',
      networkId: elsewhere.networkId,
      organizationId: world.clinic.organizationId,
    },
  ]
  for (const { who, ...place } of strangers) {
    const caller = { ...place, clientId: world.clinic.clientId, scopes: new Set<string>() }
    const ctx = openContext(service, caller, { requestId: 'test', now: new Date() })
    await ctx.transaction(
      async ({ db }) => {
        for (const { name } of tables) {
          const held = `select count(*)::int as rows from ${name} where organization_id = '${world.clinic.organizationId}'`
          t.same((await db.execute(held)).rows, [{ rows: 0 }], `${who} finds nothing in ${name}`)
        }
      },
      { action: 'test' },
    )
    const forged = `insert into patients (network_id, id, organization_id, created_at, updated_at)
      values ('${world.networkId}', gen_random_uuid(), '${world.clinic.organizationId}', now(), now())`
    const writing = ctx.transaction(({ db }) => db.execute(forged), { action: 'test' })
    // drizzle wraps what PostgreSQL said.
    await t.rejects(writing, { cause: { code: '42501' } }, `${who} cannot write for the clinic`)
  }
  const unset = service.database.pool.query(
    'begin; set local role alongside_app; select count(*) from patients',
  )
  // A forgotten setting is an error, never an unfiltered answer.
  await t.rejects(unset, /app\.(network|organization)_id|invalid input syntax for type uuid/)
})

t.test('an open referral without a running clock cannot be stored', async (t) => {
  const { as, createWorld, stored } = await startService(t)
  const world = await createWorld()
  const { id } = (await (await as(world.clinic)).post('/v1/referrals', sampleReferral(world.programId))).body
  await t.rejects(
    stored(`update clocks set stopped_at = now() where subject_id = $1`, [id]),
    /clock_of_an_open_referral_runs/,
  )
  await t.rejects(
    stored(`update referrals set clock_id = null where id = $1`, [id]),
    /open_referral_has_a_clock/,
  )
  await t.rejects(
    stored(
      `insert into clocks (network_id, id, organization_id, subject_type, subject_id, action, owner_organization_id, owner_role, rule_set, started_at, due_at)
       select network_id, gen_random_uuid(), organization_id, subject_type, subject_id, action, owner_organization_id, owner_role, rule_set, started_at, due_at
       from clocks where subject_id = $1`,
      [id],
    ),
    /clocks_running/,
  )
})
