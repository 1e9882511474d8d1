import t, { type Test } from 'tap'
import { eventually } from '../support/eventually.ts'
import { type Started, startService } from '../support/service.ts'

const ready = (service: Started) => service.inject({ method: 'GET', url: '/health/ready' })

/** Asked again until what was told a moment ago is no longer told. */
const comesTo = (service: Started, migrations: string, status: number) =>
  eventually(`${status}: migrations ${migrations}`, async () => {
    const answer = await ready(service)
    return answer.status === status && answer.body.checks.migrations === migrations && answer
  })

/** Puts the migrator's table into another state for the length of a test. */
async function withMigrations(t: Test, service: Started, sql: string, undo: string) {
  await service.stored(sql)
  t.teardown(() => service.stored(undo))
}

const newer = [
  `insert into schema_migrations (name, digest) values ('9999_later.sql', '')`,
  `delete from schema_migrations where name = '9999_later.sql'`,
] as const

t.test('ready says of each check a word, and no more to strangers', async (t) => {
  const service = await startService(t)
  const answer = await ready(service)
  t.equal(answer.status, 200)
  t.same(answer.body, { status: 'ready', checks: { database: 'ok', migrations: 'ok', queue: 'ok' } })
  t.equal(answer.headers['cache-control'], 'no-store')
})

t.test('on a schema that lacks a migration nobody is ready, and once it is there everybody is', async (t) => {
  const service = await startService(t)
  const last = `(select max(name) from schema_migrations)`
  await service.stored(`create table set_aside as select * from schema_migrations where name = ${last}`)
  t.teardown(() => service.stored('drop table set_aside'))
  await service.stored(`delete from schema_migrations where name = ${last}`)
  const older = await comesTo(service, 'older', 503)
  t.match(older.headers['content-type'], /^application\/problem\+json/)
  t.ok(Number(older.headers['retry-after']) > 0)
  t.match(older.body, {
    ...{ code: 'service_unavailable', status: 503, type: 'http://alongside.test/errors/service_unavailable' },
    ...{ title: 'Not able to answer just now', requestId: older.headers['x-request-id'] },
    checks: { database: 'ok', migrations: 'older' },
  })
  await service.stored('insert into schema_migrations select * from set_aside')
  await comesTo(service, 'ok', 200)
})

t.test('who starts on a newer schema is not ready', async (t) => {
  const service = await startService(t)
  await withMigrations(t, service, ...newer)
  await comesTo(service, 'newer', 503)
})

t.test(
  'who served before the schema moved ahead goes on, so that an upgrade takes nobody away',
  async (t) => {
    const service = await startService(t)
    await comesTo(service, 'ok', 200)
    await withMigrations(t, service, ...newer)
    let asked = 0
    service.service.database.pool.on('acquire', () => {
      asked += 1
    })
    // An answer is good for a moment, and then the database is asked anew.
    await eventually('it was asked anew', async () => (await ready(service)) && asked > 0)
    t.match(await ready(service), { status: 200, body: { checks: { migrations: 'ok' } } })
  },
)

t.test('without its database a process lives and is not ready', async (t) => {
  const service = await startService(t)
  const { pool } = service.service.database
  const held = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()))
  const answer = await ready(service)
  t.match(answer, {
    status: 503,
    body: { checks: { database: 'failed', migrations: 'unknown', queue: 'unknown' } },
  })
  t.equal((await service.inject({ method: 'GET', url: '/health/live' })).status, 200)
  for (const client of held) client.release()
  await comesTo(service, 'ok', 200)
})
