import { randomUUID } from 'node:crypto'
import t from 'tap'
import { serverUrl } from '../../support/database.ts'
import { samplePatient, sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

t.test('a request repeated with its key gets the same answer and makes nothing twice', async (t) => {
  const { as, createWorld, stored } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const body = sampleReferral(world.programId)
  const first = await clinic.post('/v1/referrals', body, { 'idempotency-key': 'order-1' })
  t.equal(first.status, 201)
  t.notOk(first.headers['idempotency-replayed'])
  const again = await clinic.post('/v1/referrals', body, { 'idempotency-key': '"order-1"' })
  t.match(again, {
    status: 201,
    body: first.body,
    headers: { 'idempotency-replayed': 'true', location: first.headers.location, etag: first.headers.etag },
  })
  const reordered = Object.fromEntries(Object.entries(body).reverse())
  t.match(await clinic.post('/v1/referrals', reordered, { 'idempotency-key': 'order-1' }), {
    status: 201,
    body: { id: first.body.id },
  })
  t.same(await stored('select count(*)::int as n from referrals'), [{ n: 1 }])
  t.same(await stored(`select count(*)::int as n from events where type = 'referral.requested'`), [{ n: 1 }])
})

t.test('a key is good for one body, one action and one client, for a day', async (t) => {
  const { as, createWorld, time } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const key = { 'idempotency-key': randomUUID() }
  const body = sampleReferral(world.programId)
  const first = await clinic.post('/v1/referrals', body, key)
  t.match(await clinic.post('/v1/referrals', { ...body, note: 'Another note' }, key), {
    status: 422,
    body: { code: 'idempotency_key_reused' },
  })
  t.equal((await clinic.post('/v1/patients', samplePatient(), key)).status, 201)
  const otherClinic = await as(world.otherClinic)
  const theirs = await otherClinic.post('/v1/referrals', body, key)
  t.equal(theirs.status, 201)
  t.not(theirs.body.id, first.body.id)
  time.forward({ hours: 25 })
  const later = await clinic.post('/v1/referrals', sampleReferral(world.programId), key)
  t.equal(later.status, 201)
  t.not(later.body.id, first.body.id)
})

t.test('a refused request leaves its key free', async (t) => {
  const { as, createWorld } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const key = { 'idempotency-key': 'order-2' }
  t.equal(
    (await clinic.post('/v1/referrals', { ...sampleReferral(world.programId), reason: [] }, key)).status,
    422,
  )
  t.equal((await clinic.post('/v1/referrals', sampleReferral(world.programId), key)).status, 201)
})

t.test('what is kept to answer again is sealed: the database alone cannot read it', async (t) => {
  const { as, createWorld, stored } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  await clinic.post('/v1/patients', samplePatient({ name: 'ZZMARKER' }), { 'idempotency-key': 'patient-1' })
  const [kept] = await stored<{ answer: Buffer }>('select answer from idempotency_answers')
  t.ok(kept)
  t.notMatch(kept?.answer.toString('latin1'), /ZZMARKER/)
})

t.test('the same order number answers with the referral that is there', async (t) => {
  const { as, createWorld, stored } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const body = sampleReferral(world.programId)
  const first = await clinic.post('/v1/referrals', body)
  const again = await clinic.post('/v1/referrals', { ...body, note: 'Sent twice' })
  t.match(again, { status: 200, body: first.body })
  // Another patient under the same order number changes nothing and leaves nothing behind.
  t.match(await clinic.post('/v1/referrals', { ...body, patient: samplePatient() }), {
    status: 200,
    body: { id: first.body.id },
  })
  t.same(await stored('select count(*)::int as n from patients'), [{ n: 1 }])
  t.equal(
    (await (await as(world.otherClinic)).post('/v1/referrals', body)).status,
    201,
    'the number is the clinic’s own',
  )
})

t.test('identical requests at the same instant make one referral, whatever tells them apart', async (t) => {
  const { as, createWorld, stored } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const body = sampleReferral(world.programId)
  const byPlacer = await Promise.all(Array.from({ length: 6 }, () => clinic.post('/v1/referrals', body)))
  t.same(byPlacer.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 201])
  t.equal(new Set(byPlacer.map(({ body: { id } }) => id)).size, 1)

  const unnumbered = sampleReferral(world.programId, { placerId: undefined })
  const key = { 'idempotency-key': 'at-once' }
  const byKey = await Promise.all(
    Array.from({ length: 6 }, () => clinic.post('/v1/referrals', unnumbered, key)),
  )
  const made = byKey.filter(({ status }) => status === 201)
  const waiting = byKey.filter(({ status }) => status === 409)
  t.equal(made.length + waiting.length, 6)
  t.equal(new Set(made.map(({ body: { id } }) => id)).size, 1)
  for (const { body: problem } of waiting) t.match(problem, { code: 'idempotency_in_progress' })
  t.same(await stored('select count(*)::int as n from referrals'), [{ n: 2 }])
})

t.test('new patients under one new number at the same instant are one patient', async (t) => {
  const { as, createWorld, stored } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const patient = samplePatient()
  const answers = await Promise.all(Array.from({ length: 5 }, () => clinic.post('/v1/patients', patient)))
  t.same(answers.map(({ status }) => status).sort(), [200, 200, 200, 200, 201])
  const orders = await Promise.all(
    Array.from({ length: 5 }, () =>
      clinic.post(
        '/v1/referrals',
        sampleReferral(world.programId, {
          patient: { ...patient, identifier: { ...patient.identifier, value: 'NEW-1' } },
        }),
      ),
    ),
  )
  for (const { status } of orders) t.equal(status, 201)
  t.equal(new Set(orders.map(({ body }) => body.patientId)).size, 1)
  t.same(await stored('select count(*)::int as n from patients'), [{ n: 2 }])
})

t.test(
  'while the first request with a key runs, the second is told so',
  { skip: serverUrl ? false : 'the embedded engine runs one transaction at a time' },
  async (t) => {
    const { as, createWorld, service } = await startService(t)
    const world = await createWorld()
    const clinic = await as(world.clinic)
    const running = await service.database.pool.connect()
    const name = `${world.networkId}|${world.clinic.clientId}|referrals.create|slow-1`
    await running.query('begin')
    await running.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [name])
    const body = sampleReferral(world.programId)
    t.match(await clinic.post('/v1/referrals', body, { 'idempotency-key': 'slow-1' }), {
      status: 409,
      body: { code: 'idempotency_in_progress' },
    })
    await running.query('rollback')
    running.release()
    t.equal((await clinic.post('/v1/referrals', body, { 'idempotency-key': 'slow-1' })).status, 201)
  },
)

t.test('a key is no way around a consent that was withdrawn since', async (t) => {
  const { as, createWorld } = await startService(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const operator = await as(world.operator)
  const { id, consentId } = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
  const key = { 'idempotency-key': 'accept-1' }
  t.equal((await operator.post(`/v1/referrals/${id}/accept`, {}, key)).status, 200)
  t.match(await operator.post(`/v1/referrals/${id}/accept`, {}, key), {
    status: 200,
    headers: { 'idempotency-replayed': 'true' },
  })
  await clinic.post(`/v1/consents/${consentId}/revoke`, {})
  // Without a new decision the stored answer would show the referral for another day.
  t.equal((await operator.post(`/v1/referrals/${id}/accept`, {}, key)).status, 404)
})
