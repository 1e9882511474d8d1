import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import t, { type Test } from 'tap'
import { type Answer, startService } from '../support/service.ts'
import { hsdsPage, hsdsSchemas } from './hsds-schemas.ts'

const ajv = new Ajv2020({ allErrors: true })
// The package is CommonJS: its default is the function, and an object that holds it.
const addFormats = formats as unknown as (ajv: Ajv2020) => void
addFormats(ajv)
for (const [name, schema] of Object.entries(hsdsSchemas)) ajv.addSchema(schema, name)

async function published(t: Test) {
  const { as, createWorld, inject, time } = await startService(t)
  const world = await createWorld()
  const [office, operator, other] = [
    await as(world.admin),
    await as(world.operator),
    await as(world.otherOperator),
  ]
  await office.post('/v1/public-directory', { name: 'sample-network' })
  for (const [api, { organizationId }] of [
    [operator, world.operator],
    [other, world.otherOperator],
  ] as const)
    await api.patch(`/v1/organizations/${organizationId}`, { listed: true }, { 'if-match': '*' })
  await operator.post(`/v1/programs/${world.programId}/capacity`, { status: 'capacity', openSlots: 4 })
  await operator.patch(
    `/v1/programs/${world.programId}`,
    { mentorTypes: ['peer_certified'], modes: ['phone'] },
    { 'if-match': '*' },
  )
  await operator.post(`/v1/organizations/${world.operator.organizationId}/needs`, {
    ...{ kind: 'space', description: 'Sample: a room.', public: true },
  })
  const get = (path: string): Promise<Answer> => inject({ url: `/openreferral/v3${path}` })
  const idsOf = async (path: string) =>
    (await get(path)).body.contents.map(({ id }: { id: string }) => id).sort()
  const termOf = async (code: string) =>
    (await get('/taxonomy_terms?per_page=100')).body.contents.find(
      (one: { code: string }) => one.code === code,
    ).id
  const taxonomyOf = async (name: string) =>
    (await get('/taxonomies')).body.contents.find((one: { name: string }) => one.name === name).id
  return { world, get, idsOf, termOf, taxonomyOf, time, operator }
}

t.test('every object is one that the published schemas of HSDS allow', async (t) => {
  const { get, world } = await published(t)
  for (const [path, item] of [
    ['/services', 'service'],
    ['/services?full=true', 'service'],
    ['/organizations', 'organization'],
    ['/organizations?full=true', 'organization'],
    ['/taxonomies', 'taxonomy'],
    ['/taxonomy_terms?per_page=100', 'taxonomy_term'],
  ] as const) {
    const check = ajv.compile(hsdsPage(item))
    const { body } = await get(path)
    t.ok(body.contents.length > 0, path)
    check(body)
    t.same(check.errors ?? [], [], path)
  }
  for (const [path, item] of [
    [`/services/${world.programId}`, 'service'],
    [`/organizations/${world.operator.organizationId}`, 'organization'],
  ] as const) {
    const check = ajv.getSchema(item)
    check?.((await get(path)).body)
    t.same(check?.errors ?? [], [], path)
  }
})

t.test('services and organizations are found by what they are tagged with', async (t) => {
  const { world, get, idsOf, termOf, taxonomyOf, time } = await published(t)
  const [own, other] = [world.programId, world.otherProgramId]
  const tagged = async (code: string) => idsOf(`/services?taxonomy_term_id=${await termOf(code)}`)
  t.same(await tagged('phone'), [own, other].sort())
  t.same(await tagged('video'), [other])
  t.same(await tagged('peer_certified'), [own])
  t.same(await tagged('capacity'), [own])
  t.same(await tagged('unknown'), [other])
  t.same(await tagged('space'), [], 'a service has no needs')
  t.same(await idsOf(`/services?taxonomy_id=${await taxonomyOf('mentor type')}`), [own])
  const within = `/services?taxonomy_id=${await taxonomyOf('mentor type')}&taxonomy_term_id=${await termOf('phone')}`
  t.same(await idsOf(within), [], 'a term of another taxonomy')
  t.same(await idsOf('/services?taxonomy_term_id=01938f3e-7c00-7aaa-8bbb-0123456789ab'), [])
  const organizations = async (code: string) => idsOf(`/organizations?taxonomy_term_id=${await termOf(code)}`)
  t.same(await organizations('space'), [world.operator.organizationId])
  t.equal((await organizations('rco')).length, 2)
  t.same(await organizations('accreditation'), [])
  time.forward({ days: 60 })
  t.same(await tagged('capacity'), [], 'what was said too long ago is unknown')
  t.same(await tagged('unknown'), [own, other].sort())
  t.equal((await get(`/services?taxonomy_term_id=${await termOf('unknown')}`)).body.total_items, 2)
})

t.test('minimal shows what has changed, since when, on one page', async (t) => {
  const { world, get, time, operator } = await published(t)
  const { body } = await get('/services?minimal=true')
  t.match(body, { total_pages: 1, size: 2 })
  for (const one of body.contents) t.same(Object.keys(one).sort(), ['id', 'modified_date'])
  time.forward({ hours: 1 })
  const since = time.now().toISOString()
  await operator.patch(`/v1/programs/${world.programId}`, { description: 'Sample.' }, { 'if-match': '*' })
  t.same((await get(`/services?minimal=true&modified_after=${since}`)).body.contents, [
    { id: world.programId, modified_date: since },
  ])
})

t.test('a program that says anew what room it has is pulled as changed', async (t) => {
  const { world, get, time, operator } = await published(t)
  const { body: before } = await get('/services?minimal=true')
  time.forward({ hours: 1 })
  const since = time.now().toISOString()
  const pulled = async () => (await get(`/services?minimal=true&modified_after=${since}`)).body.contents
  t.same(await pulled(), [])
  await operator.post(`/v1/programs/${world.programId}/capacity`, { status: 'waitlist', waitlistLength: 3 })
  t.same(await pulled(), [{ id: world.programId, modified_date: since }])
  const service = await get(`/services/${world.programId}`)
  t.equal(service.body.last_modified, since)
  for (const answer of [service, await get('/services')])
    t.equal(answer.headers['last-modified'], new Date(since).toUTCString())
  time.forward({ hours: 1 })
  await operator.patch(`/v1/programs/${world.programId}`, { description: 'Sample.' }, { 'if-match': '*' })
  t.equal((await get(`/services/${world.programId}`)).body.last_modified, time.now().toISOString())
  const others = ({ contents }: { contents: { id: string }[] }) =>
    contents.filter(({ id }) => id !== world.programId)
  t.same(others((await get('/services?minimal=true')).body), others(before), 'and no other with it')
})

t.test('a parameter that is not done here is refused by name, never passed over', async (t) => {
  const { get } = await published(t)
  for (const [path, pointer] of [
    ['/services?serch=x', '#/serch'],
    ['/services?postcode=80205', '#/postcode'],
    ['/services?minimal=yes', '#/minimal'],
    ['/services?format=csv', '#/format'],
    ['/services?taxonomy_term_id=x', '#/taxonomy_term_id'],
    ['/organizations?full_service=true', '#/full_service'],
    ['/organizations?organization_id=01938f3e-7c00-7aaa-8bbb-0123456789ab', '#/organization_id'],
    ['/taxonomies?taxonomy_id=01938f3e-7c00-7aaa-8bbb-0123456789ab', '#/taxonomy_id'],
    ['/?page=1', '#/page'],
  ] as const)
    t.match(await get(path), { status: 422, body: { code: 'invalid_input', errors: [{ pointer }] } }, path)
  t.match((await get('/taxonomy_terms?search=phone')).body, { total_items: 1 })
  t.match((await get('/taxonomy_terms?top_only=true&per_page=100')).body, { empty: false })
  t.match((await get('/taxonomy_terms?parent_id=01938f3e-7c00-7aaa-8bbb-0123456789ab')).body, { empty: true })
  t.match((await get('/service_at_locations?postcode=80205&proximity=5')).body, { empty: true })
})
