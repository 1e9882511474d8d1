import { execFileSync, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer as createTlsServer } from 'node:https'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { type Answering, deliveriesOf, startReceiver, subscribe, withStatus } from '../../support/receiver.ts'
import { sampleReferral } from '../../support/samples.ts'
import { startService, testTargets } from '../../support/service.ts'

const path = '/v1/webhook-endpoints'

/** Of a service with an endpoint that was verified while its receiver was well. */
async function startVerified(t: Test, types = ['referral.*']) {
  const service = await startService(t)
  const world = await service.createWorld()
  const clinic = await service.as(world.clinic)
  const receiver = await startReceiver(t)
  const { id } = await subscribe(clinic, receiver.url, types)
  await service.deliver()
  receiver.forget()
  const refer = async () => (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
  return { ...service, world, clinic, receiver, id, refer }
}

/** Short, so that a receiver that hangs does not hang the test. */
const attemptMs = 1_000

const ways: Readonly<Record<string, { answer: Answering; error: string; status?: number }>> = {
  redirects: {
    answer: withStatus(302, { location: 'http://127.0.0.1:1/' }),
    error: 'redirected',
    status: 302,
  },
  stalls: { answer: () => {}, error: 'timeout' },
  'drips its headers': {
    answer: ({ socket }) => drip(socket, 'HTTP/1.1 200 OK\r\nx-slow: '),
    error: 'timeout',
  },
  'drips its body': {
    answer: ({ socket }) => drip(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n'),
    error: 'timeout',
    status: 200,
  },
  'answers garbage': {
    answer: ({ socket }) => void socket?.end('Bonjour!\r\n\r\n'),
    error: 'answer_malformed',
  },
  'has headers without end': {
    answer: ({ socket }) => void socket?.end(`HTTP/1.1 200 OK\r\nx-long: ${'z'.repeat(40_000)}\r\n\r\n`),
    error: 'answer_malformed',
  },
  'hangs up': { answer: ({ socket }) => void socket?.destroy(), error: 'connection_closed' },
  'is out of order': { answer: withStatus(503), error: 'refused', status: 503 },
}

function drip(socket: Socket | null, first: string) {
  socket?.write(first)
  const timer = setInterval(() => socket?.write('z'), 20)
  socket?.on('close', () => clearInterval(timer))
}

t.test('how a receiver fails stands in the log, never what it said, and it is tried again', async (t) => {
  const { clinic, receiver, id, refer, deliver, time, stored } = await startVerified(t)
  for (const [way, { answer, error, status }] of Object.entries(ways)) {
    receiver.answerWith(answer)
    await refer()
    await deliver(error === 'timeout' ? { attemptMs } : {})
    const [last] = await deliveriesOf(clinic, id, '&status=pending')
    t.match(last, { attempts: [{ error, statusCode: status ?? null }] }, `a receiver that ${way}`)
    receiver.answerWith(withStatus(204))
    time.forward({ minutes: 6 })
    await deliver()
    t.same(await deliveriesOf(clinic, id, '&status=pending'), [], 'it is sent once the receiver is well')
  }
  receiver.answerWith((reply) => void reply.writeHead(200).end('x'.repeat(200_000)))
  await refer()
  await deliver()
  const [cut] = await deliveriesOf(clinic, id)
  t.match(cut, { status: 'delivered', attempts: [{ statusCode: 200, error: 'answer_cut' }] })
  const rows = JSON.stringify(await stored('select * from webhook_attempts, webhook_queues'))
  t.notMatch(rows, /Bonjour|xxxx|zzzz/, 'no word of any receiver')
})

t.test(
  'a delivery is tried ten times over three days with one id, then it is dead, and can be replayed',
  async (t) => {
    const { clinic, receiver, id, refer, deliver, time } = await startVerified(t)
    receiver.answerWith(withStatus(500))
    await refer()
    await deliver()
    for (const hours of [0.01, 0.1, 0.6, 2.3, 5.6, 11.1, 15.5, 22.1]) {
      const tried = receiver.received.length
      await deliver()
      t.equal(receiver.received.length, tried, 'not before its time')
      time.forward({ hours })
      await deliver()
      t.equal(receiver.received.length, tried + 1)
    }
    time.forward({ hours: 27 })
    await deliver()
    t.equal(receiver.received.length, 10)
    t.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1)
    const [dead] = await deliveriesOf(clinic, id, '&status=dead')
    t.match(dead, { reason: 'attempts_exhausted', nextAttemptAt: null })
    t.equal(dead.attempts.length, 10)
    time.forward({ days: 1 })
    await deliver()
    t.equal(receiver.received.length, 10, 'nothing more by itself')
    receiver.answerWith(withStatus(204))
    t.equal((await clinic.post(`${path}/${id}/replay`, { from: dead.sequence })).status, 202)
    await deliver()
    t.equal(receiver.received.length, 11)
    t.equal(receiver.received.at(-1)?.headers['webhook-id'], dead.webhookId)
  },
)

t.test('Retry-After is waited for, and by everything else of the endpoint too', async (t) => {
  const { receiver, refer, deliver, time } = await startVerified(t)
  receiver.answerWith(withStatus(429, { 'retry-after': '1800' }))
  await refer()
  await deliver()
  await refer()
  time.forward({ minutes: 20 })
  await deliver()
  t.equal(receiver.received.length, 1)
  receiver.answerWith(withStatus(204))
  time.forward({ minutes: 11 })
  await deliver()
  t.equal(receiver.received.length, 3)
})

t.test('events of one referral arrive in order, and others do not wait for them', async (t) => {
  const { as, world, receiver, refer, deliver, time } = await startVerified(t, [
    'referral.*',
    'mentorship.*',
    'contact.*',
  ])
  const operator = await as(world.operator)
  const first = await refer()
  receiver.answerWith((reply, { message }) =>
    withStatus(message.data.subject.id === first.id ? 500 : 204)(reply, {} as never),
  )
  await deliver()
  await operator.post(`/v1/referrals/${first.id}/accept`, {})
  const second = await refer()
  await deliver()
  t.same(
    receiver.received.map(({ message }) => `${message.type} ${message.data.subject.id === first.id ? 1 : 2}`),
    ['referral.requested 1', 'referral.requested 2'],
    'the acceptance of the first waits',
  )
  t.ok(second.id)
  receiver.answerWith(withStatus(204))
  receiver.forget()
  time.forward({ minutes: 1 })
  await deliver()
  t.same(
    receiver.received.map(({ message }) => message.type),
    ['referral.requested', 'referral.accepted'],
  )
})

t.test('410 disables an endpoint at once, and five days of failures do', async (t) => {
  const { clinic, receiver, id, refer, deliver, time } = await startVerified(t)
  const witness = await startReceiver(t)
  await subscribe(clinic, witness.url, ['webhook_endpoint.disabled'])
  receiver.answerWith(withStatus(410))
  await refer()
  await deliver()
  t.match((await clinic.get(`${path}/${id}`)).body, { status: 'disabled', disabledBecause: 'gone' })
  await deliver()
  t.match(witness.events(), [
    { message: { type: 'webhook_endpoint.disabled', data: { subject: { id }, codes: { reason: 'gone' } } } },
  ])
  await refer()
  await deliver()
  t.equal(receiver.received.length, 1, 'nothing more is sent')
  t.match(await clinic.post(`${path}/${id}/test`, {}), {
    status: 409,
    body: { code: 'transition_not_allowed' },
  })
  const missed = (await clinic.get('/v1/events?types=referral.*&limit=100')).body.data
  receiver.answerWith(withStatus(204))
  receiver.forget()
  await clinic.post(`${path}/${id}/enable`, {})
  await deliver()
  await clinic.post(`${path}/${id}/replay`, { from: missed[0].sequence, to: missed.at(-1).sequence })
  await deliver()
  t.same(
    receiver.events().map(({ message }) => message.data),
    missed,
    'what was missed is sent again, in order',
  )

  receiver.answerWith(withStatus(500))
  for (const _ of [1, 2, 3, 4, 5, 6]) {
    await refer()
    await deliver()
    time.forward({ days: 1 })
  }
  t.match((await clinic.get(`${path}/${id}`)).body, { status: 'disabled', disabledBecause: 'failing' })
  t.match(await deliveriesOf(clinic, id, '&status=dead'), [{ reason: 'endpoint_disabled' }])
})

t.test(
  'a receiver that is not there costs no row of the ledger, and one without TLS has a code',
  async (t) => {
    const { as, createWorld, deliver } = await startService(t)
    const operator = await as((await createWorld()).operator)
    const plain = createServer((socket) => void socket.end('no TLS here'))
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    t.teardown(() => void plain.close())
    const { port } = plain.address() as { port: number }
    const { id } = await subscribe(operator, `https://127.0.0.1:${port}/`)
    await deliver()
    t.match(await deliveriesOf(operator, id), [{ attempts: [{ error: 'tls_failed' }] }])
  },
)

/** A certificate for one name, made for this run. */
async function makeCertificate(t: Test, name: string) {
  const folder = t.testdir()
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const options = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  execFileSync('openssl', ['req', ...options, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
}

const withoutOpenssl =
  spawnSync('openssl', ['version']).status === 0 ? false : 'makes its certificate with openssl'

t.test(
  'the connection goes to the address that was checked, the certificate is checked against the name',
  { skip: withoutOpenssl },
  async (t) => {
    const { key, cert } = await makeCertificate(t, 'hooks.clinic.example')
    const names: unknown[] = []
    const server = createTlsServer({ key, cert }, (request, reply) => {
      names.push((request.socket as TLSSocket).servername)
      request.resume().on('end', () => reply.writeHead(204).end())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as { port: number }
    const { as, createWorld, deliver } = await startService(t, {
      targets: { ...testTargets, resolve: async () => ['127.0.0.1'] },
    })
    const clinic = await as((await createWorld()).clinic)
    const right = await subscribe(clinic, `https://hooks.clinic.example:${port}/`)
    const wrong = await subscribe(clinic, `https://elsewhere.example:${port}/`)
    await deliver({ ca: cert })
    t.match(await deliveriesOf(clinic, right.id), [{ status: 'delivered', attempts: [{ statusCode: 204 }] }])
    t.same(names, ['hooks.clinic.example'])
    t.match(await deliveriesOf(clinic, wrong.id), [
      { status: 'pending', attempts: [{ statusCode: null, error: 'tls_failed' }] },
    ])
  },
)
