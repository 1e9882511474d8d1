import { randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import pg from 'pg'
import t, { type Test } from 'tap'
import { buildApp } from '../../src/app.ts'
import { createKeyring } from '../../src/core/keyring.ts'
import { localTargets } from '../../src/core/targets.ts'
import { loggerOptions } from '../../src/log.ts'
import { bodySchema, isBulk, operations } from '../support/contract.ts'
import { openTestDatabase, serverUrl } from '../support/database.ts'
import { createMarks } from '../support/marks.ts'
import { startProcess, tokenFrom, working } from '../support/process.ts'
import { sampleReferral } from '../support/samples.ts'
import type { Answer, Api } from '../support/service.ts'
import { type Ids, tellStory } from '../support/story.ts'
import { createWorld, type Member } from '../support/world.ts'

interface Exchange extends Answer {
  readonly what: string
}

/**
 * The service with everything that it says caught: as the real process on a server, and on the embedded database, which one
 * process at a time can open, in this one with the same logger.
 */
async function startLogged(t: Test) {
  const { database, owner, close } = await openTestDatabase()
  const masterKey = randomBytes(32)
  const service = { database, keyring: createKeyring(masterKey), targets: localTargets }
  // Before the process starts: it finds clients under this key, and keeps to it.
  const world = await createWorld(service, new Date())
  const said: string[] = []
  const running = serverUrl
    ? await startProcess({ ...working(owner.connectionString, masterKey), LOG_LEVEL: 'debug' })
    : await listenHere()

  async function listenHere() {
    const stream = new Writable({
      write: (chunk, _, done) => {
        said.push(String(chunk))
        done()
      },
    })
    const logger = { ...loggerOptions('trace'), stream }
    const app = await buildApp({
      ...{ service, logger, time: { now: () => new Date() }, accessTokenSeconds: 300 },
      publicUrl: () => 'http://alongside.test',
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as { port: number }
    return { url: `http://127.0.0.1:${port}`, lines: said, errors: () => '', stop: () => app.close() }
  }

  t.teardown(async () => {
    await running.stop()
    await close()
  })
  async function stored(sql: string): Promise<object[]> {
    const client = new pg.Client(owner)
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }
  return { world, stored, url: running.url, log: () => `${running.lines.join('\n')}${running.errors()}` }
}

const started = await startLogged(t)
const { world } = started
const [ofClinic, ofOperator, junk] = [createMarks('Zyxc'), createMarks('Zyxo'), createMarks('Zyxj')]
/** Names of members that there are not: a refusal repeats them, so that a typo is found, and nothing else does. */
const misspelt = createMarks('Zyxm')
const foundIn = (text: string) => [ofClinic, ofOperator, junk].flatMap((marks) => marks.foundIn(text))
const exchanges: Exchange[] = []

async function send(token: string, method: string, path: string, body?: unknown, headers: object = {}) {
  const reply = await fetch(`${started.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await reply.text()
  const json = /json/.test(reply.headers.get('content-type') ?? '')
  const answer = {
    what: `${method} ${path.slice(0, 60)}`,
    status: reply.status,
    body: json && text ? JSON.parse(text) : text,
    headers: Object.fromEntries(reply.headers),
  }
  exchanges.push(answer)
  return answer
}

const tokens = {
  clinic: await tokenFrom(started.url, world.clinic.clientId, world.clinic.clientSecret, world.clinic.scopes),
  operator: await tokenFrom(
    started.url,
    world.operator.clientId,
    world.operator.clientSecret,
    world.operator.scopes,
  ),
  office: await tokenFrom(started.url, world.admin.clientId, world.admin.clientSecret, world.admin.scopes),
}
const apiOf = (token: string): Api => ({
  get: (path, headers) => send(token, 'GET', path, undefined, headers),
  post: (path, body, headers) => send(token, 'POST', path, body, headers),
  patch: (path, body, headers) => send(token, 'PATCH', path, body, headers),
})
const [clinic, operator, office] = [apiOf(tokens.clinic), apiOf(tokens.operator), apiOf(tokens.office)]

/** A second client of the clinic's. */
async function privacyOffice(): Promise<Api> {
  const { body } = await office.post('/v1/clients', {
    organizationId: world.clinic.organizationId,
    name: 'Sample Privacy Office',
    scopes: ['emergencies:read', 'emergencies:review'],
  })
  const member: Member = { ...world.clinic, clientId: body.id, clientSecret: body.clientSecret }
  return apiOf(await tokenFrom(started.url, member.clientId, member.clientSecret))
}

/** The portal of a patient, by the operator. */
async function person(id: string): Promise<Api> {
  const { body } = await operator.post('/v1/portal-tokens', { subject: { type: 'patient', id } })
  return apiOf(body.accessToken)
}

/** Everything that a person could type in the wrong place, with a word of its own. */
async function sendJunk(ids: Ids) {
  for (const operation of operations) {
    const path = operation.path.replace('{id}', ids[operation.path.split('/')[2] ?? ''] ?? '')
    const word = junk.word(`${operation.operationId} refused`)
    const name = misspelt.word(`${operation.operationId} refused`)
    const query = (operation.parameters ?? []).filter((one) => one.in === 'query')
    if (operation.method === 'get') {
      for (const one of query) await clinic.get(`${path}?${one.name}=${word}|${word}`)
      await clinic.get(`${path}?${name}=${word}`)
      await clinic.get(path.replace(/[0-9a-f-]{36}/, word))
      await clinic.get(path, { 'if-none-match': `"${word}"` })
      continue
    }
    const method = operation.method.toUpperCase()
    const headers = { 'if-match': '*' }
    if (isBulk(operation)) {
      const csv = { 'content-type': 'text/csv' }
      await send(tokens.operator, method, path, `displayName,type\n${word},${word}\n`, csv)
      await send(tokens.operator, method, path, `${word}\n${word}`, csv)
      await send(tokens.operator, method, path, `{"${name}":"${word}"}\n${word}`, {
        'content-type': 'application/x-ndjson',
      })
      continue
    }
    const members = Object.keys(bodySchema(operation)?.properties ?? {})
    const typed = (value: unknown) => Object.fromEntries(members.map((member) => [member, value]))
    for (const body of [
      `{"${name}": "${word}`,
      { [name]: word },
      typed(word),
      typed({ [name]: word }),
      typed([word, [word]]),
      word,
    ])
      await send(tokens.operator, method, path, body, headers)
    await send(tokens.clinic, method, path, {}, { 'if-match': word })
    await send(tokens.clinic, method, path, word, { 'content-type': `text/${word}` })
  }
  const typed = junk.word('a query of the graph')
  for (const body of [
    { query: `{ patient(id: "${typed}") { id } }` },
    { query: `query ($id: ID!) { patient(id: $id) { id } }`, variables: { id: typed } },
    { query: `{ ${typed} }` },
    { query: `{ patients(identifier: "${typed}|${typed}") { nodes { id } } }`, operationName: typed },
    `{"query": "${typed}`,
  ])
    await send(tokens.clinic, 'POST', '/graphql', body)
  const word = junk.word('a path')
  for (const path of [`/v1/${word}`, `/${word}?${word}`, `/v1/patients/%E0%A4%A${word}`, `/errors/${word}`])
    await clinic.get(path)
  await send(word, 'GET', '/v1/patients')
  await fetch(`${started.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: word, client_secret: word, scope: word, grant_type: word }),
  })
}

/** The database refuses a row and quotes it, as it does for every bug of ours. */
async function crash() {
  await started.stored(
    `alter table patients add constraint nobody check (created_at < '1900-01-01') not valid`,
  )
  await started.stored(`alter table contacts add constraint nothing check (at < '1900-01-01') not valid`)
  const marked = ofClinic.in('referrals.create', sampleReferral(world.programId))
  const created = await clinic.post('/v1/referrals', marked, { 'idempotency-key': 'crash' })
  await started.stored(`alter table patients drop constraint nobody`)
  return created
}

t.test('words of people stand in no log line, error, header, event or job', async (t) => {
  const tellers = { clinic, operator, office, privacyOffice: await privacyOffice(), person }
  const { ids } = await tellStory(tellers, world, new Date(), { ofClinic, ofOperator })
  const again = sampleReferral(world.programId, { note: ofClinic.word('a repeated note') })
  for (const replayed of [null, 'true']) {
    const { headers } = await clinic.post('/v1/referrals', again, { 'idempotency-key': 'again' })
    t.equal(headers['idempotency-replayed'] ?? null, replayed)
  }
  for (const path of ['patients', 'referrals', 'consents', 'emergency-disclosures'])
    for (const api of [clinic, operator]) {
      const { body } = await api.get(`/v1/${path}?limit=1`)
      if (body.nextCursor) await api.get(`/v1/${path}?limit=1&cursor=${body.nextCursor}`)
    }
  const [patient] = (await clinic.get('/v1/patients?limit=1')).body.data
  const [{ system, value }] = patient.identifiers
  const search = await clinic.get(`/v1/patients?identifier=${encodeURIComponent(`${system}|${value}`)}`)
  t.equal(search.body.data.length, 1)
  await sendJunk(ids)
  const crashed = await crash()
  t.match(crashed, { status: 500, body: { code: 'internal_error' } })

  t.ok(exchanges.filter(({ status }) => status >= 400).length > 300)
  for (const { what, status, body, headers } of exchanges) {
    if (status >= 400) t.same(foundIn(JSON.stringify(body)), [], `${what}: ${status}`)
    t.same(foundIn(JSON.stringify(headers)), [], `${what}: headers`)
    if (body?.nextCursor) t.same(foundIn(body.nextCursor), [], `${what}: cursor`)
  }
  const tables = ['events', 'audit_events', 'clocks', 'pgboss.job', 'pgboss.archive']
  for (const table of tables) {
    const rows = await started.stored(`select row_to_json(r)::text as row from ${table} r`)
    t.same(foundIn(JSON.stringify(rows)), [], table)
  }
  t.ok((await started.stored('select 1 from events limit 20')).length === 20)

  const log = started.log()
  t.match(log, /request failed/, 'the crash was logged')
  t.match(
    log,
    /incoming request[\s\S]*"path":"\/v1\/patients"|"path":"\/v1\/patients"[\s\S]*incoming request/,
  )
  t.same([...foundIn(log), ...misspelt.foundIn(log)], [], 'the log')
  // Not a mark, but a name of what was typed: a line that quotes SQL quotes what was in it the next time.
  t.notMatch(log, /insert into|Failing row/i)
})
