import { Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { loggerOptions } from '../../src/log.ts'
import { graphOf, type Told } from '../support/graphql.ts'
import { startService } from '../support/service.ts'

/** The service, what it logs, and a way to break it that is mended when the test is over. */
async function breakable(t: Test) {
  const lines: string[] = []
  const stream = new Writable({
    write(line, _encoding, done) {
      lines.push(String(line))
      done()
    },
  })
  const started = await startService(t, { logger: { ...loggerOptions('info'), stream } as never })
  const world = await started.createWorld()
  const breaking = async (statement: string, mended: string) => {
    await started.stored(statement)
    t.teardown(() => started.stored(mended))
  }
  const api = await started.as(world.clinic)
  return { ...started, world, api, ask: graphOf(api), breaking, log: () => lines.join('') }
}

/** Were a word of the fault in an answer, names of tables and values of rows could be read out of it. */
function isMasked(t: Test, { errors, headers }: Told, log: string) {
  t.equal(errors?.length, 1)
  const [{ message, extensions }] = errors ?? [{}]
  t.match(message, /on our side/)
  t.same(extensions, { code: 'internal_error', requestId: headers['x-request-id'] })
  t.notMatch(JSON.stringify(errors), /nobody|constraint|violates|does not exist|select|insert|Sample/i)
  t.match(log, String(headers['x-request-id']), 'what it was is in the log, under the same id')
}

t.test('a fault in a change is masked, and named by the request alone', async (t) => {
  const { ask, breaking, stored, log } = await breakable(t)
  await breaking(
    `alter table patients add constraint nobody check (created_at < '1900-01-01') not valid`,
    'alter table patients drop constraint nobody',
  )
  const told = await ask(
    `mutation { createPatient(input: { name: "Sample Patient", identifier: { system: "https://clinic.example/mrn", value: "1" } }) { patient { id } userErrors { code message } } }`,
  )
  t.equal(told.status, 200)
  t.same(told.data, { createPatient: null }, 'and no fault of theirs')
  isMasked(t, told, log())
  t.same(await stored('select id from patients'), [])
})

t.test('a fault in a part of a query leaves nothing of the query, and is masked', async (t) => {
  const { ask, world, breaking, log } = await breakable(t)
  await breaking(
    'alter table programs rename column mentor_types to nobody',
    'alter table programs rename column nobody to mentor_types',
  )
  const told = await ask(
    `query ($organization: ID!, $program: ID!) { organization(id: $organization) { name } program(id: $program) { name } }`,
    { organization: world.clinic.organizationId, program: world.programId },
  )
  t.equal(told.status, 500)
  t.equal(told.data, undefined, 'the transaction that all parts shared was broken')
  isMasked(t, told, log())
})

t.test('a fault in what is written beside a query is masked, too', async (t) => {
  const { ask, breaking, log } = await breakable(t)
  await ask(
    `mutation { createPatient(input: { name: "Sample Patient", identifier: { system: "https://clinic.example/mrn", value: "1" } }) { patient { id } } }`,
  )
  await breaking(
    `alter table audit_events add constraint nobody check (action <> 'patients.list') not valid`,
    'alter table audit_events drop constraint nobody',
  )
  const told = await ask('{ patients(first: 1) { nodes { name } } }')
  t.equal(told.status, 500)
  t.equal(told.data, undefined, 'what cannot be audited is not shown')
  isMasked(t, told, log())
})
