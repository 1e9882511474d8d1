import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { callerAt } from '../../src/plugins/address.ts'
import { eventually } from '../support/eventually.ts'
import { startService } from '../support/service.ts'

const unlimited = { client: 0, network: 0, address: 0 }

async function listening(t: Test, options: Parameters<typeof startService>[1]) {
  const service = await startService(t, options)
  await service.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = service.app.server.address() as AddressInfo
  return { ...service, port, url: `http://127.0.0.1:${port}` }
}

/** A connection by hand, and all that comes over it until it is closed. */
async function open(t: Test, port: number) {
  const socket: Socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  let text = ''
  socket.setEncoding('utf8')
  socket.on('data', (part: string) => {
    text += part
  })
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  await once(socket, 'connect')
  return {
    socket,
    said: async () => {
      await closed
      return text
    },
  }
}

function isRefusal(t: Test, text: string, status: number, code: string) {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  t.match(head, new RegExp(`^HTTP/1.1 ${status} `))
  t.match(head, /content-type: application\/problem\+json/i)
  t.match(JSON.parse(body), { status, code, type: `http://alongside.test/errors/${code}`, requestId: /\S/ })
}

const slow = { headersWithinMs: 300, requestWithinMs: 600, lookEveryMs: 50 }

t.test('who sends a head a byte at a time, or never sends the body, is sent away and told why', async (t) => {
  const { port } = await listening(t, { connections: slow })
  const drip = await open(t, port)
  drip.socket.write('GET /openapi.json HTTP/1.1\r\nHost: a\r\n')
  const dripping = setInterval(() => drip.socket.write('x: y\r\n'), 50)
  t.teardown(() => clearInterval(dripping))
  isRefusal(t, await drip.said(), 408, 'request_too_slow')

  const bodiless = await open(t, port)
  bodiless.socket.write(
    'POST /recognition/verify HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  )
  isRefusal(t, await bodiless.said(), 408, 'request_too_slow')
})

t.test('a head that is too large, and what is no HTTP, are refused as everything is', async (t) => {
  const { port, url } = await listening(t, {})
  const large = await open(t, port)
  large.socket.write(`GET / HTTP/1.1\r\nHost: a\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`)
  isRefusal(t, await large.said(), 431, 'headers_too_large')
  const noise = await open(t, port)
  noise.socket.write('\u0016\u0003\u0001 hello\r\n\r\n')
  isRefusal(t, await noise.said(), 400, 'malformed_json')
  t.equal((await fetch(`${url}/health/live`)).status, 200, 'and the others are answered')
})

t.test('a body that says it is too large is refused before it is read', async (t) => {
  const { port } = await listening(t, {})
  const large = await open(t, port)
  large.socket.write(
    'POST /recognition/verify HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n',
  )
  isRefusal(t, await large.said(), 413, 'body_too_large')
})

t.test(
  'beyond the connections that it takes the service closes the next one, and serves those it has',
  async (t) => {
    const { port } = await listening(t, { connections: { max: 2 } })
    const first = await open(t, port)
    await open(t, port)
    const third = await open(t, port)
    t.equal(await third.said(), '', 'closed without a word')
    first.socket.write('GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    t.match(await first.said(), /^HTTP\/1.1 200 /)
    await eventually('there is room again', async () => {
      const next = await open(t, port)
      next.socket.write('GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
      return /^HTTP\/1.1 200 /.test(await next.said())
    })
  },
)

t.test(
  'who calls without a token counts by their address, and has what the others have not used',
  async (t) => {
    const { url, as, createWorld, inject } = await listening(t, {
      limits: { shedsLoad: false, requestsPerMinute: { ...unlimited, address: 3 } },
    })
    for (const left of [2, 1, 0]) {
      const answer = await fetch(`${url}/recognition/keys`)
      t.equal(answer.headers.get('ratelimit-policy'), '"address";q=3;w=60')
      t.match(answer.headers.get('ratelimit'), new RegExp(`^"address";r=${left};t=\\d+$`))
    }
    const refused = await fetch(`${url}/education/certificates/none`)
    t.equal(refused.status, 429)
    t.match(await refused.json(), { code: 'rate_limited' })
    t.ok(Number(refused.headers.get('retry-after')) >= 1)
    const token = await fetch(`${url}/oauth/token`, { method: 'POST', body: new URLSearchParams({ a: 'b' }) })
    t.equal(token.status, 429, 'guessing secrets is no way around it')
    t.match(await token.json(), { error: 'temporarily_unavailable' })
    const guess = await fetch(`${url}/v1/referrals`, { headers: { authorization: 'Bearer guess' } })
    t.equal(guess.status, 429, 'nor is guessing tokens')
    t.equal((await fetch(`${url}/nowhere`)).status, 429, 'nor looking for pages')
    t.equal((await fetch(`${url}/health/live`)).status, 200, 'whoever watches is not counted')
    const { clinic } = await createWorld()
    t.equal((await (await as(clinic)).get('/v1/organizations')).status, 200, 'nor is a client')

    const elsewhere = await inject({ method: 'GET', url: '/recognition/keys', remoteAddress: '198.51.100.7' })
    t.equal(elsewhere.status, 200, 'another address has its own share')
  },
)

t.test('every route counts somebody: the client of a token, or an address', async (t) => {
  const routes: { method: string; url: string }[] = []
  const follow = (told: unknown) =>
    (told as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) routes.push({ method: one, url })
    })
  subscribe('fastify.initialization', follow)
  const { inject } = await startService(t, {
    limits: { shedsLoad: false, requestsPerMinute: { ...unlimited, address: 100_000 } },
    graphql: { graphiql: true },
  })
  unsubscribe('fastify.initialization', follow)
  const counted = routes.filter(({ url }) => !url.startsWith('/health/'))
  t.ok(counted.length > 200, `${counted.length} routes`)
  for (const { method, url } of counted) {
    // Nobody shows a token here.
    const answer = await inject({ method: method as 'GET', url: url.replace(/:\w+/g, 'x').replace('*', 'x') })
    t.equal(answer.headers['ratelimit-policy'], '"address";q=100000;w=60', `${method} ${url}`)
  }
})

t.test('a forwarded address is believed of a named proxy alone', async (t) => {
  const limits = { shedsLoad: false, requestsPerMinute: { ...unlimited, address: 1 } }
  const asked = (forwarded: string) =>
    ({ method: 'GET', url: '/recognition/keys', headers: { 'x-forwarded-for': forwarded } }) as const
  const said: string[] = []
  const stream = { write: (line: string) => void said.push(line) }
  const plain = await startService(t, { limits, logger: { level: 'warn', stream } })
  t.equal((await plain.inject(asked('198.51.100.1'))).status, 200)
  t.equal(
    (await plain.inject(asked('198.51.100.2'))).status,
    429,
    'whoever names themselves anew is who they were',
  )
  t.equal(said.filter((line) => line.includes('TRUST_PROXY')).length, 1, 'and the operator is told, once')

  const behind = await startService(t, { limits, trustedProxies: ['loopback', '10.0.0.0/8'] })
  t.equal((await behind.inject(asked('198.51.100.1'))).status, 200)
  t.equal((await behind.inject(asked('198.51.100.2'))).status, 200, 'the proxy tells them apart')
  t.equal((await behind.inject(asked('198.51.100.1'))).status, 429)
  t.equal(
    (await behind.inject(asked('203.0.113.9, 198.51.100.1, 10.1.2.3'))).status,
    429,
    'what stands before the last that is not ours is the caller’s own word',
  )
  const spoofed = { ...asked('203.0.113.8'), remoteAddress: '192.0.2.1' }
  t.equal((await behind.inject(spoofed)).status, 200)
  t.equal(
    (await behind.inject({ ...spoofed, ...asked('203.0.113.7'), remoteAddress: '192.0.2.1' })).status,
    429,
  )
  t.equal((await behind.inject(asked(`${'junk '.repeat(40)}`))).status, 200, 'no address is one address')
})

t.test('over IPv6 a customer counts once, and IPv4 is the same however it is written', async (t) => {
  t.equal(callerAt('2001:db8:1:2:3:4:5:6'), callerAt('2001:db8:1:2::1'))
  t.not(callerAt('2001:db8:1:2::1'), callerAt('2001:db8:1:3::1'))
  t.equal(callerAt('::ffff:192.0.2.1'), callerAt('192.0.2.1'))
  t.not(callerAt('192.0.2.1'), callerAt('192.0.2.2'))
})

t.test('pages of other origins may call only where they are named', async (t) => {
  const [portal, other] = ['https://portal.example', 'https://elsewhere.example']
  const preflight = (origin: string) =>
    ({
      method: 'OPTIONS',
      url: '/v1/referrals',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,idempotency-key',
      },
    }) as const
  const closed = await startService(t)
  t.notOk(
    (await closed.inject(preflight(portal))).headers['access-control-allow-origin'],
    'nobody by default',
  )

  const { inject, as, createWorld, port, tokenOf } = await listening(t, { corsOrigins: [portal] })
  const allowed = await inject(preflight(portal))
  t.equal(allowed.status, 204, 'a preflight needs no token')
  t.match(allowed.headers, {
    'access-control-allow-origin': portal,
    'access-control-allow-headers': /idempotency-key/,
    'access-control-allow-methods': 'GET, POST, PATCH',
  })
  t.notOk(allowed.headers['access-control-allow-credentials'])
  t.notOk((await inject(preflight(other))).headers['access-control-allow-origin'])
  const { clinic } = await createWorld()
  const api = await as(clinic)
  const read = await api.get('/v1/organizations', { origin: portal })
  t.equal(read.headers['access-control-allow-origin'], portal)
  t.match(read.headers['access-control-expose-headers'], /etag/)
  t.match(read.headers.vary, /origin/i, 'a cache does not give it to the next')
  t.notOk((await api.get('/v1/organizations', { origin: other })).headers['access-control-allow-origin'])

  const stream = await open(t, port)
  stream.socket.write(
    `GET /v1/events/stream HTTP/1.1\r\nHost: a\r\nOrigin: ${portal}\r\nAuthorization: Bearer ${await tokenOf(clinic)}\r\n\r\n`,
  )
  let head = ''
  stream.socket.on('data', (part: string) => {
    head += part
  })
  await eventually('the stream begins', () => head.includes('retry: 2000'))
  t.match(head, /access-control-allow-origin: https:\/\/portal\.example/i, 'streams too')
  t.match(head, /x-content-type-options: nosniff/i)
})
