import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { eventually } from '../../support/eventually.ts'
import { sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

interface Refusal {
  readonly code: string
  readonly detail: string
}

/** A network whose first events have left, and another one, asked in the three ways that take a place. */
async function started(t: Test) {
  const { as, createWorld, settle, stored, app, tokenOf } = await startService(t)
  const world = await createWorld()
  const elsewhere = await createWorld()
  const clinic = await as(world.clinic)
  await clinic.post('/v1/referrals', sampleReferral(world.programId))
  await settle()
  const foreign = (await (await as(elsewhere.clinic)).get('/v1/events?limit=1')).body.nextCursor
  const own = (await clinic.get('/v1/events?limit=1')).body.nextCursor
  const { through: last } = (await clinic.get('/v1/events?limit=100')).body
  await stored('delete from events where network_id = $1 and sequence <= 3', [world.networkId])
  await stored('update event_logs set removed_through = 3 where network_id = $1', [world.networkId])

  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const token = await tokenOf(world.clinic)
  async function subscribe(after: string): Promise<Refusal | undefined> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql-ws`, 'graphql-transport-ws')
    // biome-ignore lint/suspicious/noExplicitAny: messages are looked into freely
    const messages: any[] = []
    socket.on('message', (data) => messages.push(JSON.parse(String(data))))
    await eventually('open', () => socket.readyState === WebSocket.OPEN)
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
    await eventually('greeted', () => messages.some(({ type }) => type === 'connection_ack'))
    const query = 'subscription ($after: String) { referralChanged(after: $after) { event { sequence } } }'
    socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query, variables: { after } } }))
    const told = await eventually('an answer', () => messages.find(({ id }) => id === '1'))
    socket.terminate()
    if (told.type === 'next' && told.payload.data) return undefined
    const [error] = told.type === 'error' ? told.payload : told.payload.errors
    return { code: error.extensions.code, detail: error.message }
  }
  const asked = async (path: string, headers = {}): Promise<Refusal | undefined> => {
    const { body } = await clinic.get(path, headers)
    return body.code && { code: body.code, detail: body.detail }
  }
  return {
    last,
    foreign,
    own,
    clinic,
    ways: {
      feed: (place: string) => asked(`/v1/events?after=${encodeURIComponent(place)}`),
      stream: (place: string) => asked('/v1/events/stream', { 'last-event-id': place }),
      subscription: subscribe,
    },
  }
}

t.test('a place that cannot be gone on from is refused alike in every way, with what to do', async (t) => {
  const { ways, foreign, own, last } = await started(t)
  const beyond = (place: string) => ({
    code: 'invalid_cursor',
    detail: new RegExp(`has no event ${place.slice(0, 20)} yet; its last is ${last}. Begin with after=0`),
  })
  const notOurs = { code: 'invalid_cursor', detail: /Use nextCursor unchanged .* or start again without it/ }
  const places: readonly { what: string; place: string; refused: object; code?: string }[] = [
    { what: 'from the future', place: String(last + 1), refused: beyond(String(last + 1)) },
    { what: 'huge', place: '9'.repeat(15), refused: beyond('9'.repeat(15)) },
    { what: 'beyond what can be counted', place: '9'.repeat(400), refused: beyond('9'.repeat(400)) },
    { what: 'of another network', place: foreign, refused: notOurs },
    { what: 'no number', place: 'yesterday', refused: notOurs },
    { what: 'before the first', place: '-1', refused: notOurs },
    {
      what: 'older than what is kept',
      place: '2',
      refused: { code: 'events_no_longer_kept', detail: /Events up to 3 .* go on with after=3/ },
    },
    { what: 'no word at all', place: '1.5 or so', refused: { code: 'invalid_input' } },
    { what: 'too long', place: '1'.repeat(1001), refused: { code: 'invalid_input' } },
  ]
  for (const { what, place, refused } of places)
    for (const [way, ask] of Object.entries(ways)) t.match(await ask(place), refused, `${way}: ${what}`)
  t.match(await ways.feed(own), { code: 'events_no_longer_kept' }, 'a cursor can be too old as well')
})

t.test('a bare number says nothing of its network; a cursor does', async (t) => {
  const { clinic, foreign, last } = await started(t)
  // Nothing can be told from it: which is why docs/guides/events.md has each network keep its own place.
  t.equal((await clinic.get(`/v1/events?after=${last}`)).status, 200)
  t.equal((await clinic.get(`/v1/events?after=${foreign}`)).body.code, 'invalid_cursor')
})
