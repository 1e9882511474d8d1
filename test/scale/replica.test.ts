import { randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'
import t, { type Test } from 'tap'
import { routes } from '../../src/rest/routes.ts'
import { type Cluster, createCluster, openCluster, serverPrograms } from '../support/cluster.ts'
import { serverUrl } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { tokenFrom } from '../support/process.ts'
import { sampleReferral } from '../support/samples.ts'
import { serve, tellWholeStory } from '../support/served.ts'
import { createWorld } from '../support/world.ts'

const programs = await serverPrograms()
// It brings its own server, and is for those who test on one.
const skip = serverUrl
  ? programs === undefined && 'no PostgreSQL server is installed here to make a replica with'
  : 'the embedded engine has no replica'

/** A primary, and a replica that it streams to, which logs every statement it is asked. */
async function openPair(t: Test, bin: string) {
  const primary = await createCluster(bin)
  t.teardown(primary.remove)
  await primary.start()
  const replica = await openCluster(bin)
  t.teardown(replica.remove)
  const from = primary.url()
  await replica.program('pg_basebackup', '-d', from, '-D', replica.folder, '-R', '-X', 'stream', '-c', 'fast')
  await replica.start({ log_statement: 'all' })
  return { primary, replica }
}

async function ask<Row>(cluster: Cluster, sql: string, parameters: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: cluster.url() })
  await client.connect()
  try {
    return (await client.query(sql, parameters)).rows
  } finally {
    await client.end()
  }
}

/** Two services over one primary: one that may read the replica, and one that knows of none. */
async function openServices(t: Test, { primary, replica }: { primary: Cluster; replica: Cluster }) {
  const env = {
    DATABASE_URL: primary.url(),
    DATABASE_POOL_SIZE: '4',
    MASTER_KEY: randomBytes(32).toString('base64'),
  }
  const alone = await serve(t, env)
  const reading = await serve(t, {
    ...env,
    DATABASE_READ_URL: replica.url(),
    DATABASE_READ_WAIT_MS: '1000',
  })
  return { alone, reading, world: await createWorld(alone.service, new Date()) }
}

t.test('reads that go to a streaming replica', { skip: skip || false }, async (t) => {
  const { primary, replica } = await openPair(t, programs ?? '')
  const { alone, reading, world } = await openServices(t, { primary, replica })
  const [clinic, operator] = [await reading.as(world.clinic), await reading.as(world.operator)]

  /** Referrals that the replica was asked for, so far. */
  const readThere = async () => ((await replica.log()).match(/from "referrals"/g) ?? []).length
  const listed = async (api = operator): Promise<string[]> =>
    (await api.get('/v1/referrals?limit=100')).body.data.map(({ id }: { id: string }) => id)
  /** It is left alone for a moment after it was behind. */
  const byReplica = async <T>(what: string, work: () => Promise<T>): Promise<T> =>
    eventually(what, async () => {
      const before = await readThere()
      const result = await work()
      return (await readThere()) > before && result
    })
  const replay = (what: 'pause' | 'resume') => ask(replica, `select pg_wal_replay_${what}()`)
  const pause = async () => {
    await replay('pause')
    await eventually('replay stands still', async () => {
      const [state] = await ask<{ state: string }>(replica, 'select pg_get_wal_replay_pause_state() as state')
      return state?.state === 'paused'
    })
  }
  const refer = async () => (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body

  await t.test('a list is read there, and its rows of audit and ledger stand on the primary', async (t) => {
    const { id } = await refer()
    const requestId = await byReplica('the replica is read', async () => {
      const request = randomUUID()
      const { body } = await operator.get('/v1/referrals', { 'x-request-id': request })
      t.same(
        body.data.map((one: { id: string }) => one.id),
        [id],
      )
      return request
    })
    for (const table of ['audit_events', 'disclosures'])
      t.match(
        await ask(primary, `select count(*)::int as rows from ${table} where request_id = $1`, [requestId]),
        [{ rows: 1 }],
        table,
      )
  })

  await t.test('where the primary does not take the rows, there is no answer', async (t) => {
    await ask(primary, 'revoke insert on disclosures from alongside_app')
    const refused = await byReplica('the replica was read', fetchList)
    t.ok(refused.status >= 500)
    t.notMatch(refused.text, /"data"/)
    await ask(primary, 'grant insert on disclosures to alongside_app')
    t.equal((await fetchList()).status, 200)
  })

  /** As it came: what is wrong with the service is in no published document. */
  async function fetchList() {
    const { clientId, clientSecret, scopes } = world.operator
    const token = await tokenFrom(reading.url, clientId, clientSecret, scopes)
    const reply = await fetch(`${reading.url}/v1/referrals`, {
      headers: { authorization: `Bearer ${token}` },
    })
    return { status: reply.status, text: await reply.text() }
  }

  await t.test('whoever wrote reads what they wrote', async (t) => {
    for (let n = 0; n < 10; n += 1) {
      const { id } = await refer()
      t.ok((await listed(clinic)).includes(id))
    }
  })

  await t.test('a consent that was revoked while the replica stood still opens nothing', async (t) => {
    const { id, consentId } = await refer()
    await byReplica('it is read there', async () => (await listed()).includes(id))
    await pause()
    const revoked = await clinic.post(`/v1/consents/${consentId}/revoke`, { reason: 'Asked at the desk.' })
    t.equal(revoked.status, 200)
    const [there] = await ask<{ revoked_at: Date | null }>(
      replica,
      'select revoked_at from consents where id = $1',
      [consentId],
    )
    t.equal(there?.revoked_at, null, 'the replica does not know of it')
    t.notOk((await listed()).includes(id), 'and nobody is shown what it still has')
    const later = await refer()
    t.ok((await listed()).includes(later.id), 'nor kept from what it has not yet')
    await replay('resume')
    const again = await byReplica('it is read again', () => listed())
    t.notOk(again.includes(id))
    t.ok(again.includes(later.id))
  })

  await t.test('every list that may be read there says what the primary says', async (t) => {
    const ids = await tellWholeStory(reading.url, reading.as, world)
    const fromReplica = routes.filter(({ action }) => action.fromReplica)
    t.ok(fromReplica.length >= 10)
    // Each reading has its own number and its own moment.
    const ofItsOwn = (path: string) =>
      path.startsWith('/insights/')
        ? ['from', 'to', 'asOf', 'requestId']
        : ['disclosure', 'nextCursor', 'asOf', 'requestId']
    const same = (path: string, value: unknown) =>
      JSON.parse(JSON.stringify(value, (name, member) => (ofItsOwn(path).includes(name) ? null : member)))
    const begun = async () =>
      ((await replica.log()).match(/isolation level read committed read only/g) ?? []).length
    const before = await begun()
    for (const member of [world.clinic, world.operator])
      for (const { path } of fromReplica) {
        const asked = `/v1${path.replace('{id}', ids[path.split('/')[1] ?? ''] ?? '')}`
        const [there, here] = [await reading.as(member), await alone.as(member)]
        const [read, wanted] = [await there.get(asked), await here.get(asked)]
        t.equal(read.status, wanted.status, asked)
        t.same(same(path, read.body), same(path, wanted.body), asked)
      }
    t.ok((await begun()) - before >= fromReplica.length, 'they were read there')
    t.notMatch(await replica.log(), /ERROR:/, 'and asked for nothing that a replica cannot do')
  })

  await t.test('a replica that is promoted is a copy no longer, and nobody reads it', async (t) => {
    await ask(replica, 'select pg_promote()')
    const { id } = await refer()
    const before = await readThere()
    t.ok((await listed()).includes(id))
    t.equal(await readThere(), before)
  })

  await t.test('without a replica everything is answered', async (t) => {
    await replica.stop('immediate')
    const { id } = await refer()
    t.ok((await listed()).includes(id))
  })
})
