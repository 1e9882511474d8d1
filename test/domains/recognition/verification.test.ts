import { gunzipSync } from 'node:zlib'
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  generateKeyPair,
  jwtVerify,
  SignJWT,
} from 'jose'
import t, { type Test } from 'tap'
import { createSigningKeys, credentials, rotateSigningKey } from '../../../src/domains/tokens/keys.ts'
import { sampleHash } from '../../support/samples.ts'
import { recognitionReady } from './ready.ts'

const url = 'http://alongside.test'

async function withCredential(t: Test) {
  const ready = await recognitionReady(t)
  const { operator, office, publish, evaluate, inject, time } = ready
  const { body } = await operator.post('/v1/accreditations', {
    ...{ code: 'caprss', issuer: 'Sample Council', fromOn: '2026-01-01', documentSha256: sampleHash },
  })
  await office.post(`/v1/accreditations/${body.id}/confirm`, {})
  const scheme = await publish({
    rules: [{ fact: 'accreditation_held', comparison: 'at_least', threshold: 1, accreditation: 'caprss' }],
  })
  const { credentialId } = (await evaluate(scheme.id)).body
  const path = `/recognition/credentials/${credentialId}`
  const jwt = async (): Promise<string> => (await inject({ url: path })).body
  const verify = (credential: string) =>
    inject({ method: 'POST', url: '/recognition/verify', payload: { credential } })
  const jwks = async () => createLocalJWKSet((await inject({ url: '/recognition/keys' })).body)
  const offline = async (token: string) => jwtVerify(token, await jwks(), { currentDate: time.now() })
  return { ...ready, scheme, credentialId, path, jwt, verify, jwks, offline }
}

t.test('anybody verifies a credential offline, with the published keys alone', async (t) => {
  const { jwt, inject, credentialId, world, time } = await withCredential(t)
  const token = await jwt()
  const { alg, kid = '', typ } = decodeProtectedHeader(token)
  t.match({ alg, typ }, { alg: 'RS256', typ: 'JWT' })
  const key = (await inject({ url: kid.slice(url.length) })).body
  t.match(key, { kty: 'RSA', use: 'sig', d: undefined, p: undefined })
  const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: [key] }), {
    currentDate: time.now(),
  })
  t.match(payload, {
    '@context': ['https://www.w3.org/ns/credentials/v2', /openbadges|\/ob\/v3p0/],
    id: `${url}/recognition/credentials/${credentialId}`,
    type: ['VerifiableCredential', 'OpenBadgeCredential'],
    issuer: { id: payload.iss, type: ['Profile'], name: /Sample Network/ },
    validFrom: '2026-11-18T19:00:00Z',
    validUntil: '2027-11-18T19:00:00Z',
    credentialSubject: {
      id: `urn:uuid:${world.operator.organizationId}`,
      type: ['AchievementSubject'],
      identifier: [{ identityType: 'name', identityHash: 'Sample Recovery Community' }],
      achievement: { type: ['Achievement'], name: 'Mentorship-ready', criteria: { narrative: /caprss/ } },
    },
    credentialStatus: { type: 'BitstringStatusListEntry', statusPurpose: 'revocation' },
    jti: payload.id,
    exp: Date.parse('2027-11-18T19:00:00Z') / 1000,
  })
})

t.test('a verification says valid, expired or revoked, and nothing else of an organization', async (t) => {
  const { path, inject, time, jwt, verify, office, credentialId } = await withCredential(t)
  const token = await jwt()
  t.same((await inject({ url: `${path}/verify` })).body, { status: 'valid' })
  t.same((await verify(token)).body, { status: 'valid' })
  time.set('2027-11-18T19:00:00Z')
  t.equal((await verify(token)).body.status, 'expired')
  await office.post(`/v1/recognition-credentials/${credentialId}/revoke`, { because: 'misuse' })
  t.same((await verify(token)).body, { status: 'revoked' }, 'why is between holder and office')
  t.equal((await inject({ url: `${path}/verify` })).body.status, 'revoked')
})

t.test('what this service did not sign, or signed otherwise, is refused', async (t) => {
  const { jwt, verify, service, stored, tokenOf, world, unknownId } = await withCredential(t)
  const token = await jwt()
  const own = await generateKeyPair('RS256')
  const claims = decodeJwt(token)
  const header = decodeProtectedHeader(token) as { alg: string; kid: string }
  const [head, , signature] = token.split('.')
  const changed = Buffer.from(JSON.stringify({ ...claims, name: 'Best of all' })).toString('base64url')
  const { privatePem } = await createSigningKeys(service, () => new Date(), credentials).current()
  t.ok(privatePem)
  const forgeries: Record<string, string> = {
    // Whoever has a key pair could recognize anybody.
    'another key under our kid': await new SignJWT(claims).setProtectedHeader(header).sign(own.privateKey),
    'a kid of elsewhere': await new SignJWT(claims)
      .setProtectedHeader({ ...header, kid: 'https://elsewhere.example/keys/1' })
      .sign(own.privateKey),
    'other words under our signature': `${head}.${changed}.${signature}`,
    'no signature': `${Buffer.from(JSON.stringify({ ...header, alg: 'none' })).toString('base64url')}.${changed}.`,
    // An access token is signed by this service too, with another kind of key.
    'an access token': await tokenOf(world.operator),
    garbage: 'a.b.c',
    nothing: ' ',
  }
  for (const [why, forged] of Object.entries(forgeries))
    t.match(
      await verify(forged),
      {
        status: 404,
        headers: { 'content-type': /^application\/problem\+json/ },
        body: { code: 'not_found', detail: 'There is no such credential, or it is not yours to see.' },
      },
      why,
    )
  t.match(await stored('select count(*)::int from recognition_credentials'), [{ count: 1 }])
  t.equal((await verify('x'.repeat(20_001))).status, 422)
  t.equal(unknownId().length, 36)
})

t.test('a credential that does not exist is not found, and no id opens anything else', async (t) => {
  const { inject, unknownId, operator, world } = await withCredential(t)
  const { data } = (await operator.get('/v1/recognition-evaluations')).body
  for (const id of [unknownId(), data[0].id, world.operator.organizationId, 'x', "'; select 1"])
    for (const end of ['', '/verify'])
      t.equal((await inject({ url: `/recognition/credentials/${encodeURIComponent(id)}${end}` })).status, 404)
  t.equal((await inject({ url: `/recognition/keys/${unknownId()}` })).status, 404)
})

t.test('the status list shows what was revoked, to whoever fetched it', async (t) => {
  const { jwt, inject, offline, office, credentialId, createWorld } = await withCredential(t)
  const { credentialStatus } = decodeJwt(await jwt()) as {
    credentialStatus: { statusListIndex: string; statusListCredential: string }
  }
  const listPath = credentialStatus.statusListCredential.slice(url.length)
  const bit = async () => {
    const { payload } = await offline((await inject({ url: listPath })).body)
    const { type, statusPurpose, encodedList } = payload.credentialSubject as Record<string, string>
    t.match({ type, statusPurpose }, { type: 'BitstringStatusList', statusPurpose: 'revocation' })
    const bits = gunzipSync(Buffer.from((encodedList ?? '').replace(/^u/, ''), 'base64url'))
    t.equal(bits.length, 16_384, 'long enough that nobody is known by asking')
    const index = Number(credentialStatus.statusListIndex)
    return ((bits[index >> 3] ?? 0) >> (7 - (index & 7))) & 1
  }
  t.equal(await bit(), 0)
  await office.post(`/v1/recognition-credentials/${credentialId}/revoke`, { because: 'issued_in_error' })
  t.equal(await bit(), 1)
  t.match((await inject({ url: listPath })).headers, { 'cache-control': 'public, max-age=300' })
  const elsewhere = (await createWorld()).networkId
  t.equal((await inject({ url: `/recognition/status/${elsewhere}/0` })).status, 404)
  for (const path of ['/recognition/status/x/0', `/recognition/status/${elsewhere}/-1`])
    t.equal((await inject({ url: path })).status, 404)
})

t.test('a credential stays verifiable after its key was rotated, for as long as it is good', async (t) => {
  const { jwt, service, stored, offline } = await withCredential(t)
  const token = await jwt()
  await rotateSigningKey(service, new Date(), credentials)
  const reader = createSigningKeys(service, () => new Date(), credentials)
  t.equal((await reader.published()).length, 2)
  await offline(token)
  const inThreeYears = new Date(Date.now() + 1_100 * 86_400_000)
  t.equal((await createSigningKeys(service, () => inThreeYears, credentials).published()).length, 2)
  const later = new Date(Date.now() + 1_120 * 86_400_000)
  t.equal((await createSigningKeys(service, () => later, credentials).published()).length, 1)
  t.match(
    await stored('select count(*)::int from signing_keys'),
    [{ count: 1 }],
    'access tokens keep their own key',
  )
})

t.test('the public reader sees the one row that was asked for, and writes nothing', async (t) => {
  const { service, credentialId, world } = await withCredential(t)
  const { asPublic } = await import('../../../src/db/access.ts')
  const count = (seen: object) =>
    asPublic(
      service.database,
      seen,
      async ({ db }) =>
        (await db.execute<{ count: number }>('select count(*)::int from recognition_credentials')).rows[0]
          ?.count,
    )
  t.equal(await count({}), 0)
  t.equal(await count({ credentialId }), 1)
  t.equal(await count({ networkId: world.networkId }), 1)
  // If one of these could be read, a page without a token would stand before the records of people.
  for (const table of ['patients', 'mentors', 'recognition_evaluations', 'credential_keys', 'audit_events'])
    await t.rejects(
      asPublic(service.database, { credentialId }, ({ db }) => db.execute(`select 1 from ${table}`)),
      { cause: { code: '42501' } },
      table,
    )
  await t.rejects(
    asPublic(service.database, { credentialId }, ({ db }) =>
      db.execute('update recognition_credentials set revoked_at = null'),
    ),
    { cause: { code: '42501' } },
  )
})
