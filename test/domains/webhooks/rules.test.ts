import fc from 'fast-check'
import t from 'tap'
import { addressesOf, faultOfUrl, isAllowed, localTargets, publicTargets } from '../../../src/core/targets.ts'
import { headersOf, newSecret, repeats } from '../../../src/domains/webhooks/message.ts'
import {
  attemptsMax,
  delaysMs,
  disabledAfterMs,
  errorOfStatus,
  isLongFailing,
  judge,
  nextAttemptAt,
  pauseUntil,
  retryAfterMs,
} from '../../../src/domains/webhooks/rules.ts'

const now = new Date('2026-11-18T19:00:00Z')
const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

t.test('a delivery is tried ten times, each after its delay and up to a tenth more', async (t) => {
  t.equal(attemptsMax, 10)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), random, (attempts, chance) => {
      const at = nextAttemptAt(attempts, now, chance)
      const delay = delaysMs[attempts - 1] ?? 0
      const waited = (at?.getTime() ?? 0) - now.getTime()
      return waited >= delay && waited <= Math.ceil(delay * 1.1)
    }),
  )
  t.equal(nextAttemptAt(10, now, 0.5), undefined)
  t.match(judge({ statusCode: 500, error: 'refused' }, 10, now, 0), {
    status: 'dead',
    reason: 'attempts_exhausted',
    nextAttemptAt: null,
  })
})

t.test(
  'Retry-After is honoured in seconds and as a date, never sooner than planned, up to an hour',
  async (t) => {
    t.equal(retryAfterMs('120', now), 120_000)
    t.equal(retryAfterMs('Wed, 18 Nov 2026 19:10:00 GMT', now), 600_000)
    t.equal(retryAfterMs('Wed, 18 Nov 2026 18:10:00 GMT', now), 0, 'what is past asks for nothing')
    for (const nothing of [undefined, '', 'soon', '-5', '1.5', '1e9', '2026-11-18', 'Nov, never'])
      t.equal(retryAfterMs(nothing, now), 0, String(nothing))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(1e9), random, (attempts, asked, chance) => {
        const plain = nextAttemptAt(attempts, now, chance)?.getTime() ?? 0
        const patient = nextAttemptAt(attempts, now, chance, asked)?.getTime() ?? 0
        return patient >= plain && patient <= Math.max(plain, now.getTime() + 3_600_000)
      }),
    )
  },
)

t.test('what a process could not finish counts for nothing, and a success for everything', async (t) => {
  t.match(judge({ error: 'interrupted' }, 10, now, 0), { status: 'pending', attempts: 9, nextAttemptAt: now })
  for (const statusCode of [200, 201, 204, 299]) t.equal(errorOfStatus(statusCode), undefined)
  for (const statusCode of [300, 301, 307, 399]) t.equal(errorOfStatus(statusCode), 'redirected')
  for (const statusCode of [100, 400, 404, 429, 500, 599]) t.equal(errorOfStatus(statusCode), 'refused')
  t.equal(errorOfStatus(410), 'gone')
  t.match(judge({ statusCode: 200, error: 'answer_cut' }, 1, now, 0), { status: 'delivered' })
})

t.test('a failing endpoint is spared half as long as it has failed, five minutes at most', async (t) => {
  t.same(pauseUntil(now, now, 0), now, 'the first retry comes when it is due')
  fc.assert(
    fc.property(fc.nat(1e9), (since) => {
      const paused = pauseUntil(new Date(now.getTime() - since), now, 0).getTime() - now.getTime()
      return paused <= 300_000 && paused <= since / 2
    }),
  )
  t.notOk(isLongFailing(new Date(now.getTime() - disabledAfterMs + 1), now))
  t.ok(isLongFailing(new Date(now.getTime() - disabledAfterMs), now))
})

t.test('a challenge is repeated by a member of its own, not by an echo', async (t) => {
  t.ok(repeats('{"challenge":"c"}', 'c'))
  for (const echo of [
    'c',
    '"c"',
    '{"data":{"codes":{"challenge":"c"}}}',
    '{"challenge":"d"}',
    'null',
    '[',
    '',
  ])
    t.notOk(repeats(echo, 'c'), echo)
})

t.test('each secret that is good signs once', async (t) => {
  const secrets = [newSecret(), newSecret()]
  const { 'webhook-signature': signature } = headersOf({ id: 'x', body: '{}', secrets }, now)
  t.match(signature, /^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$/)
})

const byte = fc.integer({ min: 0, max: 255 })
const internal = fc.oneof(
  fc.tuple(byte, byte, byte).map(([b, c, d]) => `10.${b}.${c}.${d}`),
  fc.tuple(byte, byte, byte).map(([b, c, d]) => `127.${b}.${c}.${d}`),
  fc.tuple(byte, byte, byte).map(([b, c, d]) => `0.${b}.${c}.${d}`),
  fc.tuple(fc.integer({ min: 16, max: 31 }), byte, byte).map(([b, c, d]) => `172.${b}.${c}.${d}`),
  fc.tuple(fc.integer({ min: 64, max: 127 }), byte, byte).map(([b, c, d]) => `100.${b}.${c}.${d}`),
  fc.tuple(byte, byte).map(([c, d]) => `192.168.${c}.${d}`),
  fc.tuple(byte, byte).map(([c, d]) => `169.254.${c}.${d}`),
  fc.tuple(fc.integer({ min: 224, max: 255 }), byte, byte, byte).map((bytes) => bytes.join('.')),
)

t.test('no internal address is allowed, in whatever clothes it comes', async (t) => {
  const strict = { local: false }
  fc.assert(
    fc.property(internal, (address) => {
      const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
      const hex = (high: number, low: number) => ((high << 8) | low).toString(16)
      const [upper, lower] = [hex(a, b), hex(c, d)]
      return [
        address,
        `::ffff:${address}`,
        `::ffff:${upper}:${lower}`,
        `64:ff9b::${upper}:${lower}`,
        `64:ff9b:1::${upper}:${lower}`,
        `2002:${upper}:${lower}::1`,
        `::${upper}:${lower}`,
      ].every((one) => !isAllowed(one, strict))
    }),
  )
  for (const address of [
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    'fd12::1',
    'fec0::1',
    'ff02::1',
    '2001:db8::1',
    '2001::1',
    '100::1',
    'nonsense',
    '',
  ])
    t.notOk(isAllowed(address, strict), address)
  for (const address of ['8.8.8.8', '93.184.215.14', '2606:4700:4700::1111'])
    t.ok(isAllowed(address, strict), address)
  for (const address of ['169.254.169.254', 'fe80::1', '224.0.0.1', '0.0.0.0', '::ffff:127.0.0.1'])
    t.notOk(isAllowed(address, { local: true }), `${address}, not even for development`)
  t.ok(isAllowed('127.0.0.1', { local: true }))
})

t.test('what is refused of a URL, and of what its name leads to, has a code of its own', async (t) => {
  const fault = (url: string) => faultOfUrl(new URL(url), publicTargets)
  t.equal(fault('http://hooks.clinic.example/'), 'url_not_https')
  t.equal(fault('https://user:word@hooks.clinic.example/'), 'url_with_credentials')
  t.equal(fault('https://hooks.clinic.example:25/'), 'url_port')
  t.equal(fault('https://hooks.clinic.example:8443/'), undefined)
  const led = (to: string[], url = 'https://hooks.clinic.example/') =>
    addressesOf(new URL(url), { ...publicTargets, resolve: async () => to })
  t.equal(await led([]), 'url_unresolvable')
  t.equal(await led(['8.8.8.8', '10.0.0.1']), 'url_not_public', 'one internal address is enough')
  t.same(await led(['8.8.8.8']), ['8.8.8.8'])
  // The URL parser reads each of these as 127.0.0.1.
  for (const host of ['127.1', '0x7f.1', '2130706433', '0177.0.0.1', '[::1]', '[::ffff:7f00:1]'])
    t.equal(await led(['8.8.8.8'], `https://${host}/`), 'url_not_public', host)
  const failing = { ...localTargets, resolve: () => Promise.reject(new Error('SERVFAIL')) }
  t.equal(await addressesOf(new URL('https://hooks.clinic.example/'), failing), 'url_unresolvable')
})
