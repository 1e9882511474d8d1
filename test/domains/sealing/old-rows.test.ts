import t from 'tap'
import { runSweep } from '../../../src/jobs/run.ts'
import { sweeps } from '../../../src/jobs/sweeps.ts'
import { samplePatient } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

const identifier = { system: 'https://clinic.example/mrn', value: 'old-1' }

async function withOldPatient(test: Parameters<typeof startService>[0]) {
  const started = await startService(test)
  const world = await started.createWorld()
  const clinic = await started.as(world.clinic)
  const { id } = (await clinic.post('/v1/patients', samplePatient({ identifier }))).body
  // As the version before wrote it: plain, and without a key.
  await started.stored('delete from person_keys where person_id = $1', [id])
  await started.stored(
    `update patients set sealed = '{}', name = 'Sample Old', birth_date = '1950-01-02', contact_points = '[]' where id = $1`,
    [id],
  )
  await started.stored(
    `update patient_identifiers set sealed = '{}', value_hash = null, value = 'old-1' where patient_id = $1`,
    [id],
  )
  const sweep = async () => {
    const found = sweeps.find(({ name }) => name === 'sealing.seal')
    if (!found) throw new Error('There is no such sweep')
    const log = {
      debug() {},
      info() {},
      warn() {},
      error: (...said: unknown[]) => test.fail('a fault', { said }),
    }
    await runSweep(found, { service: started.service, time: started.time, log })
  }
  return { ...started, clinic, id, sweep }
}

const plainRows = `select (select count(*)::int from patients where name is not null) as names,
  (select count(*)::int from patient_identifiers where value is not null) as numbers`

t.test('rows from before are read and changed as ever, until the sweep has sealed them', async (t) => {
  const { clinic, id, sweep, stored } = await withOldPatient(t)
  t.match((await clinic.get(`/v1/patients/${id}`)).body, { name: 'Sample Old', identifiers: [identifier] })
  t.equal(
    (await clinic.post('/v1/patients', { identifier, language: 'es' })).body.id,
    id,
    'found by their number',
  )
  t.same(await stored(plainRows), [{ names: 1, numbers: 1 }])
  await sweep()
  t.same(await stored(plainRows), [{ names: 0, numbers: 0 }])
  t.match((await clinic.get(`/v1/patients/${id}`)).body, {
    name: 'Sample Old',
    birthDate: '1950-01-02',
    identifiers: [identifier],
  })
  t.equal((await clinic.post('/v1/patients', { identifier, language: 'en' })).body.id, id, 'and by its hash')
})

t.test('what an older version writes beside this one counts, and is sealed in its turn', async (t) => {
  const { clinic, id, sweep, stored } = await withOldPatient(t)
  await sweep()
  await stored(`update patients set name = 'Sample Newer' where id = $1`, [id])
  t.match((await clinic.get(`/v1/patients/${id}`)).body, { name: 'Sample Newer' })
  await sweep()
  t.same(await stored(plainRows), [{ names: 0, numbers: 0 }])
  t.match((await clinic.get(`/v1/patients/${id}`)).body, { name: 'Sample Newer' })
})

t.test('of somebody whose key was destroyed nothing plain is kept', async (t) => {
  const { clinic, id, sweep, stored } = await withOldPatient(t)
  const wish = { ground: 'not_a_record', authority: 'Sample' }
  t.equal((await clinic.post(`/v1/patients/${id}/destroy`, wish)).status, 201)
  await sweep()
  t.same(await stored(plainRows), [{ names: 0, numbers: 0 }])
  t.match((await clinic.get(`/v1/patients/${id}`)).body, { name: null, birthDate: null })
})

t.test('a ciphertext that was moved to another row is refused, not shown', async (t) => {
  const { clinic, id, sweep, stored } = await withOldPatient(t)
  await sweep()
  const other = (await clinic.post('/v1/patients', samplePatient())).body.id
  await stored(`update patients set sealed = (select sealed from patients where id = $1) where id = $2`, [
    id,
    other,
  ])
  // Whoever could write rows might else show one person's number as another's.
  t.equal((await clinic.get(`/v1/patients/${other}`)).status, 500)
})
