import t from 'tap'
import { samplePatient } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

t.test('the clinic’s own number decides who a patient is', async (t) => {
  const { as, createWorld } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const patient = samplePatient()
  const made = await clinic.post('/v1/patients', patient)
  t.match(made, {
    status: 201,
    headers: { location: `/v1/patients/${made.body.id}` },
    body: { identifiers: [patient.identifier], name: 'Sample Patient', version: 1 },
  })
  const again = await clinic.post('/v1/patients', { identifier: patient.identifier, language: 'es' })
  t.match(again, {
    status: 200,
    body: { id: made.body.id, language: 'es', name: 'Sample Patient', birthDate: '1991-04-12', version: 2 },
  })
  const theirs = await (await as(world.otherClinic)).post('/v1/patients', patient)
  t.equal(theirs.status, 201)
  t.not(theirs.body.id, made.body.id)
  const { system, value } = patient.identifier
  const found = await clinic.get(`/v1/patients?identifier=${encodeURIComponent(`${system}|${value}`)}`)
  t.match(found.body, { data: [{ id: made.body.id }], nextCursor: null })
})

t.test('a patient is changed with what was read, member by member', async (t) => {
  const { as, createWorld } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const { body, headers } = await clinic.post('/v1/patients', samplePatient())
  const path = `/v1/patients/${body.id}`
  t.equal((await clinic.patch(path, { language: 'es' })).status, 428)
  const changed = await clinic.patch(
    path,
    { language: 'es', postalCode: null },
    { 'if-match': String(headers.etag), 'content-type': 'application/merge-patch+json' },
  )
  t.match(changed, {
    status: 200,
    headers: { etag: '"v2"' },
    body: { language: 'es', postalCode: null, name: 'Sample Patient' },
  })
  t.equal((await clinic.patch(path, { language: 'fr' }, { 'if-match': String(headers.etag) })).status, 412)
  t.equal((await clinic.get(path, { 'if-none-match': '"v2"' })).status, 304)
  const answers = await Promise.all(
    ['a', 'b', 'c'].map((name) => clinic.patch(path, { name }, { 'if-match': '"v2"' })),
  )
  t.same(answers.map(({ status }) => status).sort(), [200, 412, 412], 'of changes that race, one is made')
  t.equal((await (await as(world.otherClinic)).patch(path, { name: 'x' }, { 'if-match': '*' })).status, 404)
})

t.test('patients are pulled page by page, and by change', async (t) => {
  const { as, createWorld, time } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const ids: string[] = []
  for (let index = 0; index < 5; index += 1) {
    ids.push((await clinic.post('/v1/patients', samplePatient())).body.id)
    time.forward({ minutes: 1 })
  }
  const since = time.now().toISOString()
  for (const id of [ids[3], ids[0], ids[4]]) {
    await clinic.patch(`/v1/patients/${id}`, { language: 'es' }, { 'if-match': '*' })
    time.forward({ minutes: 1 })
  }
  const seen: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body }: { body: { data: { id: string }[]; nextCursor: string | null } } = await clinic.get(
      `/v1/patients?limit=2&modifiedSince=${since}${cursor && `&cursor=${cursor}`}`,
    )
    seen.push(...body.data.map(({ id }) => id))
    cursor = body.nextCursor
  }
  t.same(seen, [ids[3], ids[0], ids[4]])
})
