import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { loggerOptions } from '../../src/log.ts'
import { sampleReferral } from '../support/samples.ts'
import { startService } from '../support/service.ts'

interface Line {
  readonly msg: string
  readonly reqId: string
  readonly req?: Readonly<Record<string, unknown>>
  readonly res?: Readonly<Record<string, unknown>>
}

/** The service with the logger of a process, and the lines of one request by what they say. */
async function startLogged(t: Test) {
  const said: string[] = []
  const logger = { ...loggerOptions('info'), stream: { write: (line: string) => void said.push(line) } }
  const service = await startService(t, { logger })
  const lineOf = (requestId: string, msg: string) => {
    const lines = said.map((line) => JSON.parse(line) as Line)
    const [line, ...more] = lines.filter((line) => line.reqId === requestId && line.msg === msg)
    t.same(more, [], `${msg}: once`)
    return line
  }
  return { ...service, lineOf, log: () => said.join('') }
}

t.test('the log says of each request under its id which client called which route', async (t) => {
  const { as, createWorld, inject, lineOf, log } = await startLogged(t)
  const { clinic: member, operator, programId } = await createWorld()
  const clinic = await as(member)
  const body = sampleReferral(programId)
  const { id, patientId } = (await clinic.post('/v1/referrals', body)).body
  const asked: [string, number, string, (requestId: string) => Promise<unknown>][] = [
    ['clinic', 200, '/v1/referrals/:id', (of) => clinic.get(`/v1/referrals/${id}`, { 'x-request-id': of })],
    ['clinic', 404, '/v1/referrals/:id', (of) => clinic.get('/v1/referrals/none', { 'x-request-id': of })],
    [
      'clinic',
      200,
      '/graphql',
      (of) =>
        clinic.post('/graphql', { query: `{ patient(id: "${patientId}") { id } }` }, { 'x-request-id': of }),
    ],
    [
      'operator',
      200,
      '/v1/referrals/:id/accept',
      async (of) =>
        (await as(operator)).post(`/v1/referrals/${id}/accept`, {}, { 'x-request-id': of, 'if-match': '*' }),
    ],
  ]
  const clients: Readonly<Record<string, string>> = { clinic: member.clientId, operator: operator.clientId }
  for (const [whose, statusCode, route, ask] of asked) {
    const requestId = randomUUID()
    await ask(requestId)
    t.same(
      lineOf(requestId, 'request completed')?.res,
      { statusCode, route, clientId: clients[whose] },
      `${route}: ${statusCode}`,
    )
  }

  const stranger = {
    method: 'GET',
    url: `/v1/referrals/${id}`,
    headers: { 'x-request-id': 'stranger' },
  } as const
  await inject(stranger)
  t.same(
    lineOf('stranger', 'request completed')?.res,
    { statusCode: 401, route: '/v1/referrals/:id' },
    'without a token nobody is named',
  )
  await inject({ method: 'GET', url: '/Zyxw', headers: { 'x-request-id': 'nowhere' } })
  t.same(lineOf('nowhere', 'request completed')?.res, { statusCode: 404 }, 'nor a route that there is not')
  for (const word of [body.patient.name, body.patient.identifier.value, 'Zyxw'])
    t.notOk(log().includes(word), 'no word of anybody’s')
})

t.test('the line of a fault says the same', async (t) => {
  const { as, createWorld, lineOf, stored } = await startLogged(t)
  const { clinic: member, programId } = await createWorld()
  const clinic = await as(member)
  const { id } = (await clinic.post('/v1/referrals', sampleReferral(programId))).body
  await stored('revoke insert on audit_events from alongside_app')
  t.teardown(() => stored('grant insert on audit_events to alongside_app'))
  t.equal((await clinic.get(`/v1/referrals/${id}`, { 'x-request-id': 'fault' })).status, 500)
  t.match(lineOf('fault', 'request failed')?.req, {
    method: 'GET',
    path: `/v1/referrals/${id}`,
    route: '/v1/referrals/:id',
    clientId: member.clientId,
  })
})
