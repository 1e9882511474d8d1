import { createHmac } from 'node:crypto'
import pg from 'pg'
import t from 'tap'
import { done, ready } from '../offers/ready.ts'

const npi = 'http://hl7.org/fhir/sid/us-npi|1234567893'
const otherNpi = 'http://hl7.org/fhir/sid/us-npi|1987654321'

/** As a clinic would write it from the published description alone: nothing of ours is used. */
function hashOf(key: string, name: string, birthDate: string): string {
  const plain = Array.from(name.normalize('NFKD').toLowerCase())
    .filter((letter) => !/\p{Mark}/u.test(letter))
    .map((letter) => (/[\p{Letter}\p{Number}]/u.test(letter) ? letter : ' '))
    .join('')
    .split(' ')
    .filter((word) => word !== '')
    .join(' ')
  return createHmac('sha256', Buffer.from(key, 'base64url'))
    .update(Buffer.from(`${plain}|${birthDate}`, 'utf8'))
    .digest('base64url')
}

async function withPanels(t: Parameters<typeof ready>[0]) {
  const world = await ready(t)
  const { clinic, mentor, person, candidates } = world
  const { key } = await done(clinic.get('/v1/panels/key'))
  const upload = (names: readonly (readonly [string, string])[], more: object = {}) =>
    clinic.post('/v1/panels', {
      practitionerReference: npi,
      hashes: names.map(([name, birthDate]) => hashOf(key, name, birthDate)),
      ...more,
    })
  const doctor = await mentor({
    type: 'clinician_ally',
    displayName: 'Sample Doctor',
    practitionerReferences: [npi],
  })
  const isBarred = async (name: string, birthDate?: string) => {
    const id = await person({ name, birthDate }, { preferences: {} })
    const { body } = await candidates(id)
    return body.feasible === 0 && body.excluded[0].constraint === 'conflict_of_interest'
  }
  return { ...world, key, upload, doctor, isBarred }
}

t.test('the key comes with an example, against which a clinic checks its own hashing', async (t) => {
  const { clinic, operator, key } = await withPanels(t)
  const { body } = await clinic.get('/v1/panels/key')
  const { example } = body
  t.equal(body.algorithm, 'HMAC-SHA-256')
  t.equal(Buffer.from(key, 'base64url').length, 32)
  t.equal(example.hash, hashOf(key, example.name, example.birthDate))
  t.equal(example.hashed, 'ana sample patient|1991-04-12')
  t.equal((await operator.get('/v1/panels/key')).body.key, key, 'one key for the network')
})

t.test('a clinician is no mentor to whom they treat, and nobody can override it', async (t) => {
  const { upload, isBarred, accepted, offer, auto, operator, doctor, candidates } = await withPanels(t)
  t.notOk(await isBarred('Ana Sample', '1990-05-06'))
  t.match(await upload([['Ana Sample', '1990-05-06']]), {
    status: 200,
    body: { practitionerReference: npi, entries: 1 },
  })
  t.ok(await isBarred('Ana Sample', '1990-05-06'))
  t.notOk(await isBarred('Ana Sample', '1990-05-07'), 'who was born on another day is another person')
  t.notOk(await isBarred('Anna Sample', '1990-05-06'))
  t.notOk(await isBarred('Ana Sample'), 'of whom no birth date is known nothing is guessed')
  const id = await accepted({
    patient: {
      identifier: { system: 'https://clinic.example/mrn', value: 'panel-1' },
      name: 'Ana Sample',
      birthDate: '1990-05-06',
    },
    preferences: {},
  })
  for (const more of [{}, { overrideReason: 'The person asked for this doctor.' }])
    t.match(await offer(id, doctor, more), { status: 409, body: { code: 'conflict_of_interest' } })
  t.match(await auto(id), { status: 409, body: { code: 'no_mentor_available' } })
  t.match(await operator.post(`/v1/referrals/${id}/shortlist`, { mentorIds: [doctor] }), {
    status: 409,
    body: { code: 'conflict_of_interest' },
  })
  t.same((await candidates(id)).body.nearMisses, [], 'it is no near miss: nobody can decide it otherwise')
})

t.test(
  'two systems that spell a name alike meet: accents, case, blanks and signs make no other person',
  async (t) => {
    const { upload, isBarred } = await withPanels(t)
    await upload([
      ['JOSÉ   Muñoz-Ångström', '1980-01-31'],
      ["  o'brien,\tmary  ", '1979-12-01'],
      ['ﬁona Ⅳ', '1985-07-07'],
      ['Зоя Ёлкина', '1970-02-03'],
      ['山田 太郎', '1966-06-06'],
    ])
    for (const [name, birthDate] of [
      ['jose munoz angstrom', '1980-01-31'],
      ['Jose\u0301 Mun\u0303oz A\u030angstro\u0308m', '1980-01-31'],
      ['José Muñoz‐Ångström', '1980-01-31'],
      ['O’BRIEN Mary', '1979-12-01'],
      ['Fiona IV', '1985-07-07'],
      ['зоя елкина', '1970-02-03'],
      ['山田太郎'.replace('太', ' 太'), '1966-06-06'],
    ] as const)
      t.ok(await isBarred(name, birthDate), name)
    for (const [name, birthDate] of [
      ['Muñoz José', '1980-01-31'],
      ['OBrien Mary', '1979-12-01'],
      ['山田太郎', '1966-06-06'],
    ] as const)
      t.notOk(await isBarred(name, birthDate), name)
  },
)

t.test(
  'a new panel forgets the one before, an addition keeps it, and each clinician has their own',
  async (t) => {
    const { upload, isBarred, mentor, candidates, person } = await withPanels(t)
    const [ana, ben] = [
      ['Ana Sample', '1990-05-06'],
      ['Ben Sample', '1991-01-01'],
    ] as const
    t.match((await upload([ana])).body, { entries: 1 })
    t.match((await upload([ben], { mode: 'add' })).body, { entries: 2 })
    t.match((await upload([ben, ben], { mode: 'add' })).body, { entries: 2 }, 'said twice is said once')
    t.ok(await isBarred(...ana))
    t.ok(await isBarred(...ben))
    t.match((await upload([ana], { practitionerReference: otherNpi })).body, { entries: 1 })
    t.match((await upload([ben])).body, { practitionerReference: npi, entries: 1 })
    t.notOk(await isBarred(...ana), 'forgotten')
    t.ok(await isBarred(...ben))
    const colleague = await mentor({ type: 'clinician_ally', practitionerReferences: ['urn:x|1', otherNpi] })
    const id = await person({ name: ana[0], birthDate: ana[1] }, { preferences: {} })
    t.notMatch(
      JSON.stringify((await candidates(id)).body.data),
      colleague,
      'a replacement is for one clinician',
    )
    t.match((await upload([])).body, { entries: 0 }, 'an empty panel is one too')
    t.notOk(await isBarred(...ben))
  },
)

t.test(
  'one clinic’s replacement does not touch what another clinic said of the same clinician',
  async (t) => {
    const { upload, isBarred, as, world, key } = await withPanels(t)
    const south = await as(world.otherClinic)
    await done(
      south.post('/v1/panels', {
        practitionerReference: npi,
        hashes: [hashOf(key, 'Ana Sample', '1990-05-06')],
      }),
    )
    t.match((await upload([['Ben Sample', '1991-01-01']])).body, { entries: 1 }, 'each counts its own')
    t.ok(await isBarred('Ana Sample', '1990-05-06'), 'and each bars')
    await upload([])
    t.ok(await isBarred('Ana Sample', '1990-05-06'))
  },
)

t.test('who is no longer theirs bars for 24 months to the day', async (t) => {
  const { upload, isBarred } = await withPanels(t)
  const ana = ['Ana Sample', '1990-05-06'] as const
  for (const [relatedUntil, bars] of [
    ['2026-11-18', true],
    ['2024-11-18', true],
    ['2024-11-17', false],
  ] as const) {
    t.equal((await upload([ana], { relatedUntil })).status, 200)
    t.equal(await isBarred(...ana), bars, relatedUntil)
  }
  await upload([ana], { mode: 'add' })
  t.ok(await isBarred(...ana), 'who is theirs again bars again')
})

t.test('a panel uploaded after the offer is in time: the acceptance is refused', async (t) => {
  const { upload, person, offer, accept, doctor, broken, stored } = await withPanels(t)
  const id = await person({ name: 'Ana Sample', birthDate: '1990-05-06' }, { preferences: {} })
  const asked = await done(offer(id, doctor))
  await upload([['Ana Sample', '1990-05-06']])
  t.match(await accept(asked.id), { status: 409, body: { code: 'conflict_of_interest' } })
  t.same(await stored('select id from mentorships'), [])
  t.same(await broken(), [])
})

// If this failed, an operator could find out who is a patient of which clinic.
t.test('nobody reads a panel: there is no route, and no row for another organization', async (t) => {
  const { upload, clinic, operator, owner, world, key, stored } = await withPanels(t)
  const hash = hashOf(key, 'Ana Sample', '1990-05-06')
  await upload([['Ana Sample', '1990-05-06']])
  for (const api of [clinic, operator])
    for (const path of ['/v1/panels', `/v1/panels/${hash}`, `/v1/panels/${npi}`])
      t.equal((await api.get(path)).status, 404, path)
  t.same(await stored('select encode(hash, $1) as hash from panel_entries', ['hex']), [
    { hash: Buffer.from(hash, 'base64url').toString('hex') },
  ])
  const rowsFor = async (organizationId: string) => {
    const client = new pg.Client(owner)
    await client.connect()
    try {
      await client.query('begin')
      await client.query('set local role alongside_app')
      await client.query(`set local app.network_id = '${world.networkId}'`)
      await client.query(`set local app.organization_id = '${organizationId}'`)
      await client.query(`set local app.person_id = ''`)
      return (await client.query('select * from panel_entries')).rows.length
    } finally {
      await client.end()
    }
  }
  t.equal(await rowsFor(world.clinic.organizationId), 1)
  for (const member of [world.operator, world.otherClinic, world.admin])
    t.equal(await rowsFor(member.organizationId), 0)
  const said = JSON.stringify([
    await stored('select codes, type from events'),
    await stored('select * from audit_events'),
  ])
  t.notMatch(said, hash)
  t.notMatch(said, Buffer.from(hash, 'base64url').toString('hex'))
  t.notMatch(said, npi)
})

t.test('hashes of another network mean nothing here', async (t) => {
  const { upload, isBarred, key, createWorld, as } = await withPanels(t)
  const elsewhere = await createWorld()
  const stranger = await as(elsewhere.clinic)
  const theirs = (await stranger.get('/v1/panels/key')).body.key
  t.not(theirs, key)
  await done(
    stranger.post('/v1/panels', {
      practitionerReference: npi,
      hashes: [hashOf(key, 'Ana Sample', '1990-05-06'), hashOf(theirs, 'Ana Sample', '1990-05-06')],
    }),
  )
  t.notOk(await isBarred('Ana Sample', '1990-05-06'), 'and their panels bar nobody here')
  await upload([['Ana Sample', '1990-05-06']])
  t.ok(await isBarred('Ana Sample', '1990-05-06'))
})

t.test('a hash has 32 bytes, and what is not one is refused by its place', async (t) => {
  const { clinic, key, stored } = await withPanels(t)
  const good = hashOf(key, 'Ana Sample', '1990-05-06')
  t.match(await clinic.post('/v1/panels', { practitionerReference: npi, hashes: [good, 'Ana Sample'] }), {
    status: 422,
    body: { errors: [{ pointer: '#/hashes/1', code: 'invalid_format' }] },
  })
  t.same(await stored('select hash from panel_entries'), [])
})
