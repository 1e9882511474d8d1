import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { createKeyring } from '../../src/core/keyring.ts'
import { connect } from '../../src/db/client.ts'
import { openTestDatabase } from '../support/database.ts'
import { countRoundTrips } from '../support/round-trips.ts'
import { sampleReferral } from '../support/samples.ts'
import { createWorld, type Member } from '../support/world.ts'

t.test('a referral costs at most four database round trips, an engagement read at most three', async (t) => {
  const { database, owner, close } = await openTestDatabase()
  const counter = await countRoundTrips(owner)
  const through = owner.connectionString
    ? {
        connectionString: Object.assign(new URL(owner.connectionString), {
          host: `127.0.0.1:${counter.port}`,
        }).href,
      }
    : { host: '127.0.0.1', port: counter.port, user: 'postgres', database: 'postgres' }
  const counted = connect({ connection: through, poolSize: 1 })
  const keyring = createKeyring(Buffer.alloc(32, 7))
  const now = new Date('2026-11-18T19:00:00Z')
  const world = await createWorld({ database, keyring }, now)
  const app = await buildApp({
    service: { database: counted, keyring },
    time: { now: () => now },
    publicUrl: () => 'http://alongside.test',
    accessTokenSeconds: 300,
    logger: false,
  })
  t.teardown(async () => {
    await app.close()
    await counted.end()
    await counter.close()
    await close()
  })
  const tokenOf = async ({ clientId, networkId, organizationId, scopes }: Member) =>
    (await app.issueToken({ clientId, networkId, organizationId, scopes })).accessToken
  const [clinic, operator] = [await tokenOf(world.clinic), await tokenOf(world.operator)]
  const call = (token: string, method: 'GET' | 'POST', url: string, payload?: object, headers: object = {}) =>
    counter.during(() =>
      app.inject({
        method,
        url,
        headers: { authorization: `Bearer ${token}`, ...headers },
        ...(payload && { payload }),
      }),
    )

  // Connects, and warms what is read once: it is the steady state that is counted.
  await call(clinic, 'POST', '/v1/referrals', sampleReferral(world.programId))

  const keyed = await call(clinic, 'POST', '/v1/referrals', sampleReferral(world.programId), {
    'idempotency-key': 'one',
  })
  t.equal(keyed.result.statusCode, 201)
  t.ok(keyed.trips >= 1 && keyed.trips <= 4, `creating with a key took ${keyed.trips}`)
  const plain = await call(clinic, 'POST', '/v1/referrals', sampleReferral(world.programId))
  t.equal(plain.result.statusCode, 201)
  t.ok(plain.trips >= 1 && plain.trips <= 3, `creating without a key took ${plain.trips}`)

  const { id } = plain.result.json()
  for (const [who, token] of [
    ['the clinic', clinic],
    ['the operator', operator],
  ] as const) {
    const read = await call(token, 'GET', `/v1/referrals/${id}/engagement`)
    t.equal(read.result.statusCode, 200)
    t.ok(read.trips >= 1 && read.trips <= 3, `engagement for ${who} took ${read.trips}`)
    const got = await call(token, 'GET', `/v1/referrals/${id}`)
    t.ok(got.trips >= 1 && got.trips <= 3, `a referral for ${who} took ${got.trips}`)
  }
  const few = await call(operator, 'GET', '/v1/referrals?limit=1')
  const more = await call(operator, 'GET', '/v1/referrals?limit=100')
  t.equal(few.trips, more.trips, 'a list costs the same whatever its length')
  const token = await counter.during(() =>
    app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${world.clinic.clientId}:${world.clinic.clientSecret}`).toString('base64')}`,
      },
      payload: 'grant_type=client_credentials',
    }),
  )
  t.equal(token.result.statusCode, 200)
  t.ok(token.trips <= 2, `a token took ${token.trips}`)
  t.comment({ create: plain.trips, createWithKey: keyed.trips, token: token.trips })
})
