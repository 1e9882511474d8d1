import t from 'tap'
import { sampleHash } from '../../support/samples.ts'
import { faults, recognitionReady } from '../recognition/ready.ts'

const sample = (changes: object = {}) => ({
  code: 'caprss',
  issuer: 'Sample Accreditation Council',
  fromOn: '2026-01-01',
  untilOn: '2026-12-31',
  documentSha256: sampleHash,
  ...changes,
})

t.test('an accreditation counts once the office has seen the document, and while it holds', async (t) => {
  const { operator, office, publish, evaluate, time } = await recognitionReady(t)
  const scheme = await publish({
    code: 'accredited',
    rules: [{ fact: 'accreditation_held', comparison: 'at_least', threshold: 1, accreditation: 'caprss' }],
  })
  const outcome = async () => (await evaluate(scheme.id)).body.outcome
  const { body } = await operator.post('/v1/accreditations', sample())
  t.match(body, { status: 'recorded', public: false, documentSha256: sampleHash })
  t.equal(await outcome(), 'not_met', 'an organization’s own word is not enough')
  t.match(await operator.post(`/v1/accreditations/${body.id}/confirm`, {}), { status: 403 })
  t.match(await office.post(`/v1/accreditations/${body.id}/confirm`, {}), {
    status: 200,
    body: { status: 'confirmed', version: 2 },
  })
  t.equal(await outcome(), 'met')
  time.set('2026-12-31T23:59:00Z')
  t.equal(await outcome(), 'met', 'the last day counts')
  time.set('2027-01-01T00:00:00Z')
  t.equal(await outcome(), 'not_met')
})

t.test('what was recorded without the hash of its document is confirmed by nobody', async (t) => {
  const { operator, office } = await recognitionReady(t)
  const record = async (changes: object) => (await operator.post('/v1/accreditations', sample(changes))).body
  const confirm = (id: string) => office.post(`/v1/accreditations/${id}/confirm`, {})
  const { id } = await record({ documentSha256: undefined })
  t.match(await confirm(id), { status: 409, body: { code: 'document_hash_required' } })
  t.match((await operator.get(`/v1/accreditations/${id}`)).body, { status: 'recorded', version: 1 })
  await operator.post(`/v1/accreditations/${id}/withdraw`, {})
  const anew = await record({})
  t.match(await confirm(anew.id), { status: 200, body: { status: 'confirmed', documentSha256: sampleHash } })
})

t.test('two accreditations of one kind never hold on the same day', async (t) => {
  const { operator, stored } = await recognitionReady(t)
  const record = (changes: object) => operator.post('/v1/accreditations', sample(changes))
  const first = await record({})
  t.equal(first.status, 201)
  for (const days of [
    {},
    { fromOn: '2026-12-31', untilOn: '2027-12-31' },
    { fromOn: '2025-01-01', untilOn: undefined },
  ])
    t.match(await record(days), { status: 409, body: { code: 'accreditation_overlaps' } })
  t.equal((await record({ issuer: 'Sample Other Council' })).status, 201, 'of another body it is another one')
  t.equal((await record({ fromOn: '2027-01-01', untilOn: undefined })).status, 201)
  t.match(await record({ fromOn: '2099-01-01', untilOn: undefined }), { status: 409 })
  t.match(await stored('select count(*)::int from accreditations'), [{ count: 3 }])
  await operator.post(`/v1/accreditations/${first.body.id}/withdraw`, {})
  t.equal((await record({})).status, 201, 'a withdrawn one is in nobody’s way')
  const many = await Promise.all(Array.from({ length: 4 }, () => record({ code: 'narr_level_2' })))
  t.same(many.map(({ status }) => status).sort(), [201, 409, 409, 409])
})

t.test('it is changed by its own organization, and read by the network', async (t) => {
  const { operator, otherOperator, office, world, as } = await recognitionReady(t)
  const { body } = await operator.post('/v1/accreditations', sample({ public: true }))
  t.match((await otherOperator.get(`/v1/accreditations/${body.id}`)).body, body)
  t.match(
    (await otherOperator.get(`/v1/accreditations?organizationId=${world.operator.organizationId}`)).body.data,
    [body],
  )
  t.equal((await otherOperator.post(`/v1/accreditations/${body.id}/withdraw`, {})).status, 404)
  t.same(
    faults(
      await operator.post('/v1/accreditations', sample({ untilOn: '2025-12-31', documentSha256: 'md5:1' })),
    ),
    ['#/documentSha256 invalid_format', '#/untilOn expires_before_start'],
  )
  const own = await as(world.admin)
  const ofOffice = (await own.post('/v1/accreditations', sample())).body
  t.match(await office.post(`/v1/accreditations/${ofOffice.id}/confirm`, {}), {
    status: 409,
    body: { code: 'review_by_another' },
  })
})
