import { createHash } from 'node:crypto'
import { serverAudits } from 'graphql-http'
import t from 'tap'
import { readKnownQueries } from '../../src/graphql/persisted.ts'
import { startService } from '../support/service.ts'

/** The 61 audits of GraphQL over HTTP, on the endpoint as it is: behind a token. */
t.test('the endpoint passes every audit of GraphQL over HTTP', async (t) => {
  const { app, createWorld } = await startService(t)
  const { clinic } = await createWorld()
  const { accessToken } = await app.issueToken(clinic)
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql`
  const audits = serverAudits({
    url,
    fetchFn: (address: string, init: RequestInit) =>
      fetch(address, {
        ...init,
        headers: {
          ...Object.fromEntries(new Headers(init?.headers)),
          authorization: `Bearer ${accessToken}`,
        },
      }),
  })
  t.equal(audits.length, 61)
  for (const { id, name, fn } of audits) {
    const result = await fn()
    t.equal(result.status, 'ok', `${id} ${name}${result.status === 'ok' ? '' : `: ${result.reason}`}`)
  }
})

t.test('without a valid token nothing is answered, in the words of GraphQL', async (t) => {
  const { inject, createWorld, app } = await startService(t)
  const { clinic } = await createWorld()
  for (const authorization of ['', 'Bearer nonsense', 'Basic eDp5']) {
    const { status, body, headers } = await inject({
      method: 'POST',
      url: '/graphql',
      headers: { ...(authorization && { authorization }), 'content-type': 'application/json' },
      payload: { query: '{ __typename }' },
    })
    t.equal(status, 401)
    t.equal(body.errors[0].extensions.code, 'unauthenticated')
    t.ok(body.errors[0].extensions.requestId)
    t.notOk('data' in body)
    t.ok(headers['www-authenticate'])
  }
  const { accessToken } = await app.issueToken(clinic)
  const asked = await inject({
    method: 'GET',
    url: `/graphql?query=${encodeURIComponent('{ __typename }')}`,
    headers: { authorization: `Bearer ${accessToken}` },
  })
  t.same(asked.body.data, { __typename: 'Query' })
  t.equal(asked.headers['cache-control'], 'no-store')
})

t.test('a mutation by GET is refused, and says how to send it', async (t) => {
  const { as, createWorld, inject, app, stored } = await startService(t)
  const { clinic } = await createWorld()
  const api = await as(clinic)
  const query = encodeURIComponent(
    'mutation { createPatient(input: {identifier: {system: "urn:a", value: "1"}, name: "Sample"}) { replayed } }',
  )
  const { status, headers, body } = await api.get(`/graphql?query=${query}`)
  t.equal(status, 405)
  t.equal(headers.allow, 'POST')
  t.equal(body.errors[0].extensions.code, 'METHOD_NOT_ALLOWED')
  const { accessToken } = await app.issueToken(clinic)
  const authorization = `Bearer ${accessToken}`
  const head = await inject({ method: 'HEAD', url: `/graphql?query=${query}`, headers: { authorization } })
  t.equal(head.status, 405, 'nor by HEAD, which is answered as a GET is')
  t.same(await stored('select 1 from patients'), [])
})

t.test('the schema is served as text', async (t) => {
  const { inject } = await startService(t)
  const { status, body } = await inject({ method: 'GET', url: '/schema.graphql' })
  t.equal(status, 200)
  t.match(body, /^type Referral implements Node/m)
})

t.test('queries by their hash: registered with the text, then by the hash alone', async (t) => {
  const { as, createWorld } = await startService(t)
  const api = await as((await createWorld()).clinic)
  const query = '{ __typename }'
  const sha256Hash = createHash('sha256').update(query).digest('hex')
  const persisted = { extensions: { persistedQuery: { version: 1, sha256Hash } } }
  const unknown = await api.post('/graphql', persisted)
  t.equal(unknown.body.errors[0].message, 'PersistedQueryNotFound')
  t.equal(unknown.body.errors[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND')
  t.same((await api.post('/graphql', { query, ...persisted })).body.data, { __typename: 'Query' })
  t.same((await api.post('/graphql', persisted)).body.data, { __typename: 'Query' })
  t.same((await api.post('/graphql', { documentId: `sha256:${sha256Hash}` })).body.data, {
    __typename: 'Query',
  })
  const search = new URLSearchParams({ extensions: JSON.stringify(persisted.extensions) })
  t.same((await api.get(`/graphql?${search}`)).body.data, { __typename: 'Query' })
  const other = await api.post('/graphql', { query: '{ a: __typename }', ...persisted })
  t.equal(other.status, 400)
  t.equal(other.body.errors[0].extensions.code, 'QUERY_MALFORMED')
})

t.test('GraphiQL is served where it is switched on, from this service alone', async (t) => {
  const off = await startService(t)
  t.equal((await off.inject({ method: 'GET', url: '/graphiql' })).status, 404)
  const { inject } = await startService(t, { graphql: { graphiql: true } })
  const page = await inject({ method: 'GET', url: '/graphiql' })
  t.equal(page.status, 200)
  t.match(page.headers['content-security-policy'], /default-src 'none'; script-src 'self'/)
  t.notMatch(page.body, /https?:/, 'nothing is fetched from elsewhere')
  const parts = [...page.body.matchAll(/(?:src|href)="(\/graphiql\/[^"]+)"/g)].map(([, path]) => path)
  t.equal(parts.length, 5)
  for (const url of parts) t.equal((await inject({ method: 'GET', url })).status, 200, url)
  t.equal((await inject({ method: 'GET', url: '/graphiql/../package.json' })).status, 404)
})

t.test('an operator’s list of queries is read with its hashes checked', async (t) => {
  const query = '{ __typename }'
  const hash = createHash('sha256').update(query).digest('hex')
  t.same([...readKnownQueries(JSON.stringify({ [`sha256:${hash}`]: query }))], [[hash, query]])
  t.throws(() => readKnownQueries(JSON.stringify({ [hash]: '{ other }' })), /has another SHA-256/)
  t.throws(() => readKnownQueries('[]'))
})
