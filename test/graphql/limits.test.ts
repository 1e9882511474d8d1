import { createHash } from 'node:crypto'
import { getIntrospectionQuery } from 'graphql'
import t from 'tap'
import { graphOf } from '../support/graphql.ts'
import { startService } from '../support/service.ts'

const repeat = (times: number, of: (index: number) => string) =>
  Array.from({ length: times }, (_, i) => of(i)).join(' ')

async function asking(t: Parameters<typeof startService>[0], options?: Parameters<typeof startService>[1]) {
  const { as, createWorld } = await startService(t, options)
  const api = await as((await createWorld()).clinic)
  return { api, ask: graphOf(api) }
}

async function asOperator(t: Parameters<typeof startService>[0]) {
  const { as, createWorld } = await startService(t)
  return graphOf(await as((await createWorld()).operator))
}

t.test('what is too deep is refused, and says how deep it is', async (t) => {
  const { ask } = await asking(t)
  const nested = (depth: number): string => (depth === 0 ? 'id' : `replaces { ${nested(depth - 1)} }`)
  const deep = await ask(`{ referrals(first: 1) { nodes { ${nested(20)} } } }`)
  t.equal(deep.status, 400)
  t.equal(deep.errors?.[0].extensions.code, 'QUERY_TOO_DEEP')
  t.equal(deep.errors?.[0].extensions.limit, 15)
  t.equal(deep.errors?.[0].extensions.actual, 23)
  const byFragments = await ask(
    `{ referrals(first: 1) { nodes { ...F0 } } } ${repeat(20, (i) => `fragment F${i} on Referral { replaces { ...F${i + 1} } }`)} fragment F20 on Referral { id }`,
  )
  t.equal(byFragments.errors?.[0].extensions.code, 'QUERY_TOO_DEEP')
  t.equal((await ask(`{ referrals(first: 1) { nodes { ${nested(5)} } } }`)).errors, undefined)
})

t.test(
  'cost is counted with the variables, before anything is executed, and told with each answer',
  async (t) => {
    const { ask } = await asking(t)
    const query = `query ($first: Int) { referrals(first: $first) { nodes { id history(first: $first) { nodes { at } } } } }`
    const cheap = await ask(query, { first: 10 })
    t.equal(cheap.errors, undefined)
    t.equal(cheap.extensions.cost, 1 + 10 * (1 + 1 + 10))
    const costly = await ask(query, { first: 100 })
    t.equal(costly.status, 400)
    t.equal(costly.data, undefined)
    t.equal(costly.errors?.[0].extensions.code, 'QUERY_TOO_COSTLY')
    t.equal(costly.errors?.[0].extensions.limit, 5_000)
    t.equal(costly.errors?.[0].extensions.actual, 1 + 100 * 102)
    const literal = await ask(`{ referrals(first: 100) { nodes { history(first: 100) { nodes { at } } } } }`)
    t.equal(literal.errors?.[0].extensions.code, 'QUERY_TOO_COSTLY')
    const balanced = await ask(
      `{ a: referrals(first: -100000) { nodes { id } } b: referrals(first: 100) { nodes { history(first: 100) { nodes { at } } } } }`,
    )
    t.equal(balanced.errors?.[0].extensions.code, 'QUERY_TOO_COSTLY', 'nothing costs less than nothing')
    const doubling = await ask(
      `{ referrals(first: 100) { nodes { ...F0 } } } ${repeat(8, (i) => `fragment F${i} on Referral { x: replaces { ...F${i + 1} } y: replaces { ...F${i + 1} } }`)} fragment F8 on Referral { id }`,
    )
    t.equal(doubling.errors?.[0].extensions.code, 'QUERY_TOO_COSTLY')
  },
)

t.test('a list without pages costs as much as it may hold', async (t) => {
  const ask = await asOperator(t)
  const costOf = async (query: string, variables?: object) => {
    const { extensions, errors } = await ask(query, variables)
    return extensions?.cost ?? errors?.[0].extensions.actual
  }
  const sessions = (inside: string) =>
    `{ supervisionSessions(first: 20) { nodes { mentors { id ${inside} } } } }`
  t.equal(await costOf(sessions('')), 1 + 20 * (1 + 50), 'fifty may have been there')
  const crowded = await ask(sessions('mentorships(first: 100) { nodes { id } }'))
  t.equal(crowded.errors?.[0].extensions.code, 'QUERY_TOO_COSTLY')
  t.equal(crowded.errors?.[0].extensions.actual, 1 + 20 * (1 + 50 + 50 * (1 + 100)))
  t.equal(await costOf('{ mentors(first: 100) { nodes { employers { name } } } }'), 1 + 100 * (1 + 10))

  const simulation = `query ($id: ID!, $from: DateTime!) {
    simulateEngagementRuleSet(id: $id, from: $from, to: $from) { differingReferrals { history(first: 60) { nodes { at } } } } }`
  const simulated = await ask(simulation, {
    id: '01938f3e-7c00-7aaa-8bbb-0123456789ab',
    from: '2026-11-01T00:00:00Z',
  })
  t.equal(simulated.errors?.[0].extensions.actual, 1 + 100 + 100 * (1 + 60))

  const search =
    'query ($limit: Int) { search(text: "sample", limit: $limit) { data { organization { id } } } }'
  const ofEachType = 5
  for (const limit of [1, 10, 50])
    t.equal(await costOf(search, { limit }), 1 + limit * ofEachType, `${limit}`)
  t.equal(await costOf(search), 1 + 10 * ofEachType, 'ten, where nothing is said')
  t.equal(await costOf(search, { limit: -1_000 }), 1 + ofEachType, 'nothing costs less than nothing')
  const candidates = `query ($id: ID!, $limit: Float) { referral(id: $id) { candidates(limit: $limit) { ...C } } }
    fragment C on Candidates { data { mentor { id } } }`
  const id = '01938f3e-7c00-7aaa-8bbb-0123456789ab'
  t.equal(await costOf(candidates, { id, limit: 3 }), 1 + 50 + 3)
  t.equal(await costOf(candidates, { id, limit: 1_000 }), 1 + 50 + 50, 'above fifty counts as fifty')
})

t.test('what a screen asks for is within the limit, at the largest page', async (t) => {
  const ask = await asOperator(t)
  const screens = {
    'people, and who accompanies them':
      '{ referrals(first: 100) { nodes { patient { name } engagement { mentorship { record { mentor { displayName } contacts(first: 5) { nodes { at result } } } } } } } }',
    'every hit of a search':
      '{ search(text: "sample", limit: 50) { data { label node { id } organization { name } } } }',
    'mentors with their employers': '{ mentors(first: 100) { nodes { displayName employers { name } } } }',
    'who was at supervision': '{ supervisionSessions(first: 50) { nodes { at mentors { displayName } } } }',
  }
  for (const [screen, query] of Object.entries(screens)) t.same((await ask(query)).errors, undefined, screen)
})

t.test('large documents are refused by their size alone', async (t) => {
  const { ask } = await asking(t)
  const large: Record<string, string> = {
    tokens: `{ ${repeat(3_000, () => '__typename')} }`,
    aliases: `{ ${repeat(60, (i) => `a${i}: __typename`)} }`,
    'root fields': `{ ${repeat(30, () => '__typename')} }`,
    directives: `{ __typename ${repeat(60, () => '@skip(if: false)')} }`,
    'root fields by fragments': `{ ...A ...A ...A } fragment A on Query { ...B ...B ...B } fragment B on Query { a: __typename b: __typename c: __typename }`,
  }
  for (const [what, query] of Object.entries(large)) {
    const { status, errors } = await ask(query)
    t.equal(status, 400, what)
    t.equal(errors?.[0].extensions.code, 'QUERY_TOO_LARGE', what)
    t.type(errors?.[0].extensions.limit, 'number', what)
  }
})

t.test('what is malformed or does not fit is named, and never our fault', async (t) => {
  const { api, ask } = await asking(t)
  const documents: Record<string, string> = {
    unclosed: '{ referrals { nodes { id }',
    empty: '',
    'no operation': 'fragment F on Referral { id }',
    'unknown field': '{ nothing }',
    'no selection': '{ referrals }',
    'circular fragments':
      '{ referrals { nodes { ...A } } } fragment A on Referral { ...B } fragment B on Referral { ...A }',
    'a fragment in itself': '{ ...A } fragment A on Query { ...A }',
    'unknown fragment': '{ ...A }',
    'unknown enum value': '{ referrals(status: SOMETHING) { nodes { id } } }',
    'wrong argument': '{ referral(id: {a: 1}) { id } }',
    'missing argument': '{ referral { id } }',
    'two operations, none named': 'query A { __typename } query B { __typename }',
    'a schema definition': 'type A { b: C }',
    'a subscription by HTTP': 'subscription { __typename }',
    'undefined variable': '{ referral(id: $id) { id } }',
  }
  for (const [what, query] of Object.entries(documents)) {
    const { status, errors, data } = await ask(query)
    t.equal(status, 400, what)
    t.equal(data, undefined, what)
    t.match(errors?.[0].extensions.code, /^QUERY_(INVALID|MALFORMED)$/, what)
  }
  const byId = 'query One($id: ID!) { referral(id: $id) { id } }'
  for (const variables of [{}, { id: null }, { id: ['a', 'b'] }, { id: { a: 1 } }, { id: true }]) {
    const { status, errors } = await ask(byId, variables)
    t.equal(status, 400)
    t.equal(errors?.[0].extensions.code, 'QUERY_INVALID', JSON.stringify(variables))
  }
  const accept = { accept: 'application/graphql-response+json' }
  for (const body of [
    '[]',
    '[{"query":"{ __typename }"}]',
    'null',
    '1',
    '"{ __typename }"',
    '{"query":1}',
    '{"query":null}',
    '{}',
    '{"query":"{ __typename }","variables":[]}',
    '{"query":"{ __typename }","operationName":7}',
    '{"query":"{ __typename }","extensions":"x"}',
    '{"query":"{ __typename }","operationName":"Other"}',
    '{"documentId":"../../etc/passwd"}',
    '{"extensions":{"persistedQuery":{"sha256Hash":7}}}',
    '{',
    '',
    '\u0000',
  ]) {
    const { status, body: answer } = await api.post('/graphql', body, accept)
    t.equal(status, 400, body)
    t.match(answer.errors?.[0].extensions.code, /^(QUERY_(INVALID|MALFORMED)|malformed_json)$/, body)
  }
  const huge = await api.post('/graphql', JSON.stringify({ query: ' '.repeat(300_000) }), accept)
  t.equal(huge.status, 413)
  t.equal(huge.body.errors[0].extensions.code, 'body_too_large')
  const typed = await api.post('/graphql', '{ __typename }', {
    ...accept,
    'content-type': 'application/graphql',
  })
  t.equal(typed.status, 415)
  t.equal(typed.body.errors[0].extensions.code, 'unsupported_media_type')
  const unacceptable = await api.post('/graphql', { query: '{ __typename }' }, { accept: 'text/html' })
  t.equal(unacceptable.status, 406)
  t.equal(unacceptable.body.errors[0].extensions.code, 'NOT_ACCEPTABLE')
})

t.test('unusual values of a good shape are refused as on REST', async (t) => {
  const { ask } = await asking(t)
  const wrong: [string, string][] = [
    ['{ referral(id: "not-an-id") { id } }', 'invalid_input'],
    ['{ node(id: "not-an-id") { id } }', 'invalid_input'],
    ['{ referrals(modifiedSince: "yesterday") { nodes { id } } }', 'invalid_input'],
    ['{ referrals(placerId: "\\u0000") { nodes { id } } }', 'invalid_input'],
    [
      `{ nodes(ids: [${repeat(101, () => '"01938f3e-7c00-7aaa-8bbb-0123456789ab"')}]) { id } }`,
      'invalid_input',
    ],
  ]
  for (const [query, code] of wrong) {
    const { status, errors } = await ask(query)
    t.equal(status, 200, query.slice(0, 80))
    t.equal(errors?.[0].extensions.code, code, query.slice(0, 80))
  }
})

t.test('introspection is answered, also at its deepest, and can be switched off', async (t) => {
  const open = await asking(t)
  const { data, errors } = await open.ask(getIntrospectionQuery())
  t.same(errors, undefined)
  t.ok(data.__schema.types.length > 100)
  const circles = await open.ask(
    '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
  )
  t.equal(circles.status, 400)
  const closed = await asking(t, { graphql: { introspection: false } })
  const refused = await closed.ask('{ __schema { types { name } } }')
  t.equal(refused.status, 400)
  t.equal(refused.errors?.[0].extensions.code, 'QUERY_INVALID')
  t.same((await closed.ask('{ __typename }')).data, { __typename: 'Query' })
})

t.test('with a list of known queries nothing else is answered', async (t) => {
  const query = '{ referrals(first: 1) { nodes { id } } }'
  const hash = createHash('sha256').update(query).digest('hex')
  const { ask, api } = await asking(t, { graphql: { knownQueries: new Map([[hash, query]]) } })
  t.equal((await ask(query)).errors, undefined)
  t.same((await api.post('/graphql', { documentId: hash })).body.data, { referrals: { nodes: [] } })
  const other = await ask('{ __typename }')
  t.equal(other.status, 400)
  t.equal(other.errors?.[0].extensions.code, 'PERSISTED_QUERY_REQUIRED')
  const extensions = { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } }
  const unknown = await api.post('/graphql', { query: '{ __typename }', extensions })
  t.equal(unknown.body.errors[0].extensions.code, 'PERSISTED_QUERY_REQUIRED', 'nothing is added to the list')
})
