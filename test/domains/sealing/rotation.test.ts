import { randomBytes } from 'node:crypto'
import t from 'tap'
import { buildApp } from '../../../src/app.ts'
import { masterKeyWrapper } from '../../../src/core/key-wrapper.ts'
import { createKeyring } from '../../../src/core/keyring.ts'
import { openKeyring } from '../../../src/db/service-key.ts'
import { rewrapAll } from '../../../src/jobs/rewrap.ts'
import { samplePatient, sampleReferral } from '../../support/samples.ts'
import { emptyDatabase } from '../../support/shared-database.ts'
import { createWorld } from '../../support/world.ts'

const now = new Date('2026-11-18T19:00:00Z')

/** A service over a database under these master keys, as a process with this configuration would be. */
async function serving(
  t: { teardown: (work: () => unknown) => void },
  database: Awaited<ReturnType<typeof emptyDatabase>>['database'],
  masterKeys: readonly [Buffer, ...Buffer[]],
) {
  const keyring = await openKeyring(database, masterKeyWrapper(masterKeys), masterKeys.at(-1), now)
  const service = { database, keyring }
  const app = await buildApp({
    service,
    time: { now: () => now },
    publicUrl: () => 'http://alongside.test',
    accessTokenSeconds: 300,
    logger: false,
  })
  await app.ready()
  t.teardown(() => app.close())
  return { app, service }
}

type App = Awaited<ReturnType<typeof serving>>['app']

async function call(
  app: App,
  token: string,
  method: 'GET' | 'POST',
  url: string,
  payload?: object,
  key?: string,
) {
  const headers = { authorization: `Bearer ${token}`, ...(key && { 'idempotency-key': key }) }
  const answer = await app.inject({ method, url, headers, ...(payload && { payload }) })
  return { status: answer.statusCode, body: answer.json() }
}

async function signIn(app: App, clientId: string, secret: string): Promise<string> {
  const answer = await app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
    },
    payload: 'grant_type=client_credentials',
  })
  return answer.json().access_token
}

t.test('the master key is replaced under live requests, and none of them fails', async (t) => {
  const { database } = await emptyDatabase()
  const [old, next] = [randomBytes(32), randomBytes(32)]
  // Every process learns the key to come, then writes under it, then forgets the one before.
  const first = await serving(t, database, [old])
  const { networkId: _, clinic, programId } = await createWorld(first.service, now)
  const token = await signIn(first.app, clinic.clientId, clinic.clientSecret)
  const knows = await serving(t, database, [old, next])
  const kept = await call(first.app, token, 'POST', '/v1/referrals', sampleReferral(programId), 'kept')
  t.equal(kept.status, 201)
  const page = await call(first.app, token, 'POST', '/v1/patients', samplePatient())
  t.equal(page.status, 201)
  const listed = await call(first.app, token, 'GET', '/v1/patients?limit=1')
  const writes = await serving(t, database, [next, old])

  const answers: number[] = []
  let going = true
  const load = Promise.all(
    [knows.app, writes.app].map(async (app) => {
      while (going) {
        const { status, body } = await call(app, token, 'POST', '/v1/referrals', sampleReferral(programId))
        answers.push(status, (await call(app, token, 'GET', `/v1/patients/${body.patientId}`)).status)
      }
    }),
  )
  while (answers.length < 20) await new Promise((resolve) => setImmediate(resolve))
  await rewrapAll(writes.service, now)
  const before = answers.length
  while (answers.length < before + 20) await new Promise((resolve) => setImmediate(resolve))
  going = false
  await load
  t.same([...new Set(answers)].sort(), [200, 201])

  // What `knows` wrote after the first pass was wrapped under the old key: its time is over, and the rest follows.
  await rewrapAll(writes.service, now)
  const alone = await serving(t, database, [next])
  t.ok(await signIn(alone.app, clinic.clientId, clinic.clientSecret), 'secrets are still good')
  const read = await call(alone.app, token, 'GET', `/v1/patients/${kept.body.patientId}`)
  t.match(read, { status: 200, body: { name: 'Sample Patient' } })
  t.equal(
    (await call(alone.app, token, 'GET', `/v1/patients?limit=1&cursor=${listed.body.nextCursor}`)).status,
    200,
    'cursors too',
  )
  t.match(await call(alone.app, token, 'POST', '/v1/patients', page.body && samplePatient()), { status: 201 })
  await t.rejects(serving(t, database, [old]), /MASTER_KEY does not open the keys of this database/)
})

t.test(
  'a database from before keeps its keys, and refuses a wrong one before anything is written',
  async (t) => {
    const { database } = await emptyDatabase()
    const masterKey = randomBytes(32)
    const world = await createWorld({ database, keyring: createKeyring(masterKey) }, now)
    const app = await buildApp({
      service: { database, keyring: createKeyring(masterKey) },
      time: { now: () => now },
      publicUrl: () => 'http://alongside.test',
      accessTokenSeconds: 300,
      logger: false,
    })
    await app.ready()
    t.teardown(() => app.close())
    await t.rejects(serving(t, database, [randomBytes(32)]), /MASTER_KEY does not open the keys/)
    const { app: upgraded } = await serving(t, database, [masterKey])
    t.ok(await signIn(upgraded, world.clinic.clientId, world.clinic.clientSecret))
  },
)
