import pg from 'pg'
import t from 'tap'
import { connect } from '../../src/db/client.ts'
import { migrate } from '../../src/db/migrate.ts'
import { serverUrl } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { clientAt } from '../support/http-api.ts'
import { poolerVersion, startPooler } from '../support/pooler.ts'
import { startProcesses } from '../support/processes.ts'
import { tellWholeStory } from '../support/served.ts'
import type { Member } from '../support/world.ts'
import { keepEveryPromise } from './promises.ts'

const version = await poolerVersion()
const knowsPrepared = version !== undefined && (version[0] > 1 || version[1] >= 21)
const skip = serverUrl ? !version && 'pgbouncer is not installed' : 'a pooler stands before a server'

/** Two processes have sixteen connections to the pooler at most, and it has these to PostgreSQL. */
const connections = 4

t.test(`behind PgBouncer ${version?.join('.')} in transaction mode`, { skip: skip || false }, async (t) => {
  let pooled = ''
  const processes = await startProcesses(t, {
    count: 2,
    between: async (databaseUrl) => {
      const pooler = await startPooler(databaseUrl, connections)
      t.teardown(pooler.stop)
      pooled = pooler.url
      return {
        DATABASE_URL: pooler.url,
        DATABASE_SESSION_URL: databaseUrl,
        DATABASE_PREPARE: knowsPrepared ? 'auto' : 'off',
      }
    },
  })
  const { world, balancer, stored, ownerUrl } = processes
  const at = (member: Member) => clientAt(balancer.url, member)

  await t.test('two processes keep every promise', (t) => keepEveryPromise(t, processes))

  await t.test('the whole story can be told', async (t) => {
    const ids = await tellWholeStory(balancer.url, at, world)
    t.ok(Object.keys(ids).length > 10)
    const { status, body: told } = await (await at(world.operator)).get('/v1/referrals?limit=100')
    t.equal(status, 200)
    t.ok(told.data.length > 0)
  })

  await t.test(
    'connections are shared, and whoever gets one next finds nothing of those before',
    async (t) => {
      const login = new URL(pooled).username
      const [held] = await stored<{ held: number }>(
        `select count(*)::int as held from pg_stat_activity
         where datname = current_database() and usename = $1 and application_name <> 'alongside listening'`,
        [login],
      )
      t.ok((held?.held ?? 0) > 0 && (held?.held ?? 0) <= connections, `${held?.held} connections`)
      const strangers = Array.from({ length: connections }, () => new pg.Client({ connectionString: pooled }))
      for (const stranger of strangers) await stranger.connect()
      // All at once, each in a transaction, so that each has a connection of its own.
      await Promise.all(strangers.map((one) => one.query('begin')))
      for (const one of strangers) {
        const { rows } = await one.query(`
          select current_user::text as role, current_setting('app.network_id', true) as network,
                 current_setting('app.organization_id', true) as organization,
                 (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`)
        t.equal(rows[0].role, login)
        t.notOk(rows[0].network)
        t.notOk(rows[0].organization)
        t.equal(rows[0].locks, 0)
      }
      await Promise.all(strangers.map((one) => one.end()))
    },
  )

  await t.test(
    'who is listened to goes past it, and so does the migrator, whose lock is its session’s',
    async (t) => {
      const listening = () =>
        stored<{ direct: number }>(`
          select count(*)::int as direct from pg_stat_activity
          where datname = current_database() and application_name = 'alongside listening'`)
      await eventually('each process listens', async () => (await listening())[0]?.direct === 2)
      const owner = { connectionString: ownerUrl }
      const database = connect({
        // Nobody is there: what a migration sends goes past the pooler altogether.
        connection: { host: '127.0.0.1', port: 1 },
        session: owner,
        poolSize: 1,
      })
      t.same(await migrate(database), [])
      await database.end()
    },
  )
})
