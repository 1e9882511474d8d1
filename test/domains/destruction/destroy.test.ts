import t from 'tap'
import { openValue } from '../../../src/core/sealing.ts'
import { dumped, mark, marked } from '../sealing/story.ts'

const authority = 'Sample retention schedule'

t.test('destroyed, nothing of a person can be read any more, even with the master key', async (t) => {
  const story = await marked(t)
  const { clinic, operator, referral, mentorshipId, contactId, time, service, stored, end } = story
  const url = `/v1/patients/${referral.patientId}`
  const destroy = (ground: string) => clinic.post(`${url}/destroy`, { ground, authority })
  t.match(await destroy('retention_ended'), {
    status: 409,
    body: {
      code: 'record_kept',
      errors: [{ code: 'open_referral' }, { code: 'living_mentorship' }, { code: 'retention_running' }],
    },
  })
  await end()
  t.match((await destroy('not_a_record')).body.errors, [{ code: 'is_a_record' }])
  const [before] = await stored<{ sealed_key: Buffer }>(
    'select sealed_key from person_keys where person_id = $1',
    [referral.patientId],
  )
  time.forward({ days: 10 * 366 })
  const version = (await clinic.get(url)).body.version
  const destroyed = await clinic.post(
    `${url}/destroy`,
    { ground: 'retention_ended', authority },
    { 'if-match': `"v${version}"`, 'idempotency-key': 'destroy' },
  )
  t.match(destroyed, { status: 201, body: { method: 'crypto_shred', ground: 'retention_ended', authority } })
  t.match(await clinic.get(destroyed.headers.location as string), { status: 200, body: destroyed.body })
  t.match((await clinic.get(`/v1/destruction-certificates?patientId=${referral.patientId}`)).body.data, [
    { id: destroyed.body.id },
  ])
  t.notOk(
    JSON.stringify(destroyed.body).includes(referral.patientId),
    'the certificate does not name the person',
  )

  t.match((await clinic.get(url)).body, {
    name: null,
    birthDate: null,
    contactPoints: [],
    identifiers: [],
    erasedAt: time.now().toISOString(),
  })
  t.match((await operator.get(`/v1/contacts/${contactId}/versions`)).body.data, [
    { summary: null },
    { summary: null },
  ])
  t.match((await operator.get(`/v1/mentorships/${mentorshipId}/agreements`)).body.data, [
    { goals: [], hours: null },
  ])
  t.match((await clinic.get(`/v1/consents/${referral.consentId}`)).body, {
    patientNameAsSigned: null,
    signatures: [],
  })

  // Everything that is still there, tried with the keyring itself: what opens names nobody.
  const rows = await dumped(story)
  t.same(
    rows.filter(({ row }) => row.includes(mark) || row.includes('EHR-ORDER')),
    [],
  )
  const keys = await stored<{ sealed_key: Buffer | null }>(
    'select sealed_key from person_keys where person_id = $1',
    [referral.patientId],
  )
  t.same(keys, [{ sealed_key: null }])
  const answers = await stored<{ answer: Buffer }>('select answer from idempotency_answers')
  const opened = answers.map(({ answer }) => service.keyring.open('idempotency-answer', answer))
  t.notOk(
    opened.some((text) => text.includes(mark)),
    'kept answers of repeated requests are gone too',
  )
  // The one thing that could still open it is a backup of the key's row: nothing else in the database can.
  const [contact] = await stored<{ network_id: string; sealed: Record<string, string> }>(
    'select network_id, sealed from contacts where id = $1',
    [contactId],
  )
  const from =
    before &&
    contact &&
    (await service.keyring.dataKeys.open(contact.network_id, referral.patientId, before.sealed_key))
  const place = { table: 'contacts', member: 'summary', row: contactId }
  t.equal(from && openValue(from, place, contact?.sealed.summary ?? ''), `${mark} corrected`)
})

t.test('nothing is added to who was destroyed, and under the same number comes a new person', async (t) => {
  const { clinic, world, stored } = await marked(t)
  const identifier = { system: 'https://clinic.example/mrn', value: 'mistaken' }
  const mistaken = (await clinic.post('/v1/patients', { identifier, name: `${mark} Mistaken` })).body
  const url = `/v1/patients/${mistaken.id}`
  t.equal((await clinic.post(`${url}/destroy`, { ground: 'not_a_record', authority })).status, 201)
  t.match(await clinic.post(`${url}/destroy`, { ground: 'not_a_record', authority }), {
    status: 409,
    body: { code: 'record_erased' },
  })
  const { version } = (await clinic.get(url)).body
  t.match(await clinic.patch(url, { name: 'Sample' }, { 'if-match': `"v${version}"` }), {
    status: 409,
    body: { code: 'record_erased' },
  })
  const refused = await clinic.post('/v1/referrals', {
    patientId: mistaken.id,
    programId: world.programId,
    reason: ['transition_of_care'],
    priority: 'routine',
    note: 'Sample note',
    consentId: '01a1f002-9b1f-7e7c-9d5a-0c504a5b6c7d',
  })
  t.ok(refused.status >= 400)
  const again = await clinic.post('/v1/patients', { identifier, name: 'Sample Patient' })
  t.match(again, { status: 201, body: { name: 'Sample Patient' } })
  t.not(again.body.id, mistaken.id)
  t.match(await stored(`select count(*)::int as n from events where type = 'patient.erased'`), [{ n: 1 }])
})

t.test('a legal hold keeps the record until somebody else takes it off', async (t) => {
  const { clinic, as, world, service, time } = await marked(t)
  const identifier = { system: 'https://clinic.example/mrn', value: 'held' }
  const { id } = (await clinic.post('/v1/patients', { identifier })).body
  const hold = await clinic.post(`/v1/patients/${id}/legal-holds`, { reason: `${mark} letter` })
  t.equal(hold.status, 201)
  const destroy = () => clinic.post(`/v1/patients/${id}/destroy`, { ground: 'not_a_record', authority })
  t.match((await destroy()).body, { code: 'record_kept', errors: [{ code: 'legal_hold' }] })
  t.match(await clinic.post(`/v1/legal-holds/${hold.body.id}/release`, {}), {
    status: 409,
    body: { code: 'release_by_another' },
  })
  // Another system of the same organization, as its office would have one.
  const second = await service.database.pool.query('select gen_random_uuid() as id')
  const other = await as({ ...world.clinic, clientId: second.rows[0].id })
  t.match(await other.post(`/v1/legal-holds/${hold.body.id}/release`, {}), {
    status: 200,
    body: { releasedAt: time.now().toISOString(), reason: `${mark} letter` },
  })
  t.match((await clinic.get(`/v1/patients/${id}/legal-holds`)).body.data, [{ id: hold.body.id }])
  t.equal((await destroy()).status, 201)
})

t.test('only who holds the patient destroys, and only with the scope for it', async (t) => {
  const { as, world, operator, referral } = await marked(t)
  const url = `/v1/patients/${referral.patientId}/destroy`
  const wish = { ground: 'retention_ended', authority }
  t.equal((await operator.post(url, wish)).status, 404)
  t.equal((await (await as(world.otherClinic)).post(url, wish)).status, 404)
  t.equal((await (await as(world.clinic, ['patients:write'])).post(url, wish)).status, 403)
})

t.test('the network says how long records are kept, and never less than six years', async (t) => {
  const { as, world, clinic } = await marked(t)
  const office = await as(world.admin)
  t.match((await clinic.get('/v1/retention-policy')).body, { recordYears: 10 })
  t.equal((await office.post('/v1/retention-policy', { recordYears: 5 })).status, 422)
  t.equal((await office.post('/v1/retention-policy', { recordYears: 7 })).status, 200)
  t.match((await clinic.get('/v1/retention-policy')).body, { recordYears: 7 })
  t.equal((await clinic.post('/v1/retention-policy', { recordYears: 8 })).status, 403)
})
