import t, { type Test } from 'tap'
import { type DeliveriesOptions, startDeliveries } from '../../src/jobs/deliveries.ts'
import { eventually } from '../support/eventually.ts'
import { type Answering, startReceiver, subscribe, withStatus } from '../support/receiver.ts'
import { sampleReferral } from '../support/samples.ts'
import { startService } from '../support/service.ts'

/** Polling that never comes by: what happens, happens because of a wake-up. */
const never = 3_600_000
const quiet = { debug() {}, info() {}, warn() {}, error() {} }

async function start(t: Test) {
  const service = await startService(t)
  const world = await service.createWorld()
  const clinic = await service.as(world.clinic)
  return {
    ...service,
    clinic,
    world,
    refer: async () => (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body,
    run: (options: Partial<DeliveriesOptions> = {}) => {
      const running = startDeliveries({
        ...{ service: service.service, time: service.time, log: quiet, pollMs: never },
        ...options,
      })
      t.teardown(() => running.stop(0))
      return running
    },
  }
}

t.test('several processes over one database send each event once, as soon as it is numbered', async (t) => {
  const { run, clinic, refer, deliver, settle, stored } = await start(t)
  const receivers = await Promise.all(Array.from({ length: 4 }, () => startReceiver(t)))
  for (const { url } of receivers) await subscribe(clinic, url)
  await deliver()
  for (let processes = 0; processes < 3; processes += 1) run()
  const referrals = 6
  for (let made = 0; made < referrals; made += 1) {
    await refer()
    await settle()
  }
  await eventually('all have everything', () => receivers.every((one) => one.events().length >= referrals))
  await eventually('all is written down', async () => {
    const rows = await stored(`select id from webhook_deliveries where status <> 'delivered'`)
    return rows.length === 0
  })
  for (const receiver of receivers) {
    const ids = receiver.events().map(({ headers }) => headers['webhook-id'])
    t.equal(ids.length, referrals, 'nothing twice')
    t.equal(new Set(ids).size, referrals, 'nothing missing')
  }
  t.same(await stored('select endpoint_id from webhook_queues where lease_id is not null'), [], 'all let go')
})

t.test('receivers that hang take nothing from those that answer', async (t) => {
  const { run, clinic, refer, deliver, settle, time } = await start(t)
  const hanging = await Promise.all(Array.from({ length: 3 }, () => startReceiver(t)))
  for (const { url } of hanging) await subscribe(clinic, url)
  const well = await startReceiver(t)
  await subscribe(clinic, well.url)
  await deliver()
  for (const receiver of hanging) receiver.answerWith(() => {})
  await refer()
  await deliver({ attemptMs: 1_000 })
  t.equal(well.events().length, 1)
  // They hang again, and keep every place of their lane for the rest of this test.
  time.forward({ minutes: 1 })
  run({ attemptMs: never, lanes: { well: 1, ailing: 3 } })
  await eventually('they hang', () => hanging.every((one) => one.events().length === 2))
  for (const expected of [2, 3, 4]) {
    await refer()
    await settle()
    await eventually('the one that answers is told', () => well.events().length === expected)
  }
  t.ok(hanging.every((one) => one.events().length === 2))
})

t.test(
  'what is under way when a process has to go is handed back, and sent by another at once',
  async (t) => {
    const { run, clinic, refer, deliver, settle, stored } = await start(t)
    const receiver = await startReceiver(t)
    await subscribe(clinic, receiver.url)
    await deliver()
    const hang: Answering = () => {}
    receiver.answerWith(hang)
    const first = run({ attemptMs: never })
    await refer()
    await settle()
    await eventually('it is under way', () => receiver.events().length === 1)
    await first.stop(0)
    t.match(await stored(`select error from webhook_attempts where error is not null`), [
      { error: 'interrupted' },
    ])
    t.match(await stored(`select attempts from webhook_deliveries where kind = 'event'`), [{ attempts: 0 }])
    receiver.answerWith(withStatus(204))
    await deliver()
    t.equal(receiver.events().length, 2)
    const [one, two] = receiver.events()
    t.equal(one?.headers['webhook-id'], two?.headers['webhook-id'], 'by its id the receiver can tell')
  },
)

t.test(
  'a process that dies between the receiver’s answer and its own note sends again, with the same id',
  async (t) => {
    const { clinic, refer, deliver, stored } = await start(t)
    const receiver = await startReceiver(t)
    await subscribe(clinic, receiver.url)
    await deliver()
    await refer()
    await deliver()
    // As its database was left: decided, sent, held, and nothing noted of it.
    const [delivery] = await stored<{ id: string }>(
      `update webhook_deliveries set status = 'pending', finished_at = null,
       next_attempt_at = created_at + interval '2 minutes' where kind = 'event' returning id`,
    )
    await stored('update webhook_attempts set status_code = null, latency_ms = null where delivery_id = $1', [
      delivery?.id,
    ])
    const leased = (until: string) =>
      stored(
        `update webhook_queues set lease_id = gen_random_uuid(), due_at = '2026-11-18T19:00:00Z',
         leased_until = now() + $1::interval`,
        [until],
      )
    await leased('10 seconds')
    await deliver()
    t.equal(receiver.events().length, 1, 'nobody else begins while it may still be at it')
    await leased('-1 second')
    await deliver()
    t.equal(receiver.events().length, 2, 'and then at once, whatever it had put off')
    t.equal(new Set(receiver.events().map(({ headers }) => headers['webhook-id'])).size, 1)
    t.match(await stored(`select status, attempts from webhook_deliveries where kind = 'event'`), [
      { status: 'delivered', attempts: 1 },
    ])
    t.match(
      await stored('select error from webhook_attempts where delivery_id = $1 order by id', [delivery?.id]),
      [{ error: 'interrupted' }, { error: null }],
      'the log says that nobody knows how the first one went',
    )
  },
)

t.test('an event that arrives while an endpoint lets go is not left lying', async (t) => {
  const { run, clinic, refer, deliver, settle } = await start(t)
  const receiver = await startReceiver(t)
  await subscribe(clinic, receiver.url)
  await deliver()
  run()
  // Each one is committed in the middle of the turn of the one before.
  const total = 12
  receiver.answerWith((reply, received) => {
    if (receiver.events().length < total) void refer().then(settle)
    withStatus(204)(reply, received)
  })
  await refer()
  await settle()
  await eventually('each was sent', () => receiver.events().length === total)
  t.equal(new Set(receiver.events().map(({ headers }) => headers['webhook-id'])).size, total)
})

t.test('finished deliveries leave the log after their time, what waits does not', async (t) => {
  const { clinic, refer, deliver, stored, time, service, world } = await start(t)
  const { jobs } = await import('../../src/jobs/jobs.ts')
  const receiver = await startReceiver(t)
  await subscribe(clinic, receiver.url)
  await deliver()
  receiver.answerWith(withStatus(500))
  await refer()
  await deliver()
  const forget = jobs.find(({ name }) => name === 'webhooks.forget')
  const deps = { service, time, log: quiet, networkId: world.networkId, signal: new AbortController().signal }
  const left = async () => {
    await forget?.run(deps, {})
    return stored(`select d.kind, count(a.id)::int as attempts from webhook_deliveries d
      left join webhook_attempts a on a.delivery_id = d.id group by d.id, d.kind order by d.kind`)
  }
  t.same(await left(), [
    { kind: 'event', attempts: 1 },
    { kind: 'verification', attempts: 1 },
  ])
  time.forward({ days: 31 })
  t.same(await left(), [{ kind: 'event', attempts: 1 }])
  t.same(await stored(`select count(*)::int as attempts from webhook_attempts`), [{ attempts: 1 }])
})
