import { randomBytes, randomUUID } from 'node:crypto'
import {
  type CryptoKey,
  createLocalJWKSet,
  decodeJwt,
  exportPKCS8,
  generateKeyPair,
  importPKCS8,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose'
import t, { type Test } from 'tap'
import { buildApp } from '../../../src/app.ts'
import { systemTime } from '../../../src/core/clock.ts'
import { scopes } from '../../../src/core/context.ts'
import { createKeyring } from '../../../src/core/keyring.ts'
import { createSigningKeys, rotateSigningKey } from '../../../src/domains/tokens/keys.ts'
import { routes } from '../../../src/rest/routes.ts'
import { type Answer, startService } from '../../support/service.ts'

const issuer = 'http://alongside.test'
const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

interface Forgery {
  readonly header?: Record<string, unknown>
  /** Undefined takes a claim away. */
  readonly claims?: Record<string, unknown>
  readonly key?: CryptoKey | Uint8Array
}

/** The service, its real signing key in the test's hand, and a world whose operator's claims are at hand. */
async function withSigningKey(t: Test) {
  const started = await startService(t)
  const world = await started.createWorld()
  const signing = await createSigningKeys(started.service, () => new Date()).current()
  const privateKey = await importPKCS8(signing.privatePem, 'ES256')
  const grant = {
    clientId: world.operator.clientId,
    networkId: world.networkId,
    organizationId: world.operator.organizationId,
    scopes: world.operator.scopes,
  }
  /** A token such as the service signs, but for what the test says. */
  const sign = ({ header, claims, key = privateKey }: Forgery = {}) =>
    new SignJWT({
      iss: issuer,
      sub: grant.clientId,
      network: grant.networkId,
      org: grant.organizationId,
      scope: grant.scopes.join(' '),
      iat: secondsFromNow(0),
      exp: secondsFromNow(300),
      ...claims,
    } as JWTPayload)
      .setProtectedHeader({ alg: 'ES256', kid: signing.kid, ...header })
      .sign(key)
  const present = (authorization?: string) =>
    started.inject({ url: '/v1/referrals', headers: authorization === undefined ? {} : { authorization } })
  return { ...started, world, grant, signing, sign, present }
}

function isUnauthenticated(t: Test, { status, headers, body }: Answer, why: string) {
  t.equal(status, 401, why)
  t.equal(body.code, 'unauthenticated', why)
  t.match(headers['content-type'], 'application/problem+json', why)
  t.match(headers['www-authenticate'], 'Bearer', why)
}

t.test('without a token that this service signed, there is no way in', async (t) => {
  const { sign, present } = await withSigningKey(t)
  t.equal((await present(`Bearer ${await sign()}`)).status, 200, 'what the others deviate from is good')
  isUnauthenticated(t, await present(), 'no token')
  const good = await sign()
  const credentials = Buffer.from('client:secret').toString('base64')
  for (const authorization of [
    '',
    'Bearer',
    'Bearer ',
    'Bearer garbage',
    'Bearer a.b.c',
    'Bearer ...',
    `Bearer ${good} ${good}`,
    `Bearer ${good.slice(0, -4)}`,
    `Basic ${credentials}`,
    good,
  ]) {
    isUnauthenticated(t, await present(authorization), authorization || 'an empty header')
  }
})

t.test('a token cannot be made, changed or prolonged by anyone but this service', async (t) => {
  const { grant, sign, signing, present, unknownId, world } = await withSigningKey(t)
  const own = await generateKeyPair('ES256', { extractable: true })
  const text = (value: string) => new TextEncoder().encode(value)
  const forgeries: Record<string, Forgery> = {
    // Whoever can make a key pair would be any client of any network.
    'another key under our kid': { key: own.privateKey },
    'another key under an unknown kid': { key: own.privateKey, header: { kid: randomUUID() } },
    'another key that the token brings along': {
      key: own.privateKey,
      header: { jwk: { kty: 'EC', crv: 'P-256' }, jku: 'https://elsewhere.example/jwks.json' },
    },
    'no kid': { header: { kid: undefined } },
    'a kid that is SQL': { header: { kid: "' or true --" } },
    // The public key is public: as an HMAC secret it would let anybody sign.
    'HS256 with our public key in PEM': { key: text(signing.publicPem), header: { alg: 'HS256' } },
    'HS256 with our public key as JWK': {
      key: text(JSON.stringify(signing.publicJwk)),
      header: { alg: 'HS256' },
    },
    // A token of last year's employee, or of a service that shares the key, would still open the door.
    expired: { claims: { iat: secondsFromNow(-301), exp: secondsFromNow(-1) } },
    'not valid yet': { claims: { nbf: secondsFromNow(60) } },
    'another issuer': { claims: { iss: 'https://elsewhere.example' } },
    'an issuer that begins like ours': { claims: { iss: `${issuer}.elsewhere.example` } },
    'no issuer': { claims: { iss: undefined } },
    'no client': { claims: { sub: undefined } },
    'no network': { claims: { network: undefined } },
    'no organization': { claims: { org: undefined } },
    'no scope claim': { claims: { scope: undefined } },
    // These become the text of SET LOCAL: they could otherwise say what the transaction may see.
    'a network that is SQL': { claims: { network: `${grant.networkId}'; set local role postgres; --` } },
    'an organization that is SQL': { claims: { org: `${grant.organizationId}' or true; --` } },
    'a network that is a list': { claims: { network: [grant.networkId] } },
    'scopes as a list': { claims: { scope: [...scopes] } },
  }
  for (const [why, forgery] of Object.entries(forgeries)) {
    isUnauthenticated(t, await present(`Bearer ${await sign(forgery)}`), why)
  }

  const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const good = await sign()
  const [header = '', payload = '', signature = ''] = good.split('.')
  t.equal((await present(`Bearer ${good}`)).status, 200)
  const changed = (claims: object) => `${header}.${base64url({ ...decodeJwt(good), ...claims })}.${signature}`
  for (const [why, token] of Object.entries({
    // Anybody could write these with a text editor.
    'alg none, unsigned': `${base64url({ alg: 'none', kid: signing.kid })}.${payload}.`,
    'alg none, with a signature': `${base64url({ alg: 'none', kid: signing.kid })}.${payload}.${signature}`,
    'a signature cut off': `${header}.${payload}.`,
    // Every client would be one edit away from every other organization, and from every network.
    'another organization under the signature': changed({ org: world.clinic.organizationId }),
    'another network under the signature': changed({ network: unknownId() }),
    'more scopes under the signature': changed({ scope: scopes.join(' ') }),
    'a later end under the signature': changed({ exp: secondsFromNow(86_400) }),
  })) {
    isUnauthenticated(t, await present(`Bearer ${token}`), why)
  }
})

t.test('a token ends when the answer said it would, within a quarter of an hour', async (t) => {
  const { app, grant } = await withSigningKey(t)
  const { accessToken, expiresInSeconds } = await app.issueToken(grant)
  const { iat = 0, exp = 0 } = decodeJwt(accessToken)
  // A revoked client would go on reading for as long as its last token lives.
  t.equal(exp - iat, expiresInSeconds)
  t.ok(expiresInSeconds <= 15 * 60)
})

t.test('a token without an end is no token', async (t) => {
  const { present, sign } = await withSigningKey(t)
  // One slip where tokens are signed would otherwise hand out keys for ever, and nothing would notice.
  isUnauthenticated(t, await present(`Bearer ${await sign({ claims: { exp: undefined } })}`), 'no exp')
})

t.test('no operation of /v1 answers without a token, nor tells which paths exist', async (t) => {
  const { inject, unknownId } = await startService(t)
  t.ok(routes.length > 40)
  for (const { method, path } of routes) {
    const url = `/v1${path.replace(/\{\w+\}/g, unknownId)}`
    const verb = method.toUpperCase() as 'GET' | 'POST' | 'PATCH'
    isUnauthenticated(t, await inject({ method: verb, url }), `${verb} ${path}`)
  }
  // A stranger could otherwise map the service, and find a route that somebody forgot to protect.
  for (const url of ['/v1/no-such-operation', '/v1/', '/v1/referrals/../clients', '/v1/%00']) {
    isUnauthenticated(t, await inject({ url }), url)
  }
})

t.test('every operation needs its scope, and a refusal names the one that is missing', async (t) => {
  const { as, createWorld, unknownId } = await startService(t)
  const { admin } = await createWorld()
  for (const { action, method, path, bulk } of routes) {
    // A clinic's reporting tool could otherwise make referrals, and a referring system hand out clients.
    const allButOne = scopes.filter((scope) => scope !== action.scope)
    const api = await as(admin, allButOne)
    const url = `/v1${path.replace(/\{\w+\}/g, unknownId)}`
    const reply = await (method === 'get'
      ? api.get(url)
      : api[method](url, bulk ? 'x' : {}, {
          'content-type': bulk ? 'text/csv' : 'application/json',
          'if-match': '"v1"',
        }))
    t.match(reply.body, { status: 403, code: 'insufficient_scope' }, `${method} ${path}`)
    t.match(reply.body.detail, action.scope, `${method} ${path} names ${action.scope}`)
    t.match(reply.headers['content-type'], 'application/problem+json')
  }
})

t.test('a scope is a whole word: neither its beginning nor its other right counts for it', async (t) => {
  const { present, sign } = await withSigningKey(t)
  for (const scope of ['', 'referrals', 'referrals:write', 'referrals:read2', 'REFERRALS:READ', '*']) {
    const { body } = await present(`Bearer ${await sign({ claims: { scope } })}`)
    t.match(body, { status: 403, code: 'insufficient_scope' }, `scope "${scope}"`)
  }
})

t.test('anyone can verify a token with the published keys, and nobody can sign with them', async (t) => {
  const { app, grant, inject, signing, stored } = await withSigningKey(t)
  const published = await inject({ url: '/.well-known/jwks.json' })
  t.equal(published.status, 200)
  const jwks: JSONWebKeySet = published.body
  t.ok(jwks.keys.length > 0)
  // With one of these members in the answer, everybody could sign tokens for every network.
  const privateMembers = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])
  for (const key of jwks.keys) {
    t.same(
      Object.keys(key).filter((member) => privateMembers.has(member)),
      [],
    )
    t.match(key, { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid: String })
  }

  const { accessToken } = await app.issueToken(grant)
  const { payload } = await jwtVerify(accessToken, createLocalJWKSet(jwks), { issuer, algorithms: ['ES256'] })
  t.match(payload, {
    sub: grant.clientId,
    network: grant.networkId,
    org: grant.organizationId,
    scope: grant.scopes.join(' '),
  })

  const [row] = await stored<{ private_key: Buffer }>('select private_key from signing_keys')
  const secretPart = Buffer.from(signing.privatePem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  // A stolen backup would otherwise sign tokens.
  t.notOk(row?.private_key.includes('PRIVATE KEY'))
  t.notOk(row?.private_key.includes(secretPart.subarray(-32)))
})

t.test('a new key is published before it signs, and the old one outlives its last token', async (t) => {
  const { service } = await startService(t)
  const began = new Date()
  let now = began
  const keys = createSigningKeys(service, () => now)
  const at = (minutes: number) => {
    now = new Date(began.getTime() + minutes * 60_000)
  }
  const published = async () => (await keys.published()).map(({ kid }) => kid)

  const { kid: first } = await keys.current()
  const second = await rotateSigningKey(service, began)
  t.not(second, first)
  at(1.5)
  // A reader that keeps the key set for a minute meets no token whose key it does not know.
  t.same(await published(), [first, second], 'both are published')
  t.equal((await keys.current()).kid, first, 'the first still signs')
  at(3)
  t.equal((await keys.current()).kid, second, 'the second signs')
  t.same(await published(), [first, second], 'the first verifies what it signed')
  at(2 + 16)
  t.equal((await keys.byId(first))?.kid, first, 'longer than any token lives')
  at(2 + 31)
  t.same(await published(), [second], 'then it is gone')
  // A key that leaked would otherwise sign valid tokens for ever.
  t.equal(await keys.byId(first), undefined)
})

t.test('a rotation of the signing key fails no request', async (t) => {
  const { app, createWorld, service, stored, time } = await startService(t)
  const { operator } = await createWorld()
  const { kid: first } = await createSigningKeys(service, () => new Date()).current()
  const before = (await app.issueToken(operator)).accessToken
  const second = await rotateSigningKey(service, new Date())
  const published = createSigningKeys(service, () => new Date())
  t.equal((await published.current()).kid, first, 'the new key does not sign yet')
  t.same(
    new Set((await published.published()).map(({ kid }) => kid)),
    new Set([first, second]),
    'but everybody knows it',
  )
  await stored('update signing_keys set signs_from = now() where id = $1', [second])
  const replica = await buildApp({
    service,
    time,
    publicUrl: () => issuer,
    accessTokenSeconds: 300,
    logger: false,
  })
  t.teardown(() => replica.close())
  const after = (await replica.issueToken(operator)).accessToken
  const jwks = (await replica.inject('/.well-known/jwks.json')).json<JSONWebKeySet>()
  const kidOf = async (token: string) => (await jwtVerify(token, createLocalJWKSet(jwks))).protectedHeader.kid
  t.equal(await kidOf(before), first)
  t.equal(await kidOf(after), second)
  for (const token of [before, after]) {
    const reply = await replica.inject({
      url: '/v1/referrals',
      headers: { authorization: `Bearer ${token}` },
    })
    t.equal(reply.statusCode, 200)
  }
})

t.test('two processes that start on an empty database agree on one key', async (t) => {
  const { service, stored } = await startService(t)
  const clock = () => new Date()
  const started = Array.from({ length: 4 }, () => createSigningKeys(service, clock).current())
  const kids = new Set((await Promise.all(started)).map(({ kid }) => kid))
  // Otherwise half of the tokens would be refused by the other half of the processes.
  t.equal(kids.size, 1)
  t.equal((await stored('select id from signing_keys')).length, 1)
})

t.test('the service signs with no key that it did not seal itself', async (t) => {
  const { service, stored } = await startService(t)
  const clock = () => new Date()
  const { kid } = await createSigningKeys(service, clock).current()
  const stranger = { ...service, keyring: createKeyring(randomBytes(32)) }
  // A stolen backup would otherwise sign tokens.
  await t.rejects(createSigningKeys(stranger, clock).current(), 'without the master key it does not open')

  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const planted = Buffer.from(await exportPKCS8(privateKey))
  await stored('update signing_keys set private_key = $1', [planted])
  // Whoever writes to the table, but does not hold the master key, could otherwise plant a key of their own.
  await t.rejects(createSigningKeys(service, clock).current(), 'it does not sign')
  await t.rejects(createSigningKeys(service, clock).byId(kid), 'nor does it verify')
})

t.test('under another master key the service does not start, and no key is rotated', async (t) => {
  const { service } = await startService(t)
  await rotateSigningKey(service, new Date())
  const wrong = { ...service, keyring: createKeyring(Buffer.alloc(32, 9)) }
  const options = {
    service: wrong,
    time: systemTime,
    publicUrl: () => 'http://alongside.test',
    accessTokenSeconds: 300,
    logger: false,
  }
  const app = await buildApp(options)
  t.teardown(() => app.close())
  // It would answer 401 to every token without a word why.
  await t.rejects(async () => app.ready(), /MASTER_KEY does not open the signing keys/)
  // It would retire the keys that the other processes sign with.
  await t.rejects(rotateSigningKey(wrong, new Date()), /MASTER_KEY does not open the signing keys/)
})
