import { randomUUID } from 'node:crypto'
import {
  type CryptoKey,
  decodeJwt,
  exportJWK,
  exportPKCS8,
  exportSPKI,
  generateKeyPair,
  importPKCS8,
  type JWTPayload,
  SignJWT,
} from 'jose'
import * as oidc from 'openid-client'
import t, { type Test } from 'tap'
import { stepUpScopes } from '../../../src/core/context.ts'
import { startService } from '../../support/service.ts'

const issuer = 'http://alongside.test'
const tokenUrl = `${issuer}/oauth/token`
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const ownScopes = ['clients:read', 'referrals:read', 'referrals:write']

interface Answered {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  readonly body: any
}

interface SystemWithKey {
  readonly clientId: string
  readonly clientSecret: string
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
}

/** The service on a real socket, as a client in another process meets it. */
async function listen(t: Test) {
  const started = await startService(t)
  const world = await started.createWorld()
  const address = await started.app.listen({ host: '127.0.0.1', port: 0 })

  async function send(body: string, headers: Record<string, string> = {}): Promise<Answered> {
    const reply = await fetch(`${address}/oauth/token`, { method: 'POST', body, headers })
    return { status: reply.status, headers: reply.headers, body: await reply.json() }
  }

  const ask = (form: Record<string, string>, headers: Record<string, string> = {}) =>
    send(new URLSearchParams({ grant_type: 'client_credentials', ...form }).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    })

  /** openid-client, which believes to speak to the public URL. */
  const discover = (clientId: string, authentication: oidc.ClientAuth) =>
    oidc.discovery(new URL(issuer), clientId, undefined, authentication, {
      algorithm: 'oauth2',
      execute: [oidc.allowInsecureRequests],
      [oidc.customFetch]: (url, { body, ...options }) =>
        fetch(url.replace(issuer, address), { ...options, body: body ?? null }),
    })

  async function register(jwk: object, scopes: readonly string[] = ownScopes) {
    const admin = await started.as(world.admin)
    const { body, status } = await admin.post('/v1/clients', {
      organizationId: world.clinic.organizationId,
      name: 'Sample Clinic EHR',
      scopes,
      jwks: { keys: [jwk] },
    })
    t.equal(status, 201)
    return { clientId: String(body.id), clientSecret: String(body.clientSecret) }
  }

  async function withKey(algorithm = 'ES384'): Promise<SystemWithKey> {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
    const kid = randomUUID()
    const registered = await register({ ...(await exportJWK(publicKey)), kid, alg: algorithm })
    return { ...registered, kid, privateKey, publicKey }
  }

  const clinic = { clientId: world.clinic.clientId, clientSecret: world.clinic.clientSecret }
  return { ...started, world, clinic, send, ask, discover, withKey }
}

interface Deviation {
  readonly header?: Record<string, unknown>
  /** Undefined takes a claim away. */
  readonly claims?: JWTPayload
  readonly key?: CryptoKey | Uint8Array
}

const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

/** An assertion that is good but for what the test says. */
function assertionOf(system: SystemWithKey, { header, claims, key }: Deviation = {}): Promise<string> {
  return new SignJWT({
    iss: system.clientId,
    sub: system.clientId,
    aud: tokenUrl,
    jti: randomUUID(),
    iat: secondsFromNow(0),
    exp: secondsFromNow(240),
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES384', kid: system.kid, typ: 'JWT', ...header })
    .sign(key ?? system.privateKey)
}

const asAssertion = (assertion: string) => ({
  client_assertion_type: assertionType,
  client_assertion: assertion,
})

function basic(clientId: string, clientSecret: string) {
  return { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` }
}

/** The same bytes for every reason: what was right about a failed attempt stays unknown. */
const invalidClient = { error: 'invalid_client', error_description: 'Client authentication failed.' }

function isRefused(t: Test, reply: Answered, error: string, why: string) {
  t.equal(reply.body.error, error, why)
  t.type(reply.body.error_description, 'string', why)
  t.same(Object.keys(reply.body).sort(), ['error', 'error_description'], why)
  t.ok(reply.status >= 400 && reply.status < 500, `${why}: ${reply.status}`)
  t.match(reply.headers.get('content-type'), 'application/json', why)
  t.equal(reply.headers.get('cache-control'), 'no-store', why)
}

function isUnknownClient(t: Test, reply: Answered, why: string) {
  isRefused(t, reply, 'invalid_client', why)
  t.same(reply.body, invalidClient, why)
}

t.test('a client finds the token endpoint by discovery and gets a token for its secret', async (t) => {
  const { clinic, discover, withToken, world } = await listen(t)
  for (const [name, authentication] of Object.entries({
    client_secret_basic: oidc.ClientSecretBasic(clinic.clientSecret),
    client_secret_post: oidc.ClientSecretPost(clinic.clientSecret),
  })) {
    const configuration = await discover(clinic.clientId, authentication)
    t.ok(
      configuration.serverMetadata().token_endpoint_auth_methods_supported?.includes(name),
      `${name} is announced`,
    )
    const token = await oidc.clientCredentialsGrant(configuration)
    t.match(token, { token_type: 'bearer', expires_in: 300 }, name)
    t.same(
      new Set(token.scope?.split(' ')),
      new Set(world.clinic.scopes.filter((scope) => !stepUpScopes.has(scope))),
      name,
    )
    t.equal((await withToken(token.access_token).get('/v1/referrals')).status, 200, name)
  }
})

t.test('a client that proves itself with its own key needs to share no secret', async (t) => {
  const { discover, withKey, withToken } = await listen(t)
  for (const algorithm of ['ES384', 'RS384', 'ES256', 'RS256']) {
    const { clientId, kid, privateKey } = await withKey(algorithm)
    const key = { key: privateKey, kid }
    const addressed = {
      'to the issuer (RFC 7523bis)': oidc.PrivateKeyJwt(key),
      'to the token endpoint (SMART Backend Services)': oidc.PrivateKeyJwt(key, {
        [oidc.modifyAssertion]: (header, payload) => {
          header.typ = 'JWT'
          payload.aud = tokenUrl
        },
      }),
    }
    for (const [audience, authentication] of Object.entries(addressed)) {
      const configuration = await discover(clientId, authentication)
      const announced = configuration.serverMetadata().token_endpoint_auth_signing_alg_values_supported
      t.ok(announced?.includes(algorithm), `${algorithm} is announced`)
      const token = await oidc.clientCredentialsGrant(configuration, { scope: 'clients:read' })
      t.equal(token.scope, 'clients:read', `${algorithm}, addressed ${audience}`)
      t.equal((await withToken(token.access_token).get('/v1/clients')).status, 200)
    }
  }
})

t.test('a token is handed out not to be cached, and says who asked', async (t) => {
  const { ask, clinic, world } = await listen(t)
  const { status, headers, body } = await ask({
    client_id: clinic.clientId,
    client_secret: clinic.clientSecret,
  })
  t.equal(status, 200)
  t.equal(headers.get('cache-control'), 'no-store')
  t.equal(headers.get('pragma'), 'no-cache')
  t.match(decodeJwt(body.access_token), {
    iss: issuer,
    sub: clinic.clientId,
    network: world.networkId,
    org: world.clinic.organizationId,
    scope: body.scope,
  })
})

t.test('an assertion is good once', async (t) => {
  const { ask, withKey } = await listen(t)
  const system = await withKey()

  // Whoever reads one request off a proxy's log could otherwise ask for tokens until the assertion expires.
  const assertion = asAssertion(await assertionOf(system))
  t.equal((await ask(assertion)).status, 200)
  isUnknownClient(t, await ask(assertion), 'sent again')

  const sameJti = await assertionOf(system, {
    claims: { jti: decodeJwt(assertion.client_assertion).jti, exp: secondsFromNow(100) },
  })
  isUnknownClient(t, await ask(asAssertion(sameJti)), 'the jti again in another assertion')

  // Looking first and writing after would let both of two simultaneous requests through.
  const raced = asAssertion(await assertionOf(system))
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask(raced)))
  t.equal(answers.filter(({ status }) => status === 200).length, 1, 'one of six at once')

  const other = await withKey()
  const jti = randomUUID()
  t.equal((await ask(asAssertion(await assertionOf(system, { claims: { jti } })))).status, 200)
  t.equal(
    (await ask(asAssertion(await assertionOf(other, { claims: { jti } })))).status,
    200,
    'another client may use the same jti',
  )
})

t.test('an assertion is believed only when its registered key, address and hour are right', async (t) => {
  const { ask, withKey } = await listen(t)
  const system = await withKey()
  const other = await withKey()
  const present = async (deviation?: Deviation) => ask(asAssertion(await assertionOf(system, deviation)))
  t.equal((await present()).status, 200, 'nothing is wrong with the assertion that the others deviate from')
  for (const [why, deviation] of Object.entries<Deviation>({
    'an audience among several': { claims: { aud: ['https://elsewhere.example', issuer] } },
    'no iat': { claims: { iat: undefined } },
    'no typ': { header: { typ: undefined } },
  })) {
    t.equal((await present(deviation)).status, 200, `${why} is good enough`)
  }

  const publicPem = new TextEncoder().encode(await exportSPKI(system.publicKey))
  const sharedSecret = new TextEncoder().encode(system.clientSecret)
  const deviations: Record<string, Deviation> = {
    // Anybody could make one and be this client.
    'another client’s key under this client’s kid': { key: other.privateKey },
    'another client’s key under its own kid': { key: other.privateKey, header: { kid: other.kid } },
    'HS256 with the public key as the secret': { key: publicPem, header: { alg: 'HS256' } },
    'HS256 with the client secret': { key: sharedSecret, header: { alg: 'HS256' } },
    // Keys are registered: a token may not say where its own key is to be found.
    'a jku that is not registered': { header: { jku: 'https://elsewhere.example/jwks.json' } },
    'an unknown kid': { header: { kid: 'unknown' } },
    'no kid': { header: { kid: undefined } },
    // A token made for another purpose or another service would open this one.
    'another typ': { header: { typ: 'at+jwt' } },
    'another service’s audience': { claims: { aud: 'https://elsewhere.example/oauth/token' } },
    'an audience that begins like ours': { claims: { aud: `${issuer}.elsewhere.example/oauth/token` } },
    'no audience': { claims: { aud: undefined } },
    'a subject that is not the issuer': { claims: { iss: other.clientId } },
    'an issuer that is not the subject': { claims: { sub: other.clientId } },
    'no issuer': { claims: { iss: undefined } },
    'no subject': { claims: { sub: undefined } },
    // A stolen assertion would be good for as long as the thief likes.
    'no exp': { claims: { exp: undefined } },
    expired: { claims: { iat: secondsFromNow(-240), exp: secondsFromNow(-60) } },
    'a life of six minutes': { claims: { exp: secondsFromNow(361) } },
    'an end six minutes ahead and no iat': { claims: { iat: undefined, exp: secondsFromNow(361) } },
    'an end six minutes ahead and an iat to match': {
      claims: { iat: secondsFromNow(300), exp: secondsFromNow(361) },
    },
    'an end in a thousand years': { claims: { iat: undefined, exp: secondsFromNow(1000 * 31_557_600) } },
    'not valid yet': { claims: { nbf: secondsFromNow(120) } },
    // Without one it could not be known again.
    'no jti': { claims: { jti: undefined } },
    'an empty jti': { claims: { jti: '' } },
    'a jti of 256 characters': { claims: { jti: 'j'.repeat(256) } },
  }
  for (const [why, deviation] of Object.entries(deviations)) {
    isUnknownClient(t, await present(deviation), why)
  }
})

t.test('an assertion is signed by an announced algorithm, whatever else its key could do', async (t) => {
  const { ask, stored, withKey } = await listen(t)
  const system = await withKey('RS384')
  const { alg: _, ...jwk } = await exportJWK(system.publicKey)
  const jwks = { keys: [{ ...jwk, kid: system.kid }] }
  await stored('update api_clients set jwks = $1 where id = $2', [jwks, system.clientId])
  const signedBy = async (alg: string) => {
    const key = await importPKCS8(await exportPKCS8(system.privateKey), alg)
    return ask(asAssertion(await assertionOf(system, { header: { alg }, key })))
  }
  t.equal((await signedBy('RS384')).status, 200)
  t.equal((await signedBy('RS256')).status, 200, 'a key registered without an algorithm may use several')
  // The list is what keeps out the next algorithm that a library learns and somebody breaks.
  for (const alg of ['RS512', 'PS384']) isUnknownClient(t, await signedBy(alg), alg)
})

t.test('what is not an assertion of this client at all is refused alike', async (t) => {
  const { app, ask, clinic, withKey, world } = await listen(t)
  const system = await withKey()
  const good = await assertionOf(system)
  const [header = '', payload = '', signature = ''] = good.split('.')
  const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const unsigned = base64url({ alg: 'none', kid: system.kid, typ: 'JWT' })
  const { accessToken } = await app.issueToken({
    clientId: system.clientId,
    networkId: world.networkId,
    organizationId: world.clinic.organizationId,
    scopes: ownScopes,
  })
  for (const [why, assertion] of Object.entries({
    // Anybody who knows a client id could write these.
    'alg none, unsigned': `${unsigned}.${payload}.`,
    'alg none, with a signature': `${unsigned}.${payload}.${signature}`,
    'a signature cut off': `${header}.${payload}.`,
    'claims changed under the signature': `${header}.${base64url({ ...decodeJwt(good), jti: 'mine' })}.${signature}`,
    // A token of five minutes would renew itself for ever.
    'an access token': accessToken,
    'not a JWT': 'garbage',
    'three dots': '...',
    nothing: '',
  })) {
    isUnknownClient(t, await ask(asAssertion(assertion)), why)
  }
  isUnknownClient(
    t,
    await ask({ ...asAssertion(good), client_id: clinic.clientId }),
    'the client_id of another client beside it',
  )
  const keyless = { ...system, clientId: clinic.clientId }
  isUnknownClient(t, await ask(asAssertion(await assertionOf(keyless))), 'of a client without a key')
  t.equal(
    (await ask({ ...asAssertion(good), client_id: system.clientId })).status,
    200,
    'with its own client_id beside it, it is good',
  )
})

t.test('a wrong secret, an unknown client and a malformed id cannot be told apart', async (t) => {
  const { ask, clinic, unknownId, world } = await listen(t)
  const { clientId, clientSecret } = clinic
  t.equal((await ask({ client_id: clientId, client_secret: clientSecret })).status, 200)
  const cases: Record<string, [string, string]> = {
    'a wrong secret': [clientId, `${clientSecret.slice(0, -1)}${clientSecret.endsWith('A') ? 'B' : 'A'}`],
    'a secret in other letters': [clientId, clientSecret.toUpperCase()],
    'the beginning of the secret': [clientId, clientSecret.slice(0, -1)],
    'no secret': [clientId, ''],
    'another client’s secret': [clientId, world.otherClinic.clientSecret],
    'an unknown client': [unknownId(), clientSecret],
    'an organization for a client': [world.clinic.organizationId, clientSecret],
    'an id that is none': ['clinic', clientSecret],
    'an id in capitals': [clientId.toUpperCase(), clientSecret],
    // The id becomes part of SET LOCAL: it could otherwise say what the transaction may see.
    'an id that is SQL': [`${clientId}'; set local role postgres; --`, clientSecret],
    'no id': ['', clientSecret],
    'U+0000': ['\u0000', '\u0000'],
  }
  for (const [why, [id, secret]] of Object.entries(cases)) {
    const posted = await ask({ client_id: id, client_secret: secret })
    isUnknownClient(t, posted, why)
    t.equal(posted.status, 400, why)
    const withBasic = await ask({}, basic(encodeURIComponent(id), encodeURIComponent(secret)))
    isUnknownClient(t, withBasic, `${why}, as Basic`)
    t.equal(withBasic.status, 401, why)
    t.match(withBasic.headers.get('www-authenticate'), 'Basic', why)
  }
  for (const [why, form] of Object.entries<Record<string, string>>({
    'no authentication': {},
    'an id alone': { client_id: clientId },
    'a secret alone': { client_secret: clientSecret },
  })) {
    isUnknownClient(t, await ask(form), why)
  }
  for (const authorization of ['Basic', 'Basic %', 'Basic Og==', 'Basic JTpzZWNyZXQ=', 'Bearer abc']) {
    isUnknownClient(t, await ask({}, { authorization }), authorization)
  }
})

t.test('a client authenticates one way only', async (t) => {
  const { ask, withKey } = await listen(t)
  const system = await withKey()
  const { clientId, clientSecret } = system
  const assertion = asAssertion(await assertionOf(system))
  // With two identities in one request, the one that was checked might not be the one that is logged.
  for (const [why, reply] of Object.entries({
    'Basic and a secret': await ask({ client_secret: clientSecret }, basic(clientId, clientSecret)),
    'Basic and an assertion': await ask(assertion, basic(clientId, clientSecret)),
    'a secret and an assertion': await ask({
      ...assertion,
      client_id: clientId,
      client_secret: clientSecret,
    }),
    'an assertion of another type': await ask({
      ...assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
    }),
    'an assertion of no type': await ask({ client_assertion: assertion.client_assertion }),
  })) {
    isRefused(t, reply, 'invalid_request', why)
  }
  t.equal((await ask(assertion)).status, 200, 'the assertion alone was good all the while')
})

t.test('a request that is not well-formed is told so in the words of RFC 6749', async (t) => {
  const { clinic, send } = await listen(t)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const credentials = `client_id=${clinic.clientId}&client_secret=${clinic.clientSecret}`
  const grant = 'grant_type=client_credentials'
  t.equal((await send(`${grant}&${credentials}`, form)).status, 200)

  const malformed: Record<string, Promise<Answered>> = {
    'no grant_type': send(credentials, form),
    'nothing at all': send('', form),
    'a parameter twice': send(`${grant}&${credentials}&client_id=${clinic.clientId}`, form),
    'grant_type twice': send(`${grant}&${grant}&${credentials}`, form),
    'JSON for a form': send(
      JSON.stringify({
        grant_type: 'client_credentials',
        client_id: clinic.clientId,
        client_secret: clinic.clientSecret,
      }),
      { 'content-type': 'application/json' },
    ),
    'JSON that says to be a form': send('{"grant_type":"client_credentials"}', form),
    'a form that says to be text': send(`${grant}&${credentials}`, { 'content-type': 'text/plain' }),
    'a body of 64 KiB': send(`${grant}&${credentials}&scope=${'a'.repeat(64 * 1024)}`, form),
    'a scope of 3000 letters': send(`${grant}&${credentials}&scope=${'a'.repeat(3000)}`, form),
  }
  for (const [why, reply] of Object.entries(malformed)) {
    isRefused(t, await reply, 'invalid_request', why)
  }
  for (const type of ['authorization_code', 'refresh_token', 'password', '', 'CLIENT_CREDENTIALS']) {
    const reply = await send(`grant_type=${type}&${credentials}`, form)
    isRefused(t, reply, 'unsupported_grant_type', `grant_type=${type}`)
  }
})

t.test('a token holds what was asked for, and never more than is registered', async (t) => {
  const { ask, as, withKey, withToken, world } = await listen(t)
  const { clientId, clientSecret } = await withKey()
  const wish = (scope: string) => ask({ client_id: clientId, client_secret: clientSecret, scope })
  const granted = async (scope: string) =>
    String((await wish(scope)).body.scope)
      .split(' ')
      .sort()

  t.same(await granted(''), ownScopes, 'without a wish, all that is registered')
  t.same(await granted('referrals:read'), ['referrals:read'])
  t.same(await granted('  referrals:write   clients:read '), ['clients:read', 'referrals:write'])
  t.same(await granted('referrals:read referrals:read'), ['referrals:read'])
  // A clinic's EHR could otherwise name itself administrator of the network.
  t.same(await granted('referrals:read network:write'), ['referrals:read'])
  for (const scope of ['network:write', 'no:such', 'referrals', 'REFERRALS:READ', '*']) {
    isRefused(t, await wish(scope), 'invalid_scope', scope)
  }

  const narrow = withToken((await wish('clients:read')).body.access_token)
  t.equal((await narrow.get('/v1/clients')).status, 200)
  t.match((await narrow.get('/v1/referrals')).body, { status: 403, code: 'insufficient_scope' })

  const admin = await as(world.admin)
  await admin.post(`/v1/clients/${clientId}/revoke`, {})
  // Scopes of a client that is gone are nobody's business.
  isUnknownClient(
    t,
    await wish('network:write'),
    'a revoked client is refused before its scopes are looked at',
  )
})

t.test('nothing that a registered client signs makes the token endpoint fail', async (t) => {
  const { ask, stored, withKey } = await listen(t)
  const system = await withKey()
  // An answer of 500 is one that an attacker can ask for again and again, and a page in the night for us.
  for (const [why, claims] of Object.entries<Record<string, unknown>>({
    'a jti that holds U+0000': { jti: 'a\u0000b' },
    'a jti that is a number': { jti: 7 },
    'a jti that is an object': { jti: { toString: 'x' } },
    'an exp that is text': { exp: '2026-11-20' },
    'an exp beyond every date': { exp: 1e300, iat: undefined },
    'an exp and an iat beyond every date': { exp: 1e300, iat: 1e300 },
    'an iat that is text': { iat: 'now' },
    'an aud that is a number': { aud: 7 },
    'a sub that is a list': { sub: [system.clientId] },
    'a sub that is null': { sub: null },
  })) {
    isUnknownClient(t, await ask(asAssertion(await assertionOf(system, { claims }))), why)
  }
  const [head = '', ...rest] = (await assertionOf(system)).split('.')
  const header = { ...JSON.parse(Buffer.from(head, 'base64url').toString()), crit: ['exp'] }
  const critical = [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.')
  isUnknownClient(t, await ask(asAssertion(critical)), 'a critical header that nobody knows')

  const offCurve = { kty: 'EC', crv: 'P-384', x: 'AAAA', y: 'AAAA', kid: system.kid }
  await stored('update api_clients set jwks = $1 where id = $2', [{ keys: [offCurve] }, system.clientId])
  isUnknownClient(
    t,
    await ask(asAssertion(await assertionOf(system))),
    'the registered key is a point that is not on its curve',
  )
})
