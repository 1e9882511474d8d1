import { randomBytes } from 'node:crypto'
import t from 'tap'
import { openDatabase } from '../../src/bootstrap.ts'
import { readConfig } from '../../src/config.ts'
import { refuseUnfit } from '../../src/db/fit.ts'
import { openTestDatabase, serverUrl } from '../support/database.ts'
import { createLogin } from '../support/login.ts'

const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://service@127.0.0.1/alongside',
  PUBLIC_URL: 'https://alongside.example.org',
}
const inBase64 = (bytes: Buffer) => bytes.toString('base64')

t.test('in production a master key that nobody made at random is refused', async (t) => {
  const weak = {
    zeros: Buffer.alloc(32),
    'one word again and again': Buffer.from('alongside'.repeat(4).slice(0, 32)),
    'a sentence': Buffer.from('correct horse battery staple 42!'),
    'counted up in steps': Buffer.from(Array.from({ length: 32 }, (_, n) => (n % 8) * 31)),
  }
  for (const [name, key] of Object.entries(weak)) {
    t.equal(key.length, 32)
    const env = { ...production, MASTER_KEY: inBase64(key) }
    t.throws(() => readConfig(env), { message: /MASTER_KEY: was not made at random.*openssl rand/ }, name)
    t.doesNotThrow(() => readConfig({ ...env, NODE_ENV: 'development' }), 'for trying it will do')
  }
  for (let n = 0; n < 1_000; n += 1) readConfig({ ...production, MASTER_KEY: inBase64(randomBytes(32)) })
})

t.test('a way past a pooler or to a replica means nothing without a server', async (t) => {
  for (const name of ['DATABASE_SESSION_URL', 'DATABASE_READ_URL'])
    t.throws(() => readConfig({ [name]: 'postgres://a@b/c' }), {
      message: new RegExp(`${name}: means nothing`),
    })
})

t.test(
  'whoever could take the walls down, or pass them, does not serve',
  { skip: serverUrl ? false : 'the embedded engine has one login' },
  async (t) => {
    const { database, owner, close } = await openTestDatabase()
    t.teardown(close)
    const serving = { login: 'plain', mayBeAhead: false } as const
    await t.rejects(refuseUnfit(database, serving), { message: /passes row-level security.*deploy\.md/ })
    await t.resolves(refuseUnfit(database, { ...serving, login: 'any' }), 'for trying it may')

    const login = await createLogin(owner.connectionString ?? '')
    t.teardown(login.drop)
    const opened = await openDatabase(readConfig({ DATABASE_URL: login.url }))
    t.teardown(opened.close)
    await t.resolves(refuseUnfit(opened.database, serving), 'a login that owns nothing may')
    const name = new URL(login.url).username
    await database.pool.query(`alter table patients owner to ${name}`)
    await t.rejects(refuseUnfit(opened.database, serving), { message: /owns the tables/ })
    await database.pool.query('alter table patients owner to current_user')
  },
)

t.test('a database of another version is not served from, unless a newer one is allowed', async (t) => {
  const { database, close } = await openTestDatabase()
  t.teardown(close)
  const serving = { login: 'any', mayBeAhead: false } as const
  await refuseUnfit(database, serving)
  await database.pool.query(
    `insert into schema_migrations (name, digest) values ('9999_of_a_later_year.sql', 'x')`,
  )
  await t.rejects(refuseUnfit(database, serving), {
    message: /newer than this version: it has 9999_of_a_later_year\.sql.*SCHEMA_AHEAD=serve/,
  })
  await t.resolves(refuseUnfit(database, { ...serving, mayBeAhead: true }))
  await database.pool.query(`delete from schema_migrations where name like '0058%'`)
  await t.rejects(
    refuseUnfit(database, { ...serving, mayBeAhead: true }),
    { message: /lacks 1 migrations of this version, from 0058.*alongside migrate/ },
    'what is older is never served from',
  )
})

t.test('a database that was never migrated is told from one that is away', async (t) => {
  const { database, close } = await openTestDatabase()
  t.teardown(close)
  await database.pool.query('drop table schema_migrations')
  await t.rejects(refuseUnfit(database, { login: 'any', mayBeAhead: false }), {
    message: /lacks \d+ migrations of this version, from 0001_walls\.sql/,
  })
})
