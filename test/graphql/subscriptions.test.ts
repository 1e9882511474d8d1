import { createClient } from 'graphql-ws'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { ready } from '../domains/offers/ready.ts'
import { eventually } from '../support/eventually.ts'
import type { Member } from '../support/world.ts'

async function listening(t: Test, options?: Parameters<typeof ready>[1]) {
  const started = await ready(t, options)
  const url = await started.app.listen({ host: '127.0.0.1', port: 0 })
  const address = `${url.replace('http', 'ws')}/graphql-ws`

  /** A socket as the protocol has it, by hand: every message, and how it was closed. */
  async function open(protocol = 'graphql-transport-ws', headers: Record<string, string> = {}) {
    const socket = new WebSocket(address, protocol, { headers })
    // biome-ignore lint/suspicious/noExplicitAny: messages are looked into freely
    const messages: any[] = []
    let closed: { code: number; reason: string } | undefined
    socket.on('message', (data) => messages.push(JSON.parse(String(data))))
    socket.on('close', (code, reason) => {
      closed = { code, reason: String(reason) }
    })
    socket.on('error', () => {})
    t.teardown(() => socket.terminate())
    await eventually('open or closed', () => socket.readyState !== WebSocket.CONNECTING)
    return {
      messages,
      send: (message: unknown) =>
        socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
      closed: () => eventually('the socket closes', () => closed),
      next: (type: string, id?: string) =>
        eventually(type, () =>
          messages.find((one) => one.type === type && (id === undefined || one.id === id)),
        ),
      close: () => socket.close(),
      sleep: () => socket.pause(),
      wake: () => socket.resume(),
    }
  }

  const init = (token: string) => ({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
  async function connected(member: Member) {
    const socket = await open()
    socket.send(init(await started.tokenOf(member)))
    await socket.next('connection_ack')
    return socket
  }
  return { ...started, address, open, init, connected }
}

const subscribe = (query: string, id = '1', variables = {}) => ({
  id,
  type: 'subscribe',
  payload: { query, variables },
})
interface Told {
  readonly data: { readonly referralChanged: { readonly event: { readonly sequence: number } } }
}

const referralChanged =
  'subscription ($after: String, $id: ID) { referralChanged(after: $after, id: $id) { event { sequence type subject { id } } referral { id status } } }'

t.test(
  'a subscriber who comes again with the last number has missed nothing, and sees what is theirs',
  async (t) => {
    const { connected, world, referred, settle, operator } = await listening(t)
    const first = await referred()
    await settle()
    const socket = await connected(world.operator)
    socket.send(subscribe(referralChanged, '1', { after: '0' }))
    const told = await socket.next('next', '1')
    t.equal(told.payload.data.referralChanged.referral.id, first)
    const { sequence } = told.payload.data.referralChanged.event
    socket.send({ id: '1', type: 'complete' })
    socket.close()

    const second = await referred()
    await operator.post(`/v1/referrals/${second}/accept`, {})
    await settle()
    const again = await connected(world.operator)
    again.send(subscribe(referralChanged, '2', { after: String(sequence) }))
    again.send(subscribe(referralChanged, '3', { after: '0', id: second }))
    again.send(subscribe(referralChanged, '4'))
    await eventually(
      'both events of the second',
      () => again.messages.filter(({ id }) => id === '2').length === 2,
    )
    const types = (id: string) =>
      again.messages
        .filter((message) => message.id === id && message.type === 'next')
        .map(({ payload }) => [
          payload.data.referralChanged.event.type,
          payload.data.referralChanged.event.subject.id,
        ])
    t.same(types('2'), [
      ['referral.requested', second],
      ['referral.accepted', second],
    ])
    await eventually('the same of one alone', () => types('3').length === 2)
    t.same(types('4'), [], 'without a number from now on')
    const third = await referred()
    await settle()
    await eventually('what happens now', () => types('4').length === 1)
    t.same(types('4'), [['referral.requested', third]])

    const stranger = await connected(world.otherOperator)
    stranger.send(subscribe(referralChanged, '1', { after: '0' }))
    stranger.send(subscribe('{ __typename }', '2'))
    t.same(
      (await stranger.next('next', '2')).payload.data,
      { __typename: 'Query' },
      'queries are answered here, too',
    )
    t.equal(stranger.messages.filter(({ id }) => id === '1').length, 0)
  },
)

t.test(
  'a subscriber who takes nothing is sent away and the others are told; come again, it has missed nothing',
  async (t) => {
    const { connected, world, referred, settle, stored, app } = await listening(t, {
      followers: { takenWithinMs: 2_000 },
    })
    const subscription =
      'subscription ($after: String) { referralChanged(after: $after) { event { sequence codes } } }'
    const numbersOf = ({ messages }: { messages: readonly { type: string; payload: Told }[] }): number[] =>
      messages
        .filter(({ type }) => type === 'next')
        .map(({ payload }) => payload.data.referralChanged.event.sequence)
    for (let n = 0; n < 12; n += 1) await referred()
    // More than the buffers of both ends have room for.
    await stored(
      `update events set codes = jsonb_build_object('status', repeat('x', 1000000)) where type = 'referral.requested'`,
    )
    await settle()
    const connections = () =>
      new Promise<number>((resolve) => app.server.getConnections((_, n) => resolve(n)))
    const asleep = await connected(world.clinic)
    asleep.send(subscribe(subscription, '1', { after: '0' }))
    asleep.sleep()
    t.equal(await connections(), 1)
    // Long before the second ping would find that nobody answers.
    await eventually('it is sent away', async () => (await connections()) === 0, 20_000)

    const awake = await connected(world.clinic)
    awake.send(subscribe(subscription, '1', { after: '0' }))
    await eventually('what there was', () => numbersOf(awake).length === 12)
    await referred()
    await settle()
    const all = await eventually('what is new', () => numbersOf(awake).length === 13 && numbersOf(awake))
    awake.close()

    asleep.wake()
    await asleep.closed()
    const got = numbersOf(asleep)
    t.ok(got.length < 12, 'it was not told all of it')
    t.same(got, all.slice(0, got.length))
    const again = await connected(world.clinic)
    again.send(subscribe(subscription, '1', { after: String(got.at(-1) ?? 0) }))
    await eventually('the rest', () => numbersOf(again).length === all.length - got.length)
    t.same(numbersOf(again), all.slice(got.length))
  },
)

t.test('each event is decided on when it is sent', async (t) => {
  const { connected, world, referred, settle, clinic } = await listening(t)
  const id = await referred()
  await settle()
  const socket = await connected(world.operator)
  socket.send(subscribe(referralChanged))
  socket.send(subscribe('{ __typename }', 'ready'))
  await socket.next('next', 'ready')
  const { consentId } = (await clinic.get(`/v1/referrals/${id}`)).body
  await clinic.post(`/v1/consents/${consentId}/revoke`, {})
  const other = await referred()
  await settle()
  const told = await socket.next('next', '1')
  t.equal(told.payload.data.referralChanged.referral.id, other, 'nothing of whose consent is withdrawn')
})

t.test('without a token that holds, a socket opens nothing', async (t) => {
  const { open, init, world, tokenOf, connected } = await listening(t)
  const refused = await open()
  refused.send(init('nonsense'))
  t.equal((await refused.closed()).code, 4403)
  const none = await open()
  none.send({ type: 'connection_init' })
  t.equal((await none.closed()).code, 4403)
  const early = await open()
  early.send(subscribe(referralChanged))
  t.equal((await early.closed()).code, 4401)
  const twice = await connected(world.clinic)
  twice.send(init(await tokenOf(world.clinic)))
  t.equal((await twice.closed()).code, 4429)
  const malformed = await connected(world.clinic)
  malformed.send('{')
  t.equal((await malformed.closed()).code, 4400)
  const same = await connected(world.clinic)
  same.send(subscribe(referralChanged))
  same.send(subscribe(referralChanged))
  t.equal((await same.closed()).code, 4409)
  const silent = await open()
  t.equal((await silent.closed()).code, 4408)
  const large = await connected(world.clinic)
  large.send(`"${'x'.repeat(70_000)}"`)
  t.ok((await large.closed()).code >= 1006)
  const byHeader = await open('graphql-transport-ws', {
    authorization: `Bearer ${await tokenOf(world.clinic)}`,
  })
  byHeader.send({ type: 'connection_init' })
  t.ok(await byHeader.next('connection_ack'))
})

t.test('a socket speaks graphql-transport-ws and nothing else', async (t) => {
  const { open } = await listening(t)
  const other = await open('graphql-ws')
  t.ok((await other.closed()).code)
})

t.test('a socket closes when its token is over', async (t) => {
  const { connected, world } = await listening(t, { accessTokenSeconds: 2 })
  const socket = await connected(world.clinic)
  t.same(await socket.closed(), { code: 4403, reason: 'The token has expired' })
})

t.test('what is refused by HTTP is refused here, in the same codes', async (t) => {
  const { connected, world, app } = await listening(t)
  const socket = await connected(world.clinic)
  const refusals: [string, string][] = [
    ['subscription { nothing }', 'QUERY_INVALID'],
    ['subscription {', 'QUERY_INVALID'],
    ['{ referrals(first: 100) { nodes { history(first: 100) { nodes { at } } } } }', 'QUERY_TOO_COSTLY'],
    ['subscription { referralChanged(after: "999999") { event { id } } }', 'invalid_cursor'],
    ['subscription { referralChanged(after: "x x") { event { id } } }', 'invalid_input'],
  ]
  for (const [index, [query, code]] of refusals.entries()) {
    socket.send(subscribe(query, `r${index}`))
    const told = await eventually(query, () => socket.messages.find(({ id }) => id === `r${index}`))
    const [error] = told.type === 'error' ? told.payload : told.payload.errors
    t.equal(error.extensions.code, code, query)
  }
  const { accessToken } = await app.issueToken({ ...world.operator, scopes: ['referrals:read'] })
  const client = createClient({
    url: `${app.listeningOrigin.replace('http', 'ws')}/graphql-ws`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${accessToken}` },
  })
  t.teardown(() => client.dispose())
  const failed = await new Promise((resolve) =>
    client.subscribe(
      { query: 'subscription { referralChanged { event { id } } }' },
      { next: resolve, error: resolve, complete: () => {} },
    ),
  )
  t.match(JSON.stringify(failed), /insufficient_scope/)
})

t.test('every answer over a socket says its cost, as by HTTP', async (t) => {
  const { connected, world, referred, settle } = await listening(t)
  await referred()
  await settle()
  const socket = await connected(world.operator)
  socket.send(subscribe('{ referrals(first: 10) { nodes { id patient { id } } } }', 'query'))
  socket.send(subscribe('subscription { referralChanged(after: "0") { event { type } } }', 'event'))
  socket.send(subscribe('subscription { referralChanged(after: "x x") { event { type } } }', 'refused'))
  const costOf = async (id: string) => (await socket.next('next', id)).payload.extensions
  t.same(await costOf('query'), { cost: 1 + 10 * (1 + 1) })
  t.same(await costOf('event'), { cost: 1 })
  const told = await eventually('refused', () => socket.messages.find(({ id }) => id === 'refused'))
  t.equal(told.type, 'error')
  socket.close()
})

t.test('one socket has so many operations and no more', async (t) => {
  const { connected, world } = await listening(t)
  const socket = await connected(world.clinic)
  for (let made = 0; made < 21; made += 1) socket.send(subscribe(referralChanged, `s${made}`))
  const refused = await socket.next('error')
  t.equal(refused.payload[0].extensions.code, 'too_many_streams')
})
