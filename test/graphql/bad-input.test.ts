import t from 'tap'
import { createDocuments } from '../../src/graphql/documents.ts'
import { documentLimits } from '../../src/graphql/limits.ts'
import { createSchema } from '../../src/graphql/schema.ts'
import { ready } from '../domains/offers/ready.ts'
import { graphOf } from '../support/graphql.ts'
import { startService } from '../support/service.ts'

const repeat = (times: number, of: (index: number) => string) =>
  Array.from({ length: times }, (_, index) => of(index)).join(' ')

/** Documents that ask for more work than they are long, each refused by its shape. */
const bombs: Readonly<Record<string, string>> = {
  'a circle of fragments': '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
  'a long circle of fragments': `{ ...F0 } ${repeat(40, (i) => `fragment F${i} on Query { ...F${(i + 1) % 40} }`)}`,
  'a circle beside what is asked': '{ __typename } fragment A on Query { ...A }',
  aliases: `{ ${repeat(200, (i) => `a${i}: node(id: "x") { id }`)} }`,
  'aliases by fragments that double': `{ ...F0 } ${repeat(20, (i) => `fragment F${i} on Query { a${i}: __typename ...F${i + 1} ...F${i + 1} }`)} fragment F20 on Query { __typename }`,
  'the same field over and over': `{ referrals { nodes { ${repeat(400, () => 'id')} } } }`,
  'directives over and over': `{ __typename ${repeat(400, () => '@include(if: true)')} }`,
  'unknown directives': `{ __typename ${repeat(300, (i) => `@d${i}`)} }`,
  'a list in a document': `{ nodes(ids: [${repeat(2_000, () => '"x"')}]) { id } }`,
  'an object in an object': `{ referrals(status: ${'{a: '.repeat(700)}1${'}'.repeat(700)}) { nodes { id } } }`,
  'lists in lists': `{ nodes(ids: ${'['.repeat(800)}${']'.repeat(800)}) { id } }`,
  'selections in selections': `${'{ a '.repeat(500)}${'}'.repeat(500)}`,
  'many operations': repeat(400, (i) => `query Q${i} { __typename }`),
  'many variables': `query (${repeat(400, (i) => `$v${i}: ID`)}) { __typename }`,
}

t.test('a document is refused before it costs more than it is long', async (t) => {
  const { as, createWorld } = await startService(t)
  const ask = graphOf(await as((await createWorld()).clinic))
  for (const [what, query] of Object.entries(bombs)) {
    const { status, data, errors } = await ask(query)
    t.equal(status, 400, what)
    t.equal(data, undefined, what)
    t.match(errors?.[0].extensions.code, /^QUERY_(TOO_LARGE|TOO_DEEP|TOO_COSTLY|INVALID)$/, what)
    t.ok((errors?.length ?? 0) <= 20, `${what}: a handful of faults is named`)
  }
})

t.test('a bomb never comes to be compared with the schema', async (t) => {
  const schema = createSchema()
  let compared = 0
  // Validation asks the schema for the type of what it meets: that it was not asked is that it did not run.
  const counted = new Proxy(schema, {
    get(target, member) {
      if (member === 'getQueryType' || member === 'getType' || member === 'getRootType') compared += 1
      const value = Reflect.get(target, member, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const prepare = createDocuments({ schema: counted, limits: documentLimits, introspection: true })
  prepare('{ __typename }')
  t.ok(compared > 0, 'a plain document is compared')
  for (const [what, query] of Object.entries(bombs)) {
    if (what === 'many variables' || what === 'many operations') continue
    compared = 0
    prepare(query)
    t.equal(compared, 0, what)
  }
})

t.test('variables of a wrong shape are refused, however large and deep they are', async (t) => {
  const { as, createWorld } = await startService(t)
  const ask = graphOf(await as((await createWorld()).clinic))
  const many = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
  const nested = (depth: number): unknown => JSON.parse(`${'{"must":'.repeat(depth)}{}${'}'.repeat(depth)}`)
  const costly = await ask(many, { ids: Array.from({ length: 6_000 }, () => 'x') })
  t.equal(costly.status, 400)
  t.equal(costly.errors?.[0].extensions.code, 'QUERY_TOO_COSTLY')
  const create = 'mutation ($input: CreateReferralInput!) { createReferral(input: $input) { replayed } }'
  const wrong: [string, object][] = [
    [many, { ids: 1.5 }],
    [many, { ids: [[['x']]] }],
    [many, { ids: Array.from({ length: 2_000 }, () => ({})) }],
    [create, { input: nested(2_000) }],
    [create, { input: { preferences: nested(500) } }],
    [create, { input: [] }],
    [create, { input: { __proto__: {}, reason: 'NO_SUCH' } }],
    ['query ($first: Int) { referrals(first: $first) { nodes { id } } }', { first: '1' }],
    ['query ($first: Int) { referrals(first: $first) { nodes { id } } }', { first: 2 ** 40 }],
    ['query ($first: NoSuch) { referrals(first: $first) { nodes { id } } }', {}],
    ['query ($first: String) { referrals(first: $first) { nodes { id } } }', { first: 'x' }],
  ]
  for (const [query, variables] of wrong) {
    const { status, data, errors } = await ask(query, variables)
    const what = JSON.stringify(variables).slice(0, 60)
    t.equal(status, 400, what)
    t.equal(data, undefined, what)
    t.equal(errors?.[0].extensions.code, 'QUERY_INVALID', what)
    t.ok((errors?.length ?? 0) <= 21, what)
  }
})

t.test('pages of no size and cursors of another list are refused by the field that was asked', async (t) => {
  const { as, createWorld } = await startService(t)
  const world = await createWorld()
  const ask = graphOf(await as(world.clinic))
  const { data } = await ask('{ programs(first: 1) { pageInfo { endCursor } } }')
  const { endCursor } = data.programs.pageInfo
  const refused: [string, string][] = [
    ['first: 0', 'invalid_input'],
    ['first: -1', 'invalid_input'],
    ['first: 101', 'invalid_input'],
    ['after: ""', 'invalid_cursor'],
    ['after: "x"', 'invalid_cursor'],
    ['after: "p"', 'invalid_input'],
    ['after: "pAAAA"', 'invalid_cursor'],
    ['after: "iAAAA"', 'invalid_cursor'],
    [`after: "${'p'.repeat(900)}"`, 'invalid_cursor'],
    [`after: "${endCursor}"`, 'invalid_cursor'],
  ]
  for (const [given, code] of refused)
    for (const field of [`referrals(${given})`, `program(id: "${world.programId}") { referrals(${given})`]) {
      const query = `{ ${field} { nodes { id } } ${field.startsWith('program') ? '}' : ''} }`
      const { status, errors } = await ask(query)
      t.equal(status, 200, query)
      t.equal(errors?.[0].extensions.code, code, query)
    }
  for (const given of ['last: 1', 'first: 1, last: 1', 'before: "x"']) {
    const { status, errors } = await ask(`{ referrals(${given}) { nodes { id } } }`)
    t.equal(status, 400, 'lists go forward only')
    t.equal(errors?.[0].extensions.code, 'QUERY_INVALID')
  }
})

t.test('one id that is none spoils nothing that is asked beside it', async (t) => {
  const { clinic, referred, unknownId } = await ready(t)
  const id = await referred()
  const { data, errors } = await graphOf(clinic)(
    `{ good: node(id: "${id}") { id } bad: node(id: "no-id") { id } none: node(id: "${unknownId()}") { id } }`,
  )
  t.same(data, { good: { id }, bad: null, none: null })
  t.same(
    errors?.map(({ path, extensions }) => [path[0], extensions.code]),
    [['bad', 'invalid_input']],
  )
})

t.test('what is sent the wrong way is told the right one', async (t) => {
  const { as, createWorld } = await startService(t)
  const api = await as((await createWorld()).clinic)
  const accept = { accept: 'application/graphql-response+json' }
  const get = (query: string) => api.get(`/graphql?${new URLSearchParams(query)}`, accept)
  const answers = [
    [
      405,
      'METHOD_NOT_ALLOWED',
      await get(
        'query=mutation { createPatient(input: {identifier: {system: "urn:a", value: "1"}}) { replayed } }',
      ),
    ],
    [400, 'QUERY_INVALID', await get('query=subscription { referralChanged { event { id } } }')],
    [400, 'QUERY_MALFORMED', await get('query={ __typename }&variables={')],
    [400, 'QUERY_INVALID', await get('query=query A { __typename }&operationName=B')],
  ] as const
  for (const [status, code, answer] of answers) {
    t.equal(answer.status, status, code)
    t.equal(answer.body.errors[0].extensions.code, code)
  }
  const subscription = await api.post(
    '/graphql',
    { query: 'subscription { referralChanged { event { id } } }' },
    accept,
  )
  t.equal(subscription.status, 400)
  t.match(subscription.body.errors[0].message, /graphql-ws/)
})
