import { createHash, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import t, { type Test } from 'tap'
import { type Answer, startService } from '../../support/service.ts'

const newClient = { name: 'Sample Recovery Portal', scopes: ['referrals:read', 'mentors:read'] }

/** A world, and the token endpoint as a client with a secret meets it. */
async function withTokens(t: Test, options: { now?: Date } = {}) {
  const started = await startService(t, options)
  const world = await started.createWorld()
  const tokenFor = (clientId: string, clientSecret: string): Promise<Answer> =>
    started.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
      }).toString(),
    })
  const opensDoor = async ({ id }: { id: string }, clientSecret: string) =>
    (await tokenFor(id, clientSecret)).status === 200
  return {
    ...started,
    world,
    tokenFor,
    opensDoor,
    operator: await started.as(world.operator),
    otherOperator: await started.as(world.otherOperator),
    admin: await started.as(world.admin),
  }
}

const unknownOrganization = { pointer: '#/organizationId', code: 'unknown_organization' }

/** Everything but the request id, which differs by its nature. */
const without = ({ body: { requestId: _, ...problem } }: Answer) => problem

t.test('a new client gets a secret that is shown once, and works at once', async (t) => {
  const { operator, time, tokenFor, withToken, world } = await withTokens(t)
  time.forward({ minutes: 1 })
  const created = await operator.post('/v1/clients', newClient)
  t.equal(created.status, 201)
  t.match(created.body, {
    ...newClient,
    organizationId: world.operator.organizationId,
    status: 'active',
    keyIds: [],
    revokedAt: null,
  })
  t.equal(created.headers['cache-control'], 'no-store')
  const { clientSecret, ...client } = created.body

  // Whoever may read the list of clients could otherwise be any of them.
  const got = await operator.get(`/v1/clients/${client.id}`)
  t.same(got.body, client)
  const listed = await operator.get('/v1/clients')
  t.same(listed.body.data[0], client)
  for (const reply of [got, listed]) {
    t.notMatch(JSON.stringify(reply.body), clientSecret)
    t.notMatch(JSON.stringify(reply.body), /secret/i)
  }

  const token = await tokenFor(client.id, clientSecret)
  t.same(String(token.body.scope).split(' ').sort(), [...newClient.scopes].sort())
  const itself = withToken(token.body.access_token)
  t.equal((await itself.get('/v1/mentors')).status, 200)
  t.equal((await itself.get('/v1/clients')).status, 403)
})

t.test('a secret is 256 random bits, and the database holds only a keyed hash of it', async (t) => {
  const { operator, service, stored } = await withTokens(t)
  const created = await Promise.all(
    [1, 2, 3].map((number) =>
      operator.post('/v1/clients', newClient, { 'idempotency-key': `client-${number}` }),
    ),
  )
  const secrets: string[] = created.map(({ body }) => body.clientSecret)
  t.equal(new Set(secrets).size, 3)
  const random = secrets.map((secret) => Buffer.from(secret.replace(/^als_/, ''), 'base64url'))
  for (const bytes of random) t.equal(bytes.length, 32)

  const [{ hash } = { hash: Buffer.alloc(0) }] = await stored<{ hash: Buffer }>(
    'select hash from client_secrets where client_id = $1',
    [created[0]?.body.id],
  )
  t.equal(hash.length, 32)
  // Without a key in it, a copy of the database could check guesses; and it would be good in any deployment.
  const [secret = ''] = secrets
  t.notSame(hash, createHash('sha256').update(secret).digest())
  t.same(hash, service.keyring.mac('client-secret', secret))

  // A stolen backup would otherwise hold the credentials of every clinic: in a row, an event, the audit trail,
  // or the answer that is kept for an Idempotency-Key.
  const tables = await stored<{ name: string }>(
    `select relname as name from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace`,
  )
  t.ok(tables.some(({ name }) => name === 'idempotency_answers'))
  const traces = secrets.flatMap((text, index) => [
    text.replace(/^als_/, ''),
    Buffer.from(text).toString('hex'),
    String(random[index]?.toString('hex')),
  ])
  for (const { name } of tables) {
    const found = await stored(
      `select 1 from ${name} as held where exists
         (select from unnest($1::text[]) as trace where strpos(held::text, trace) > 0)`,
      [traces],
    )
    t.same(found, [], `no trace of a secret in ${name}`)
  }
})

t.test('a creation that is repeated with its key gives the same client, and the same secret', async (t) => {
  const { operator, opensDoor } = await withTokens(t)
  const key = { 'idempotency-key': randomUUID() }
  const first = await operator.post('/v1/clients', newClient, key)
  const again = await operator.post('/v1/clients', newClient, key)
  // The caller whose connection broke would otherwise have a client that nobody can use.
  t.same(again.body, first.body)
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.ok(await opensDoor(first.body, again.body.clientSecret))
})

t.test('an organization lists its own clients, and the network office everyone’s', async (t) => {
  const { admin, as, createWorld, operator, world } = await withTokens(t)
  const elsewhere = await createWorld()
  await operator.post('/v1/clients', newClient)
  const owners = (reply: Answer) =>
    new Set(reply.body.data.map((client: { organizationId: string }) => client.organizationId))

  const own = await operator.get('/v1/clients')
  t.equal(own.body.data.length, 2)
  // A member could otherwise see which systems the others run, and with which rights.
  t.same(owners(own), new Set([world.operator.organizationId]))
  t.same((await operator.get(`/v1/clients?organizationId=${world.clinic.organizationId}`)).body.data, [])

  const all = await admin.get('/v1/clients')
  const members = [world.clinic, world.otherClinic, world.operator, world.otherOperator, world.admin]
  t.equal(all.body.data.length, 6)
  t.same(owners(all), new Set(members.map(({ organizationId }) => organizationId)))
  const ofClinic = await admin.get(`/v1/clients?organizationId=${world.clinic.organizationId}`)
  t.match(ofClinic.body.data, [{ id: world.clinic.clientId }])
  // The office of one network could otherwise see the clients of every network of the deployment.
  t.notMatch(JSON.stringify(all.body), elsewhere.clinic.clientId)
  const elsewhereAdmin = await as(elsewhere.admin)
  const path = `/v1/clients?organizationId=${world.clinic.organizationId}`
  t.same((await elsewhereAdmin.get(path)).body.data, [])
})

t.test('clients come newest first, in pages', async (t) => {
  const { operator, time } = await withTokens(t)
  for (const name of ['first', 'second', 'third']) {
    time.forward({ minutes: 1 })
    await operator.post('/v1/clients', { ...newClient, name })
  }
  const page = await operator.get('/v1/clients?limit=2')
  const rest = await operator.get(`/v1/clients?limit=2&cursor=${page.body.nextCursor}`)
  const read = [...page.body.data, ...rest.body.data].map(({ name }) => name)
  t.same(read, ['third', 'second', 'first', 'Sample Recovery Community system'])
  t.equal(rest.body.nextCursor, null)
})

t.test('a secret is rotated without a failed request: both are good while callers switch', async (t) => {
  const { operator, opensDoor } = await withTokens(t, { now: new Date() })
  const { clientSecret: old, ...client } = (await operator.post('/v1/clients', newClient)).body
  const rotated = await operator.post(`/v1/clients/${client.id}/rotate-secret`, { overlapSeconds: 3600 })
  t.equal(rotated.status, 200)
  t.match(rotated.body, { id: client.id, version: client.version + 1, clientSecret: String })
  t.not(rotated.body.clientSecret, old)
  t.ok(await opensDoor(client, old), 'the old secret')
  t.ok(await opensDoor(client, rotated.body.clientSecret), 'the new secret')
})

t.test('an old secret ends when its overlap does', async (t) => {
  const { operator, opensDoor, time } = await withTokens(t, { now: new Date() })
  const rotate = async (client: { id: string }, overlapSeconds: number) =>
    (await operator.post(`/v1/clients/${client.id}/rotate-secret`, { overlapSeconds })).body.clientSecret

  const { clientSecret: leaked, ...client } = (await operator.post('/v1/clients', newClient)).body
  const second = await rotate(client, 0)
  // The answer to a leaked secret: were it good for one more moment, the thief would ask for one more token.
  t.notOk(await opensDoor(client, leaked), 'without an overlap it ends at once')
  t.ok(await opensDoor(client, second))
  const third = await rotate(client, 3600)
  // A routine rotation would otherwise bring a secret back that was taken away on purpose.
  t.notOk(await opensDoor(client, leaked), 'a later overlap does not bring it back')
  t.ok(await opensDoor(client, second))
  const fourth = await rotate(client, 0)
  for (const secret of [leaked, second, third])
    t.notOk(await opensDoor(client, secret), 'all before have ended')
  t.ok(await opensDoor(client, fourth))

  time.forward({ hours: -2 })
  const { clientSecret: old, ...other } = (await operator.post('/v1/clients', newClient)).body
  const next = await rotate(other, 3600)
  time.forward({ hours: 2 })
  t.notOk(await opensDoor(other, old), 'rotated two hours ago with an overlap of one')
  t.ok(await opensDoor(other, next))
})

t.test('two administrators do not rotate past each other unseen', async (t) => {
  const { operator, opensDoor } = await withTokens(t, { now: new Date() })
  const client = (await operator.post('/v1/clients', newClient)).body
  const path = `/v1/clients/${client.id}/rotate-secret`
  const seen = { 'if-match': `"v${client.version}"` }
  const first = await operator.post(path, { overlapSeconds: 0 }, seen)
  t.equal(first.status, 200)
  t.match((await operator.post(path, { overlapSeconds: 0 }, seen)).body, {
    status: 412,
    code: 'version_conflict',
  })
  t.ok(await opensDoor(client, first.body.clientSecret), 'the first one’s secret stays good')
  for (const overlapSeconds of [-1, 7 * 24 * 3600 + 1, 1.5, '0']) {
    t.equal((await operator.post(path, { overlapSeconds })).status, 422, `an overlap of ${overlapSeconds}`)
  }
})

t.test('a revoked client gets no more tokens, by secret, new secret or second thoughts', async (t) => {
  const { operator, opensDoor, stored, tokenFor } = await withTokens(t, { now: new Date() })
  const { clientSecret, ...client } = (await operator.post('/v1/clients', newClient)).body
  const second = (await operator.post(`/v1/clients/${client.id}/rotate-secret`, {})).body.clientSecret
  t.ok(await opensDoor(client, clientSecret), 'by default, secrets overlap')

  const revoked = await operator.post(`/v1/clients/${client.id}/revoke`, {})
  t.equal(revoked.status, 200)
  t.match(revoked.body, { id: client.id, status: 'revoked', revokedAt: String })
  // The vendor whose contract ended would otherwise go on reading patients.
  for (const secret of [clientSecret, second]) {
    t.match((await tokenFor(client.id, secret)).body, { error: 'invalid_client' })
  }
  for (const command of ['revoke', 'rotate-secret']) {
    t.match((await operator.post(`/v1/clients/${client.id}/${command}`, {})).body, {
      status: 409,
      code: 'transition_not_allowed',
    })
  }
  t.same((await operator.get(`/v1/clients/${client.id}`)).body, revoked.body, 'it stays on record, as it was')
  const secrets = await stored('select id from client_secrets where client_id = $1', [client.id])
  t.equal(secrets.length, 2, 'the refused rotation left no third secret')
})

t.test('nobody hands out scopes that they lack', async (t) => {
  const { as, operator, stored, world } = await withTokens(t)
  const modest = await as(world.operator, ['clients:write', 'referrals:read'])
  const count = async () => (await stored('select id from api_clients')).length
  const before = await count()
  for (const wanted of [['referrals:write'], ['referrals:read', 'patients:read'], ['network:write']]) {
    // A token that may only manage clients could otherwise make one that may do everything, and use it.
    const refused = await modest.post('/v1/clients', { ...newClient, scopes: wanted })
    t.match(refused.body, { status: 403, code: 'insufficient_scope' })
    t.match(refused.body.detail, wanted.at(-1), 'the refusal names it')
  }
  t.match((await operator.post('/v1/clients', { ...newClient, scopes: ['network:write'] })).body, {
    code: 'insufficient_scope',
  })
  t.equal(await count(), before, 'nothing was made')
  t.equal((await modest.post('/v1/clients', { ...newClient, scopes: ['referrals:read'] })).status, 201)
})

t.test('nobody takes over a client that may do more than they may', async (t) => {
  const { as, opensDoor, world } = await withTokens(t, { now: new Date() })
  const modest = await as(world.admin, ['clients:write', 'referrals:read'])
  // A new secret for the office's own client would make a clerk's token the master of the whole network.
  const reply = await modest.post(`/v1/clients/${world.admin.clientId}/rotate-secret`, { overlapSeconds: 0 })
  t.match(reply.body, { status: 403, code: 'insufficient_scope' })
  t.equal(reply.body.clientSecret, undefined)
  t.ok(await opensDoor({ id: world.admin.clientId }, world.admin.clientSecret), 'its secret stays good')

  const own = await modest.post('/v1/clients', { ...newClient, scopes: ['referrals:read'] })
  t.equal((await modest.post(`/v1/clients/${own.body.id}/rotate-secret`, {})).status, 200)
})

t.test('another organization’s client does not exist, and cannot be touched', async (t) => {
  const { opensDoor, operator, otherOperator, unknownId, world } = await withTokens(t, { now: new Date() })
  const { clientSecret, ...client } = (await operator.post('/v1/clients', newClient)).body
  const absent = await otherOperator.get(`/v1/clients/${unknownId()}`)
  t.match(absent.body, { status: 404, code: 'not_found' })
  const commands = ['rotate-secret', 'revoke']
  // A competitor on the same network could otherwise cut a program off, or take its place.
  t.same(without(await otherOperator.get(`/v1/clients/${client.id}`)), without(absent))
  for (const command of commands) {
    const refused = await otherOperator.post(`/v1/clients/${client.id}/${command}`, {})
    t.same(without(refused), without(absent), command)
  }
  t.same((await operator.get(`/v1/clients/${client.id}`)).body, client)
  t.ok(await opensDoor(client, clientSecret))

  // A client in another organization's name would read that organization's patients.
  for (const organizationId of [world.operator.organizationId, unknownId()]) {
    const refused = await otherOperator.post('/v1/clients', { ...newClient, organizationId })
    t.match(refused.body, { status: 422, errors: [unknownOrganization] })
  }
})

t.test('the network office manages the clients of every member', async (t) => {
  const { admin, as, opensDoor, tokenFor, unknownId, withToken, world } = await withTokens(t, {
    now: new Date(),
  })
  const created = await admin.post('/v1/clients', {
    ...newClient,
    organizationId: world.clinic.organizationId,
  })
  t.match(created, { status: 201, body: { organizationId: world.clinic.organizationId } })
  const { clientSecret, ...client } = created.body
  const token = await tokenFor(client.id, clientSecret)
  const itself = withToken(token.body.access_token)
  const referral = (api: typeof itself) => api.get('/v1/referrals')
  t.same(
    (await referral(itself)).body,
    (await referral(await as(world.clinic))).body,
    'it acts for the clinic',
  )

  t.same((await admin.get(`/v1/clients/${client.id}`)).body, client)
  const rotated = await admin.post(`/v1/clients/${client.id}/rotate-secret`, { overlapSeconds: 0 })
  t.ok(await opensDoor(client, rotated.body.clientSecret))
  t.equal((await admin.post(`/v1/clients/${client.id}/revoke`, {})).status, 200)
  t.notOk(await opensDoor(client, rotated.body.clientSecret))

  const nowhere = await admin.post('/v1/clients', { ...newClient, organizationId: unknownId() })
  t.match(nowhere.body, { status: 422, errors: [unknownOrganization] })
})

t.test('another network’s client does not exist, not even for its administrator’s peer', async (t) => {
  const { admin, createWorld, opensDoor, stored, unknownId, world } = await withTokens(t, { now: new Date() })
  const { clinic } = await createWorld()
  const absent = await admin.get(`/v1/clients/${unknownId()}`)
  t.match(absent.body, { status: 404, code: 'not_found' })
  // One tenant of the deployment could otherwise shut out another, or walk in with a secret of its own.
  t.same(without(await admin.get(`/v1/clients/${clinic.clientId}`)), without(absent))
  for (const command of ['rotate-secret', 'revoke']) {
    const refused = await admin.post(`/v1/clients/${clinic.clientId}/${command}`, {})
    t.same(without(refused), without(absent), command)
  }
  t.ok(await opensDoor({ id: clinic.clientId }, clinic.clientSecret))

  const { organizationId } = clinic
  const refused = await admin.post('/v1/clients', { ...newClient, organizationId })
  t.match(refused.body, { status: 422, errors: [unknownOrganization] })
  const strays = await stored('select id from api_clients where organization_id = $1 and network_id = $2', [
    organizationId,
    world.networkId,
  ])
  t.same(strays, [])
})

t.test('a private key is refused, so that none is ever stored here', async (t) => {
  const { operator, stored } = await withTokens(t)
  const pairOf = async (algorithm: string) => {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
    const header = { kid: randomUUID(), alg: algorithm, use: 'sig' }
    return {
      whole: { ...(await exportJWK(privateKey)), ...header },
      half: { ...(await exportJWK(publicKey)), ...header },
    }
  }
  const curve = await pairOf('ES384')
  const rsa = await pairOf('RS384')
  const register = (...keys: object[]) => operator.post('/v1/clients', { ...newClient, jwks: { keys } })

  // Whoever read our database could otherwise sign as the clinic: at our door, and wherever else the key is used.
  for (const whole of [curve.whole, rsa.whole]) {
    const refused = await register(whole)
    t.equal(refused.status, 422)
    t.match(refused.body.errors, [{ pointer: '#/jwks/keys/0', code: 'private_key' }])
  }
  t.match((await register(curve.half, rsa.whole)).body.errors, [
    { pointer: '#/jwks/keys/1', code: 'private_key' },
  ])
  t.equal((await register({ kty: 'oct', k: 'c2VjcmV0', kid: 'shared' })).status, 422)
  const kept = await stored<{ jwks: object }>('select jwks from api_clients where jwks is not null')
  t.same(kept, [])

  const registered = await register(curve.half, rsa.half)
  t.equal(registered.status, 201)
  t.same(registered.body.keyIds, [curve.half.kid, rsa.half.kid])
})

t.test('the primes of an RSA key are private too', async (t) => {
  const { operator, stored } = await withTokens(t)
  const { privateKey } = await generateKeyPair('RS384', { extractable: true })
  const { d: _, ...withoutExponent } = await exportJWK(privateKey)
  const { kty, n, e } = withoutExponent
  for (const member of ['p', 'q', 'dp', 'dq', 'qi'] as const) {
    const key = { kty, n, e, kid: 'half-private', [member]: withoutExponent[member] }
    // Each of these gives the factors of n away, and with them the whole key.
    const refused = await operator.post('/v1/clients', { ...newClient, jwks: { keys: [key] } })
    t.match(refused.body, { status: 422, errors: [{ code: 'private_key' }] }, member)
  }
  t.same(await stored('select id from api_clients where jwks is not null'), [])
})

t.test('a client that cannot work is refused at registration, by the pointer of each fault', async (t) => {
  const { operator } = await withTokens(t)
  const { publicKey } = await generateKeyPair('ES384', { extractable: true })
  const key = { ...(await exportJWK(publicKey)), kid: 'sample' }
  const faults: Record<string, object> = {
    '#/name': { name: ' ' },
    '#/scopes': { scopes: [] },
    '#/scopes/1': { scopes: ['referrals:read', 'no:such'] },
    '#/jwks/keys': { jwks: { keys: [] } },
    '#/jwks/keys/0': { jwks: { keys: [{ kty: 'EC', kid: 'sample', crv: 'P-384', x: key.x }] } },
    '#/jwks/keys/0/kid': { jwks: { keys: [{ ...key, kid: undefined }] } },
    '#/jwks/keys/0/alg': { jwks: { keys: [{ ...key, alg: 'HS256' }] } },
    '#/jwks/keys/0/use': { jwks: { keys: [{ ...key, use: 'enc' }] } },
    '#/jwksUri': { jwksUri: 'https://clinic.example/jwks.json' },
    '#/clientSecret': { clientSecret: 'chosen' },
  }
  for (const [pointer, changes] of Object.entries(faults)) {
    const refused = await operator.post('/v1/clients', { ...newClient, ...changes })
    t.match(refused.body, { status: 422, errors: [{ pointer }] }, pointer)
  }
})

t.test('a key that PostgreSQL cannot hold is refused, not stumbled over', async (t) => {
  const { operator } = await withTokens(t)
  const { publicKey } = await generateKeyPair('ES384', { extractable: true })
  const key = { ...(await exportJWK(publicKey)), kid: 'sample' }
  const unstorable = ['a\u0000b', 'a\ud800b']
  for (const text of unstorable) {
    for (const changes of [{ x: text }, { kid: text }, { x5t: text }, { x5c: [text] }, { [text]: 'a' }]) {
      const jwks = { keys: [{ ...key, ...changes }] }
      const refused = await operator.post('/v1/clients', { ...newClient, jwks })
      t.match(refused.body, { status: 422, code: 'invalid_input' }, JSON.stringify(changes))
    }
  }
})
