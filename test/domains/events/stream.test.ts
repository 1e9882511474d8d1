import { once } from 'node:events'
import { connect } from 'node:net'
import pg from 'pg'
import t, { type Test } from 'tap'
import { openSystemContext } from '../../../src/db/access.ts'
import { numberEvents } from '../../../src/domains/events/numbering.ts'
import { serverUrl } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'
import { type Message, readStream } from '../../support/stream.ts'
import type { Member } from '../../support/world.ts'

async function startListening(t: Test, options: Parameters<typeof startService>[1] = {}) {
  const service = await startService(t, options)
  await service.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = service.app.server.address() as { port: number }
  return {
    ...service,
    port,
    open: async (member: Member, query = '', headers: Record<string, string> = {}) => {
      const token = await service.tokenOf(member)
      const answer = await fetch(`http://127.0.0.1:${port}/v1/events/stream${query}`, {
        headers: { authorization: `Bearer ${token}`, ...headers },
      })
      return { answer, ...readStream(answer) }
    },
  }
}

const isReferral = ({ event }: Message) => event?.startsWith('referral.') === true

t.test('a stream tells what happened and what happens, and goes on where it was left', async (t) => {
  const { open, as, createWorld, settle } = await startListening(t)
  const world = await createWorld()
  const clinic = await as(world.clinic)
  const refer = async (): Promise<string> =>
    (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body.id
  const first = await refer()
  await settle()
  const stream = await open(world.operator)
  t.equal(stream.answer.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  t.equal(stream.answer.headers.get('cache-control'), 'no-store')
  const told = await stream.until(isReferral)
  t.match(told, {
    id: String(told?.data.sequence),
    event: 'referral.requested',
    data: { type: 'referral.requested', subject: { id: first }, disclosure: { notice: { form: 'short' } } },
  })
  const second = await refer()
  await settle()
  t.match(await stream.until(isReferral), { data: { subject: { id: second } } }, 'as it happens')
  await stream.cancel()

  const third = await refer()
  await settle()
  const again = await open(world.operator, '?types=referral.*', { 'last-event-id': told?.id ?? '' })
  t.match((await again.until(isReferral))?.data.subject, { id: second }, 'the one after the last id')
  t.match((await again.until(isReferral))?.data.subject, { id: third })
  await again.cancel()
})

t.test(
  'each event is decided on when it is sent, and what is not the reader’s moves its place on',
  async (t) => {
    const { open, as, createWorld, settle } = await startListening(t)
    const world = await createWorld()
    const clinic = await as(world.clinic)
    await settle()
    const stream = await open(world.operator)
    const { body: referral } = await clinic.post('/v1/referrals', sampleReferral(world.programId))
    await clinic.post(`/v1/consents/${referral.consentId}/revoke`, {})
    await settle()
    const seen: Message[] = []
    await stream.until((message) => {
      seen.push(message)
      return message.event === 'consent.revoked'
    })
    t.notOk(seen.some(isReferral), 'withdrawn before it was sent')
    t.notMatch(JSON.stringify(seen), new RegExp(referral.id))
    await stream.cancel()

    const other = await open(world.otherClinic, '?types=referral.*')
    const place = await other.until(({ id }) => id !== undefined)
    t.match(place, { event: undefined, data: undefined })
    t.ok(Number(place?.id) >= Number(seen.at(-1)?.id), 'an id alone')
    await other.cancel()
  },
)

t.test(
  'what is numbered while a stream looks is told at once, not with the next heartbeat',
  { skip: serverUrl ? false : 'on the embedded engine nothing is numbered meanwhile' },
  async (t) => {
    const { open, as, createWorld, settle, stored, owner, service, time } = await startListening(t)
    const world = await createWorld()
    const clinic = await as(world.clinic)
    await settle()
    const stream = await open(world.clinic, '?types=referral.*')
    const refer = async (): Promise<string> =>
      (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body.id
    await stream.until(({ id }) => id !== undefined)
    const first = await refer()
    const [waiting] = await stored<{ count: number }>(
      'select count(*)::int as count from events where sequence is null',
    )
    const second = await refer()
    const number = async (limit: number) => {
      const ctx = openSystemContext(service, world.networkId, { requestId: 'test', now: time.now() })
      await ctx.transaction((tx) => numberEvents(tx, limit), { action: 'test' })
      service.database.signals.send('numbered', world.networkId)
    }
    // The look at the first waits here, with its answer already read.
    const blocker = new pg.Client(owner)
    await blocker.connect()
    await blocker.query('begin; lock table audit_events in share row exclusive mode')
    await number(waiting?.count ?? 0)
    await eventually('the look waits', async () => {
      const { rows } = await blocker.query(
        `select from pg_locks where relation = 'audit_events'::regclass and not granted`,
      )
      return rows.length > 0
    })
    await number(1000)
    await blocker.query('commit')
    await blocker.end()
    const seen: Message[] = []
    await stream.until((message) => {
      seen.push(message)
      return message.data?.subject.id === second
    })
    t.same(
      seen.filter(isReferral).map(({ data }) => data.subject.id),
      [first, second],
    )
    t.notOk(
      seen.some(({ comment }) => comment === 'heartbeat'),
      'it did not wait for one',
    )
    await stream.cancel()
  },
)

t.test('a stream on which nothing is told says from time to time that it is there', async (t) => {
  const { open, createWorld, settle } = await startListening(t, { followers: { heartbeatMs: 200 } })
  const world = await createWorld()
  await settle()
  const stream = await open(world.clinic, '?types=referral.*')
  await stream.until(({ id }) => id !== undefined)
  const begun = performance.now()
  for (let beat = 0; beat < 3; beat += 1) {
    const message = await stream.until(({ id, event, comment }) => Boolean(id ?? event ?? comment))
    t.same(message, { comment: 'heartbeat' }, 'by a comment, which readers pass over')
  }
  t.ok(performance.now() - begun > 400, 'and not more often than it should')
  await stream.cancel()
})

t.test(
  'a reader who takes nothing is sent away and the others read on; come again, it has missed nothing',
  async (t) => {
    const { open, port, as, createWorld, settle, stored, tokenOf, app } = await startListening(t, {
      followers: { takenWithinMs: 4_000 },
    })
    const world = await createWorld()
    const clinic = await as(world.clinic)
    for (let n = 0; n < 12; n += 1) await clinic.post('/v1/referrals', sampleReferral(world.programId))
    // More than the buffers of both ends have room for.
    await stored(
      `update events set codes = jsonb_build_object('status', repeat('x', 1000000)) where type = 'referral.requested'`,
    )
    await settle()
    const asleep = connect(port, '127.0.0.1')
    t.teardown(() => asleep.destroy())
    let taken = ''
    asleep.setEncoding('utf8').on('data', (part) => {
      taken += part
    })
    asleep.pause()
    const connections = () =>
      new Promise<number>((resolve) => app.server.getConnections((_, n) => resolve(n)))
    asleep.write(
      `GET /v1/events/stream?types=referral.* HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${await tokenOf(world.clinic)}\r\n\r\n`,
    )
    await eventually('it is there', async () => (await connections()) === 1)
    await eventually('it is sent away', async () => (await connections()) === 0, 20_000)

    const awake = await open(world.clinic, '?types=referral.*')
    const all = []
    for (let n = 0; n < 12; n += 1) all.push((await awake.until(isReferral))?.id)
    await clinic.post('/v1/referrals', sampleReferral(world.programId))
    await settle()
    all.push((await awake.until(isReferral))?.id)
    await awake.cancel()

    const closed = once(asleep, 'close')
    asleep.resume()
    await closed
    const got = [...taken.matchAll(/^id: (\d+)\nevent: .*\ndata: .*\n\n/gm)].map(([, id]) => id)
    t.ok(got.length < 12, 'it was not told all of it')
    t.same(got, all.slice(0, got.length))
    const again = await open(world.clinic, '?types=referral.*', { 'last-event-id': got.at(-1) ?? '0' })
    for (const id of all.slice(got.length)) t.equal((await again.until(isReferral))?.id, id)
    await again.cancel()
  },
)

t.test('a stream ends when its token does, and says so', async (t) => {
  const { open, createWorld } = await startListening(t, { accessTokenSeconds: 2 })
  const world = await createWorld()
  const stream = await open(world.operator)
  let last: Message | undefined
  for (let message = await stream.next(); message; message = await stream.next()) last = message
  t.match(last?.comment, /the token has expired; come again with Last-Event-ID/)
})

t.test('a service that stops ends its streams first', async (t) => {
  const { open, createWorld, app } = await startListening(t)
  const world = await createWorld()
  const stream = await open(world.operator)
  await stream.next()
  const closed = app.close()
  const last = await stream.until(({ comment }) => comment !== undefined)
  t.match(last?.comment, /the service is stopping/)
  await closed
})

t.test(
  'a client has so many streams and no more, and what is wrong is a problem as everywhere',
  async (t) => {
    const { open, as, createWorld } = await startListening(t)
    const world = await createWorld()
    const streams = []
    for (let n = 0; n < 20; n += 1) streams.push(await open(world.operator))
    const refused = await open(world.operator)
    t.equal(refused.answer.status, 429)
    t.match((await refused.next())?.comment ?? '', '')
    t.equal((await open(world.clinic)).answer.status, 200, 'another client is not in its way')
    await streams[0]?.cancel()
    await eventually('a place is free', async () => (await open(world.operator)).answer.status === 200)

    const clinic = await as(world.clinic)
    t.match(await clinic.get('/v1/events/stream?types=nonsense'), {
      status: 422,
      body: { code: 'invalid_input' },
    })
    t.match(await clinic.get('/v1/events/stream', { 'last-event-id': 'a b' }), { status: 422 })
    t.match(await clinic.get('/v1/events/stream', { 'last-event-id': '999999' }), { status: 400 })
    t.equal((await (await as(world.clinic, ['referrals:read'])).get('/v1/events/stream')).status, 403)
  },
)
