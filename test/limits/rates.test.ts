import { Redis } from 'ioredis'
import t from 'tap'
import { eventually } from '../support/eventually.ts'
import { startService } from '../support/service.ts'

const standing = (headers: Readonly<Record<string, unknown>>) =>
  /^"(\w+)";r=(\d+);t=(\d+)$/.exec(String(headers.ratelimit))

t.test(
  'each answer says how many requests are left, and one too many is refused until the minute is over',
  async (t) => {
    const { as, createWorld } = await startService(t, {
      limits: { shedsLoad: false, requestsPerMinute: { client: 3, network: 0, address: 0 } },
    })
    const { clinic, operator } = await createWorld()
    const api = await as(clinic)
    for (const left of ['2', '1', '0']) {
      const { status, headers } = await api.get('/v1/organizations')
      t.equal(status, 200)
      t.equal(headers['ratelimit-policy'], '"client";q=3;w=60')
      t.match(standing(headers), { 1: 'client', 2: left })
    }
    const refused = await api.post('/v1/patients', {
      identifier: { system: 'urn:a', value: '1' },
      name: 'Sample Patient',
    })
    t.equal(refused.status, 429)
    t.equal(refused.body.code, 'rate_limited')
    t.equal(standing(refused.headers)?.[2], '0')
    t.ok(Number(refused.headers['retry-after']) >= 1 && Number(refused.headers['retry-after']) <= 60)
    const graph = await api.post('/graphql', { query: '{ __typename }' })
    t.equal(graph.status, 429, 'the graph counts with REST')
    t.equal(graph.body.errors[0].extensions.code, 'rate_limited')
    t.equal(
      (await (await as(operator)).get('/v1/organizations')).status,
      200,
      'another client has its own share',
    )
  },
)

t.test('the clients of a network share what the network may send', async (t) => {
  const { as, createWorld } = await startService(t, {
    limits: { shedsLoad: false, requestsPerMinute: { client: 10, network: 2, address: 0 } },
  })
  const { clinic, operator } = await createWorld()
  const elsewhere = await createWorld()
  const first = await (await as(clinic)).get('/v1/organizations')
  t.match(standing(first.headers), { 1: 'network', 2: '1' }, 'the tighter one is told')
  t.equal((await (await as(operator)).get('/v1/organizations')).status, 200)
  t.equal((await (await as(clinic)).get('/v1/organizations')).status, 429)
  t.equal(
    (await (await as(elsewhere.clinic)).get('/v1/organizations')).status,
    200,
    'another network is not touched',
  )
})

t.test('what is refused for want of a token counts for nobody', async (t) => {
  const { inject } = await startService(t, {
    limits: { shedsLoad: false, requestsPerMinute: { client: 1, network: 1, address: 0 } },
  })
  for (let n = 0; n < 3; n += 1)
    t.equal((await inject({ method: 'GET', url: '/v1/organizations' })).status, 401)
})

t.test('while Redis does not answer each process counts for itself', async (t) => {
  const { as, createWorld } = await startService(t, {
    limits: {
      shedsLoad: false,
      requestsPerMinute: { client: 1, network: 0, address: 0 },
      redisUrl: 'redis://127.0.0.1:1',
    },
  })
  const { clinic } = await createWorld()
  const api = await as(clinic)
  t.equal((await api.get('/v1/organizations')).status, 200)
  t.equal((await api.get('/v1/organizations')).status, 429)
})

const redisUrl = process.env.TEST_REDIS_URL

t.test(
  'processes that share a Redis count together',
  { skip: redisUrl === undefined && 'TEST_REDIS_URL names no server' },
  async (t) => {
    const limits = { shedsLoad: false, requestsPerMinute: { client: 1, network: 0, address: 0 }, redisUrl }
    const one = await startService(t, { limits })
    const other = await startService(t, { limits })
    const { clinic } = await one.createWorld()
    t.teardown(async () => {
      const redis = new Redis(redisUrl ?? '')
      await redis.del(`alongside:rate:client:${clinic.clientId}`)
      redis.disconnect()
    })
    t.equal((await (await one.as(clinic)).get('/v1/organizations')).status, 200)
    t.equal((await (await other.as(clinic)).get('/v1/organizations')).status, 429)
  },
)

t.test('answers carry the headers that keep them to themselves', async (t) => {
  const { inject } = await startService(t)
  for (const url of ['/v1/referrals', '/docs', '/health/live', '/graphql', '/nowhere']) {
    const { headers } = await inject({ method: 'GET', url, headers: { origin: 'https://elsewhere.example' } })
    t.equal(headers['x-content-type-options'], 'nosniff', url)
    t.equal(headers['x-frame-options'], 'DENY', url)
    t.equal(headers['referrer-policy'], 'no-referrer', url)
    t.notOk(headers['access-control-allow-origin'], `${url}: other origins are allowed nothing`)
  }
})

t.test(
  'where more requests wait than the pool can serve, the next is refused at once and the process stays alive',
  async (t) => {
    const { as, createWorld, service, inject } = await startService(t, {
      limits: { requestsPerMinute: { client: 0, network: 0, address: 0 }, shedsLoad: true },
    })
    const { clinic } = await createWorld()
    const api = await as(clinic)
    const { pool } = service.database
    const held = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()))
    const waiting = Array.from({ length: 21 * pool.options.max }, () =>
      pool.connect().then(
        (client) => client.release(),
        () => {},
      ),
    )
    const refused = await eventually('a request is refused', async () => {
      const answer = await api.get('/nowhere')
      return answer.status === 503 && answer
    })
    t.equal(refused.body.code, 'service_unavailable')
    t.ok(Number(refused.headers['retry-after']) > 0)
    t.equal((await inject({ method: 'GET', url: '/health/live' })).status, 200)
    for (const client of held) client.release()
    await Promise.all(waiting)
    t.ok(
      await eventually(
        'requests are answered again',
        async () => (await api.get('/v1/organizations')).status === 200,
      ),
    )
  },
)

/** Longer than the delay that it allows, and short enough that requests come through in between. */
const busyMs = 60

/** Keeps this process so busy that whatever it is asked it answers late. */
function holdUpTheLoop() {
  const busy = setInterval(() => {
    for (const end = performance.now() + busyMs; performance.now() < end; );
  }, 1)
  return () => clearInterval(busy)
}

t.test(
  'where everything is answered late for a while, the next request is refused at once, and probes are answered',
  async (t) => {
    const { as, createWorld, inject } = await startService(t, {
      limits: {
        requestsPerMinute: { client: 0, network: 0, address: 0 },
        shedsLoad: true,
        eventLoopDelayMaxMs: 20,
      },
    })
    const { clinic } = await createWorld()
    const api = await as(clinic)
    const goOn = holdUpTheLoop()
    t.teardown(goOn)
    const begun = performance.now()
    const refused = await eventually('a request is refused', async () => {
      const answer = await api.get('/v1/organizations')
      return answer.status === 503 && answer
    })
    t.ok(performance.now() - begun > 3_000, 'not for having stood still once')
    t.equal(refused.body.code, 'service_unavailable')
    t.ok(Number(refused.headers['retry-after']) > 0)
    const graph = await api.post('/graphql', { query: '{ __typename }' })
    t.equal(graph.status, 503, 'the graph as REST')
    t.equal(graph.body.errors[0].extensions.code, 'service_unavailable')
    t.ok(Number(graph.headers['retry-after']) > 0)
    for (const probe of ['/health/live', '/health/ready'])
      t.equal((await inject({ method: 'GET', url: probe })).status, 200, probe)
    goOn()
    t.ok(
      await eventually(
        'requests are answered again',
        async () => (await api.get('/v1/organizations')).status === 200,
      ),
    )
  },
)
