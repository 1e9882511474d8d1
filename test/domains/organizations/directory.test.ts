import t from 'tap'
import { startService } from '../../support/service.ts'

t.test(
  'the office of a network adds organizations; members read all of them and change their own',
  async (t) => {
    const { as, createWorld, stored } = await startService(t)
    const world = await createWorld()
    const [office, clinic, operator] = [
      await as(world.admin),
      await as(world.clinic),
      await as(world.operator),
    ]
    const added = await office.post('/v1/organizations', {
      name: 'Sample Hospital',
      kind: 'hospital',
      part2Status: ['program'],
    })
    t.match(added, {
      status: 201,
      headers: { location: `/v1/organizations/${added.body.id}` },
      body: { status: 'active', timeZone: 'America/New_York' },
    })
    t.match(await office.post('/v1/organizations', { name: 'Sample Hospital', kind: 'rco' }), {
      status: 409,
      body: { code: 'natural_key_taken' },
    })
    t.equal((await clinic.post('/v1/organizations', { name: 'Another', kind: 'rco' })).status, 403)
    t.match((await clinic.get(`/v1/organizations/${added.body.id}`)).body, { name: 'Sample Hospital' })
    const kinds = (await clinic.get('/v1/organizations?kind=rco')).body.data
    t.same(
      kinds.map(({ name }: { name: string }) => name),
      ['Sample Peer Alliance', 'Sample Recovery Community'],
    )

    const own = `/v1/organizations/${world.operator.organizationId}`
    const { headers } = await operator.get(own)
    t.match(await operator.patch(own, { timeZone: 'America/Chicago' }), {
      status: 428,
      body: { code: 'precondition_required' },
    })
    t.match(await operator.patch(own, { timeZone: 'Mars/Olympus' }, { 'if-match': String(headers.etag) }), {
      status: 422,
      body: { errors: [{ code: 'invalid_time_zone' }] },
    })
    t.match(
      (
        await operator.patch(
          own,
          { timeZone: 'America/Indiana/Indianapolis' },
          { 'if-match': String(headers.etag) },
        )
      ).body,
      { timeZone: 'America/Indiana/Indianapolis', version: 2 },
    )
    t.match(
      await operator.patch(own, { timeZone: 'America/Chicago' }, { 'if-match': String(headers.etag) }),
      { status: 412, body: { code: 'version_conflict' } },
    )
    t.match(await operator.patch(own, { name: 'Sample Hospital' }, { 'if-match': '*' }), {
      status: 409,
      body: { code: 'natural_key_taken' },
    })
    t.equal(
      (await operator.patch(`/v1/organizations/${added.body.id}`, { name: 'Mine now' }, { 'if-match': '*' }))
        .status,
      404,
    )
    t.same(await stored(`select count(*)::int as n from events where type = 'organization.updated'`), [
      { n: 1 },
    ])
  },
)

t.test('a program is seen by the network and changed by its organization alone', async (t) => {
  const { as, createWorld } = await startService(t)
  const world = await createWorld()
  const [clinic, operator, other] = [
    await as(world.clinic),
    await as(world.operator),
    await as(world.otherOperator),
  ]
  const made = await operator.post('/v1/programs', {
    name: 'Sample Evening Line',
    modes: ['phone'],
    serviceArea: ['802'],
  })
  t.match(made, { status: 201, body: { status: 'active', cadence: 'stepped_default', languages: ['en'] } })
  t.match(await operator.post('/v1/programs', { name: 'Sample Evening Line', modes: ['phone'] }), {
    status: 409,
    body: { code: 'natural_key_taken' },
  })
  t.equal(
    (await other.post('/v1/programs', { name: 'Sample Evening Line', modes: ['phone'] })).status,
    201,
    'a name is an organization’s own',
  )
  const path = `/v1/programs/${made.body.id}`
  t.match((await clinic.get(path)).body, { name: 'Sample Evening Line' })
  t.equal((await other.patch(path, { status: 'closed' }, { 'if-match': '*' })).status, 404)
  t.match(
    (
      await operator.patch(
        path,
        { description: 'Evenings', status: 'paused' },
        { 'if-match': String(made.headers.etag) },
      )
    ).body,
    { description: 'Evenings', status: 'paused', version: 2 },
  )
  t.match((await operator.patch(path, { description: null }, { 'if-match': '"v2"' })).body, {
    description: null,
  })
  const mine = (
    await clinic.get(`/v1/programs?organizationId=${world.operator.organizationId}&status=active`)
  ).body.data
  t.same(
    mine.map(({ id }: { id: string }) => id),
    [world.programId],
  )
})

t.test('networks know nothing of each other', async (t) => {
  const { as, createWorld } = await startService(t)
  const [here, there] = [await createWorld(), await createWorld()]
  const stranger = await as(there.admin)
  for (const path of [
    `/v1/organizations/${here.clinic.organizationId}`,
    `/v1/programs/${here.programId}`,
    `/v1/clients/${here.clinic.clientId}`,
  ]) {
    t.equal((await stranger.get(path)).status, 404, path)
  }
  const ids = (await stranger.get('/v1/organizations?limit=100')).body.data.map(
    ({ id }: { id: string }) => id,
  )
  t.equal(ids.length, 5)
  t.notOk(ids.includes(here.clinic.organizationId))
})
