import { createClient as createSocket } from 'graphql-ws'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { eventually } from '../support/eventually.ts'
import { apiAt, clientAt } from '../support/http-api.ts'
import { tokenFrom } from '../support/process.ts'
import type { Processes } from '../support/processes.ts'
import { startReceiver, subscribe } from '../support/receiver.ts'
import { sampleReferral } from '../support/samples.ts'
import type { Answer } from '../support/service.ts'
import { readStream } from '../support/stream.ts'

/** What one process promises, asked of several together: each by what it says in the words of a client. */
export async function keepEveryPromise(t: Test, processes: Processes) {
  await t.test('a token of any is good at each', (t) => tokensAreShared(t, processes))
  await t.test('one key sent to all at once has one effect and one answer', (t) => oneEffect(t, processes))
  await t.test('what one commits, streams and subscriptions of the others tell, in order and once', (t) =>
    newsTravels(t, processes),
  )
  await t.test('a webhook is told once of each event', (t) => webhooksAreToldOnce(t, processes))
  await t.test('a clock strikes once', (t) => clocksStrikeOnce(t, processes))
  await t.test('the log has one order without a gap', (t) => oneOrder(t, processes))
  await t.test('each was given its share', async (t) => {
    for (const [url, given] of processes.balancer.given) t.ok(given > 0, url)
  })
}

/** They found a database without a signing key, all at the same moment. */
async function tokensAreShared(t: Test, { urls, world, stored }: Processes) {
  for (const url of urls) {
    const token = await tokenFrom(url, world.clinic.clientId, world.clinic.clientSecret)
    for (const other of urls)
      t.equal((await apiAt(other, token).get('/v1/organizations')).status, 200, `of ${url} at ${other}`)
  }
  t.match(await stored('select count(*)::int as keys from signing_keys'), [{ keys: 1 }])
}

async function oneEffect(t: Test, { urls, world, stored }: Processes) {
  const apis = await Promise.all(urls.map((url) => clientAt(url, world.clinic)))
  for (let round = 0; round < 5; round += 1) {
    const body = sampleReferral(world.programId)
    const key = { 'idempotency-key': `round-${round}` }
    const refer = async (api: (typeof apis)[number]): Promise<Answer> => {
      for (;;) {
        const answer = await api.post('/v1/referrals', body, key)
        if (answer.body.code !== 'idempotency_in_progress') return answer
      }
    }
    // Each twice: a client that lost its patience asks another process, and the balancer too.
    const answers = await Promise.all([...apis, ...apis].map(refer))
    const [first] = answers
    for (const { status, body } of answers) {
      t.equal(status, 201)
      t.same(body, first?.body)
    }
    t.equal(answers.filter(({ headers }) => headers['idempotency-replayed'] !== 'true').length, 1)
    t.match(
      await stored('select count(*)::int as referrals from referrals where placer_id = $1', [body.placerId]),
      [{ referrals: 1 }],
    )
  }
}

const subscription =
  'subscription { referralChanged { event { id sequence type subject { id } } referral { status } } }'

async function newsTravels(t: Test, { urls, world, balancer }: Processes) {
  const [first = '', ...others] = urls
  const last = others.at(-1) ?? ''
  const { clientId, clientSecret } = world.operator
  const token = await tokenFrom(first, clientId, clientSecret)
  const streamed: string[] = []
  const stream = readStream(
    await fetch(`${first}/v1/events/stream?types=referral.*`, {
      headers: { authorization: `Bearer ${token}` },
    }),
  )
  const streaming = (async () => {
    for (let message = await stream.next(); message; message = await stream.next())
      if (message.data) streamed.push(`${message.data.type} ${message.data.subject.id}`)
  })()
  // By way of the balancer, which carries sockets too.
  const subscribed: string[] = []
  const socket = createSocket({
    url: `${balancer.url.replace('http', 'ws')}/graphql-ws`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    lazy: false,
  })
  t.teardown(() => socket.dispose())
  await new Promise<void>((resolve) => socket.on('connected', () => resolve()))
  socket.subscribe<{ referralChanged: { event: { type: string; subject: { id: string } } } }>(
    { query: subscription },
    {
      next: ({ data }) => {
        if (data)
          subscribed.push(`${data.referralChanged.event.type} ${data.referralChanged.event.subject.id}`)
      },
      error: () => {},
      complete: () => {},
    },
  )
  const clinic = await clientAt(last, world.clinic)
  const operator = await clientAt(last, world.operator)
  // A subscription says nothing when it stands: it does once it tells of something.
  await eventually('both follow', async () => {
    await clinic.post('/v1/referrals', sampleReferral(world.programId))
    return streamed.length > 0 && subscribed.length > 0
  })
  const wanted: string[] = []
  for (let n = 0; n < 5; n += 1) {
    const { id } = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
    await operator.post(`/v1/referrals/${id}/accept`, {})
    wanted.push(`referral.requested ${id}`, `referral.accepted ${id}`)
  }
  for (const [name, told] of [
    ['stream', streamed],
    ['subscription', subscribed],
  ] as const) {
    await eventually(`the ${name} tells the last`, () => told.includes(wanted.at(-1) ?? ''))
    t.same(told.slice(-wanted.length), wanted, name)
    t.equal(new Set(told).size, told.length, `${name}: nothing twice`)
  }
  await stream.cancel()
  await streaming.catch(() => {})
}

async function webhooksAreToldOnce(t: Test, { world, balancer }: Processes) {
  const receiver = await startReceiver(t)
  const operator = await clientAt(balancer.url, world.otherOperator)
  const clinic = await clientAt(balancer.url, world.clinic)
  const { id: endpointId } = await subscribe(operator, receiver.url)
  const delivered = async () =>
    (await operator.get(`/v1/webhook-endpoints/${endpointId}/deliveries?status=delivered`)).body.data.length
  await eventually('the endpoint is verified', async () => (await delivered()) === 1)
  const ids: string[] = []
  for (let n = 0; n < 5; n += 1)
    ids.push((await clinic.post('/v1/referrals', sampleReferral(world.otherProgramId))).body.id)
  await eventually('all are delivered', async () => (await delivered()) === ids.length + 1)
  t.same(
    receiver
      .events()
      .map(({ message }) => message.data.subject.id)
      .sort(),
    ids.sort(),
  )
}

/** Their next rung is put into the past, as if nobody had looked for so long. */
async function clocksStrikeOnce(t: Test, { stored, world, balancer }: Processes) {
  const clinic = await clientAt(balancer.url, world.clinic)
  const referred = await Promise.all(
    Array.from({ length: 8 }, () => clinic.post('/v1/referrals', sampleReferral(world.programId))),
  )
  const ids = referred.map(({ body }) => body.id)
  t.ok(ids.every(Boolean))
  const due = await stored<{ step: number }>(
    `update clocks set next_step_at = now() - interval '1 minute' where subject_id = any ($1) returning step`,
    [ids],
  )
  t.ok(due.length >= ids.length)
  const climbed = async () => {
    const clocks = await stored<{ step: number }>('select step from clocks where subject_id = any ($1)', [
      ids,
    ])
    return clocks.reduce((sum, { step }) => sum + step, 0) - due.reduce((sum, { step }) => sum + step, 0)
  }
  await eventually('every clock has struck', async () => (await climbed()) >= due.length)
  // Whoever comes next finds nothing left: two more turns, of whichever process.
  const [struck] = await stored<{ at: Date }>('select clock_timestamp() as at')
  await eventually('two more sweeps', async () => {
    const [later] = await stored<{ turns: number }>(
      `select count(*)::int as turns from pgboss.job where name = 'clocks.climb' and state = 'completed' and started_on > $1`,
      [struck?.at],
    )
    return (later?.turns ?? 0) >= 2
  })
  t.equal(await climbed(), due.length, 'each by one rung')
  t.match(
    await stored(
      `select count(*)::int as told from events where type like 'clock.%' and subject_id = any ($1)`,
      [ids],
    ),
    [{ told: due.length }],
    'and each was told of once',
  )
}

async function oneOrder(t: Test, { stored, world, urls }: Processes) {
  const apis = await Promise.all(urls.map((url) => clientAt(url, world.clinic)))
  await Promise.all(
    apis.flatMap((api) =>
      Array.from({ length: 8 }, () => api.post('/v1/referrals', sampleReferral(world.programId))),
    ),
  )
  const log = () =>
    stored<{ sequence: number | null; position: number }>(
      'select sequence::int, position::int from events where network_id = $1 order by position',
      [world.networkId],
    )
  await eventually('all are numbered', async () => (await log()).every(({ sequence }) => sequence !== null))
  const numbers = (await log()).map(({ sequence }) => sequence ?? 0).sort((a, b) => a - b)
  t.same(
    numbers,
    numbers.map((_, n) => n + 1),
  )
}
