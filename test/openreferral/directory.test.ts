import t, { type Test } from 'tap'
import { z } from 'zod'
import { asPublic } from '../../src/db/access.ts'
import { sampleHash, sampleReferral } from '../support/samples.ts'
import { type Answer, startService } from '../support/service.ts'

async function withDirectory(t: Test) {
  const started = await startService(t)
  const world = await started.createWorld()
  const [office, operator, otherOperator] = [
    await started.as(world.admin),
    await started.as(world.operator),
    await started.as(world.otherOperator),
  ]
  const open = (name: string | null) => office.post('/v1/public-directory', { name })
  const list = (listed = true) =>
    operator.patch(
      `/v1/organizations/${world.operator.organizationId}`,
      {
        listed,
        description: 'Sample: people in recovery who accompany others.',
        url: 'https://recovery.example',
      },
      { 'if-match': '*' },
    )
  const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    started.inject({ url: `/openreferral/v3${path}`, headers })
  return { ...started, world, office, operator, otherOperator, open, list, get }
}

/**
 * What HSDS 3.0 demands of each object, and how its members are called, written down from the published specification.
 * Strict: a member that HSDS does not know would be lost on every reader. `last_modified` and `capacities` are of 3.1.
 */
const id = z.uuid()
const text = z.string().min(1)
const Taxonomy = z.strictObject({ id, name: text, description: text, version: text })
const Term = z.strictObject({
  ...{
    id,
    code: text,
    name: text,
    description: text,
    taxonomy: text,
    taxonomy_detail: Taxonomy,
    language: text,
  },
})
const Attribute = z.strictObject({
  ...{ id, link_id: id, link_entity: text, taxonomy_term_id: id, taxonomy_term: Term },
  ...{ label: text.optional(), value: text.optional() },
})
const Organization = z.strictObject({
  ...{
    id,
    name: text,
    description: text,
    website: z.url().optional(),
    attributes: z.array(Attribute).optional(),
  },
})
const Capacity = z.strictObject({
  ...{ id, service_id: id, unit: z.strictObject({ id, name: text }), available: z.number() },
  ...{ description: text, updated: z.iso.datetime() },
})
const Service = z.strictObject({
  ...{ id, name: text, status: z.enum(['active', 'inactive', 'defunct', 'temporarily closed']) },
  ...{ organization_id: id, description: text.optional(), url: z.url().optional() },
  ...{
    minimum_age: z.number().optional(),
    maximum_age: z.number().optional(),
    accreditations: text.optional(),
  },
  ...{ assured_date: z.iso.date().optional(), last_modified: z.iso.datetime(), organization: Organization },
  languages: z.array(z.strictObject({ id, code: text, name: text })).optional(),
  service_areas: z.array(z.strictObject({ id, name: text, description: text })).optional(),
  ...{ capacities: z.array(Capacity).optional(), attributes: z.array(Attribute).optional() },
})
const pageOf = (item: z.ZodType) =>
  z.strictObject({
    ...{ total_items: z.int(), total_pages: z.int(), page_number: z.int(), size: z.int() },
    ...{ first_page: z.boolean(), last_page: z.boolean(), empty: z.boolean(), contents: z.array(item) },
  })

t.test('who is listed is found by anybody, in the form of HSDS', async (t) => {
  const { open, list, get, operator, world, inject, office } = await withDirectory(t)
  await operator.post(`/v1/programs/${world.programId}/capacity`, { status: 'capacity', openSlots: 4 })
  await operator.post(`/v1/organizations/${world.operator.organizationId}/needs`, {
    ...{ kind: 'space', description: 'Sample: a room.', quantity: '1 room', public: true },
  })
  const accreditation = (
    await operator.post('/v1/accreditations', {
      ...{
        code: 'caprss',
        issuer: 'Sample Council',
        fromOn: '2026-01-01',
        documentSha256: sampleHash,
        public: true,
      },
    })
  ).body
  await office.post(`/v1/accreditations/${accreditation.id}/confirm`, {})
  const scheme = (
    await office.post('/v1/recognition-schemes', {
      ...{
        code: 'accredited',
        name: 'Accredited',
        description: 'Sample.',
        subject: 'organization',
        validMonths: 12,
      },
      rules: [{ fact: 'accreditation_held', comparison: 'at_least', threshold: 1, accreditation: 'caprss' }],
    })
  ).body
  await operator.post(`/v1/recognition-schemes/${scheme.id}/evaluations`, {})
  t.equal((await open('sample-network')).status, 200)
  t.equal((await list()).status, 200)

  const services = await get('/services?full=true')
  t.same(pageOf(Service).safeParse(services.body).error?.issues ?? [], [])
  t.match(services.body, {
    ...{
      total_items: 1,
      total_pages: 1,
      page_number: 1,
      size: 1,
      first_page: true,
      last_page: true,
      empty: false,
    },
    contents: [
      {
        ...{ id: world.programId, name: 'Sample Peer Line', status: 'active', assured_date: '2026-11-18' },
        ...{
          accreditations: 'caprss (Sample Council)',
          capacities: [{ available: 4, unit: { name: 'person' } }],
        },
        languages: [{ code: 'en', name: 'English' }],
      },
    ],
  })
  const service = (await get(`/services/${world.programId}`)).body
  t.same(service, services.body.contents[0])
  const organization = (await get(`/organizations/${world.operator.organizationId}`)).body
  t.same(Organization.safeParse(organization).error?.issues ?? [], [])
  const found = (code: string) =>
    organization.attributes.find(
      (one: { taxonomy_term: { code: string } }) => one.taxonomy_term.code === code,
    )
  t.match(found('recognition_credential'), { label: 'Accredited', value: /\/recognition\/credentials\// })
  t.match(found('accreditation'), { label: 'caprss', value: 'Sample Council' })
  t.match(found('space'), { label: 'Sample: a room.', value: '1 room' })
  t.equal((await inject({ url: new URL(found('recognition_credential').value).pathname })).status, 200)
  for (const [path, item] of [
    ['/organizations', Organization],
    ['/taxonomies', Taxonomy],
    ['/taxonomy_terms?per_page=100', Term],
    ['/service_at_locations', z.never()],
  ] as const)
    t.same(pageOf(item).safeParse((await get(path)).body).error?.issues ?? [], [], path)
  const [term] = (await get('/taxonomy_terms?per_page=1')).body.contents
  t.same((await get(`/taxonomy_terms/${term.id}`)).body, term)
  t.match((await get('/')).body, { version: '3.0', profile: /openreferral/, openapi_url: /openapi/ })
  t.same((await inject({ url: `/openreferral/sample-network/v3/services/${world.programId}` })).body, service)
  t.equal((await get('/services?network=sample-network&search=peer')).body.total_items, 1)
  t.equal((await get('/services?search=%25')).body.total_items, 0, 'a sign of SQL is a sign')
})

t.test('what is not listed does not exist, nor does a network that did not open its directory', async (t) => {
  const { open, list, get, world, operator, createWorld } = await withDirectory(t)
  await list()
  t.equal((await get('/services')).status, 404, 'the network has said nothing yet')
  await open('sample-network')
  const other = world.otherOperator.organizationId
  for (const path of [
    `/services/${world.otherProgramId}`,
    `/organizations/${other}`,
    '/services/x',
    `/services?network=no`,
  ])
    t.equal((await get(path)).status, 404, path)
  t.equal((await get('/organizations')).body.total_items, 1)
  const elsewhere = await createWorld()
  t.equal((await get(`/services/${elsewhere.programId}`)).status, 404)
  await operator.patch(`/v1/programs/${world.programId}`, { status: 'closed' }, { 'if-match': '*' })
  t.match((await get('/services')).body, { empty: true, contents: [], total_items: 0 })
  await list(false)
  t.match((await get('/organizations')).body, { empty: true })
  await open(null)
  t.equal((await get('/organizations')).status, 404)
})

t.test('it can be kept for a while, and says when nothing has changed', async (t) => {
  const { open, list, get, time, operator, world } = await withDirectory(t)
  await operator.post(`/v1/programs/${world.programId}/capacity`, {
    status: 'capacity',
    openSlots: 4,
    freshForHours: 1,
  })
  await open('sample-network')
  await list()
  const { headers } = await get(`/services/${world.programId}`)
  t.match(headers, {
    'cache-control': 'public, max-age=300',
    'last-modified': 'Wed, 18 Nov 2026 19:00:00 GMT',
    etag: /^"/,
  })
  const again = () => get(`/services/${world.programId}`, { 'if-none-match': String(headers.etag) })
  t.equal((await again()).status, 304)
  time.forward({ hours: 2 })
  const stale = await again()
  t.equal(stale.status, 200)
  t.same(stale.body.capacities, [], 'what was said too long ago is unknown')
})

t.test('pages are bounded, and what makes no sense is refused', async (t) => {
  const { open, list, get } = await withDirectory(t)
  await open('sample-network')
  await list()
  t.match((await get('/services?page=2')).body, {
    page_number: 2,
    empty: true,
    last_page: true,
    first_page: false,
  })
  for (const query of [
    'page=0',
    'per_page=101',
    'page=1001',
    'format=csv',
    'organization_id=x',
    'modified_after=x',
    'full=1',
  ])
    t.match(await get(`/services?${query}`), { status: 422, body: { code: 'invalid_input' } }, query)
})

t.test('the public reader finds nothing but what was listed, whatever it asks', async (t) => {
  const { open, list, world, as, service } = await withDirectory(t)
  await open('sample-network')
  await list()
  await (await as(world.clinic)).post('/v1/referrals', sampleReferral(world.programId))
  const rows = (query: string) =>
    asPublic(
      service.database,
      { networkId: world.networkId },
      async ({ db }) => (await db.execute(query)).rows,
    )
  t.same(await rows('select id from organizations'), [{ id: world.operator.organizationId }])
  t.same(await rows('select id from programs'), [{ id: world.programId }])
  // If one of these opened, a page without a token would stand before the records of people in treatment.
  for (const table of [
    'patients',
    'referrals',
    'consents',
    'mentors',
    'mentorships',
    'contacts',
    'api_clients',
  ])
    await t.rejects(rows(`select 1 from ${table}`), { cause: { code: '42501' } }, table)
  await t.rejects(
    rows('select time_zone from organizations'),
    { cause: { code: '42501' } },
    'a column is named or shut',
  )
})

t.test('the office opens the directory, under a name that nobody else has', async (t) => {
  const { open, operator, createWorld, as, otherOperator, world, stored } = await withDirectory(t)
  t.match(await operator.post('/v1/public-directory', { name: 'mine' }), { status: 403 })
  t.match((await open('sample-network')).body, {
    name: 'sample-network',
    path: '/openreferral/sample-network/v3',
  })
  t.match((await operator.get('/v1/public-directory')).body, { name: 'sample-network' })
  const kept = (from: string) =>
    stored(`select network_id from ${from} and network_id = $1`, [world.networkId])
  t.equal((await kept(`events where type = 'public_directory.opened' and network_wide`)).length, 1)
  t.equal(
    (await kept(`audit_events where action = 'publicDirectory.publish' and outcome = 'allowed'`)).length,
    1,
  )
  const elsewhere = await as((await createWorld()).admin)
  t.match(await elsewhere.post('/v1/public-directory', { name: 'sample-network' }), {
    status: 409,
    body: { code: 'natural_key_taken' },
  })
  const needs = `/v1/organizations/${world.operator.organizationId}/needs`
  const need = { kind: 'funding', description: 'Sample: travel.' }
  t.match(await otherOperator.post(needs, need), { status: 404 }, 'nobody says what another one needs')
  const { body } = await operator.post(needs, need)
  t.match((await otherOperator.get(needs)).body.data, [{ id: body.id, status: 'open', public: false }])
  const change = (api: typeof operator) =>
    api.patch(`/v1/organization-needs/${body.id}`, { status: 'met' }, { 'if-match': '"v1"' })
  t.equal((await change(otherOperator)).status, 404)
  t.match((await change(operator)).body, { status: 'met', version: 2 })
  t.equal((await change(operator)).status, 412)
})
