import t from 'tap'
import { openSystemContext } from '../../src/db/access.ts'
import { climb } from '../../src/domains/clocks/climb.ts'
import { serveMetrics } from '../../src/telemetry/server.ts'
import { sampleReferral } from '../support/samples.ts'
import { type Started, startService } from '../support/service.ts'
import { strangersTo } from '../support/strangers.ts'

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What a scrape says, line by line (the text format of Prometheus, 0.0.4). */
async function scrape({ metrics }: Started): Promise<Sample[]> {
  const text = (await metrics?.registry.metrics()) ?? ''
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
      return {
        name,
        labels: Object.fromEntries(
          [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, k, v]) => [k, v]),
        ),
        value: Number(value),
      }
    })
}

const sampleOf = (samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}) =>
  samples.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )?.value

const hex = /[0-9a-f]{8}-?[0-9a-f]{4}|\d{4,}|@/i

t.test('after everything was done once, no label names anybody or anything of a network', async (t) => {
  const service = await startService(t, { measured: true })
  const { routes } = await strangersToWorld(service)
  await service.settle()
  const samples = await scrape(service)
  t.ok(samples.length > 300, `${samples.length} samples`)
  t.ok(
    samples.filter(({ name }) => name === 'alongside_actions_total').length > 60,
    'every domain was at work',
  )
  const values = new Set(samples.flatMap(({ labels }) => Object.values(labels)))
  const ids = await service.stored<{ id: string }>(
    `select id::text from organizations union select id::text from networks union select id::text from patients
     union select id::text from referrals union select id::text from mentors union select id::text from api_clients`,
  )
  t.ok(ids.length > 10)
  for (const { id } of ids)
    t.notOk(
      [...values].some((value) => value.includes(id)),
      'an id is a label',
    )
  const known = ({ labels }: Sample) => Object.values(labels)
  t.same(
    samples.flatMap(known).filter((value) => hex.test(value)),
    [],
    'nothing that looks like an id, a number of somebody’s, or an address',
  )
  const written = new Set(samples.flatMap(({ labels: { route } }) => route ?? []))
  for (const route of written)
    t.ok(route === '(none)' || !/[0-9a-f-]{36}/.test(route), `${route} is as the code has it`)
  t.ok(written.has('/v1/referrals/:id/accept'), 'routes are templates')
  t.ok(routes > 0)
})

/** One of everything in two networks, and then what nobody should send. */
async function strangersToWorld(service: Started) {
  const { world } = await strangersTo(service)
  const api = await service.as(world.clinic)
  const junk = ['/v1/patients/889900', '/nowhere/889900', `/v1/${service.unknownId()}`, '/errors/889900']
  for (const path of junk) await api.get(path)
  await api.get('/v1/patients?identifier=https%3A%2F%2Fclinic.example%2Fmrn%7C889900')
  await service.inject({ method: 'OPTIONS', url: '/v1/patients/889900' })
  return { routes: junk.length }
}

t.test('requests, refusals, events and denials are counted by words that the code knows', async (t) => {
  const service = await startService(t, { measured: true })
  const { clinic, programId } = await service.createWorld()
  const api = await service.as(clinic)
  const { body: referral } = await api.post('/v1/referrals', sampleReferral(programId))
  await api.get(`/v1/referrals/${referral.id}`)
  await api.get(`/v1/referrals/${service.unknownId()}`)
  await api.get('/v1/events?wait=1&after=0')
  const route = '/v1/referrals/:id'
  const before = await scrape(service)
  t.equal(sampleOf(before, 'alongside_http_requests_total', { route, status: '200' }), 1)
  t.equal(sampleOf(before, 'alongside_http_requests_total', { route, status: '404' }), 1)
  t.equal(sampleOf(before, 'alongside_http_request_duration_seconds_count', { route, method: 'GET' }), 2)
  t.equal(
    sampleOf(before, 'alongside_http_request_duration_seconds_count', { route: '/v1/events' }),
    undefined,
    'whoever asked to wait does not make the service slow',
  )
  t.equal(sampleOf(before, 'alongside_actions_total', { action: 'referrals.create', outcome: 'ok' }), 1)
  t.equal(sampleOf(before, 'alongside_actions_total', { action: 'referrals.get', outcome: 'not_found' }), 1)
  t.equal(sampleOf(before, 'alongside_events_total', { type: 'referral.requested' }), 1)
})

t.test('what a decision keeps back is counted by its reason', async (t) => {
  const service = await startService(t, { measured: true })
  const { clinic, operator, programId } = await service.createWorld()
  const api = await service.as(clinic)
  const { body: referral } = await api.post('/v1/referrals', sampleReferral(programId))
  // The consent ends by its own day, which the clock of the service has reached and no sweep has seen yet.
  service.time.set('2040-07-02T12:00:00Z')
  t.equal((await (await service.as(operator)).get(`/v1/referrals/${referral.id}`)).status, 404)
  t.equal(
    sampleOf(await scrape(service), 'alongside_decision_denials_total', { reason: 'consent_expired' }),
    1,
  )
})

t.test('the pool, the process and what waits in the database are told', async (t) => {
  const service = await startService(t, { measured: true })
  const { clinic, programId } = await service.createWorld()
  const quiet = await scrape(service)
  for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds'])
    t.ok((sampleOf(quiet, name) ?? -1) >= 0, name)
  t.equal(
    sampleOf(quiet, 'alongside_pool_connections', { pool: 'main', state: 'max' }),
    service.service.database.pool.options.max,
  )
  t.equal(sampleOf(quiet, 'alongside_pool_connections', { pool: 'main', state: 'waiting' }), 0)
  t.equal(sampleOf(quiet, 'alongside_database_up'), 1)
  await service.settle()

  const { body: referral } = await (await service.as(clinic)).post('/v1/referrals', sampleReferral(programId))
  await (await service.as(clinic)).post('/v1/matching-runs', { programId })
  service.time.forward({ days: 30 })
  const waiting = await telling(service)
  t.ok((waiting('alongside_events_unsequenced') ?? 0) > 0, 'events wait for their number')
  t.ok((waiting('alongside_events_lag_seconds') ?? 0) >= 30 * 86_400 - 1)
  t.ok((waiting('alongside_clocks_overdue') ?? 0) > 0, `${referral.id}: somebody waits`)
  t.ok((waiting('alongside_clocks_lag_seconds') ?? 0) > 86_400)

  await service.settle()
  const { networkId } = clinic
  const system = openSystemContext(service.service, networkId, { requestId: 'test', now: service.time.now() })
  for (let climbed = 1; climbed > 0; )
    climbed = (await system.transaction((ctx) => climb(ctx, 100), { action: 'clocks.climb' })).length
  await service.settle()
  const done = await telling(service)
  t.equal(done('alongside_events_unsequenced'), 0)
  t.equal(done('alongside_events_lag_seconds'), 0)
  t.equal(done('alongside_clocks_lag_seconds'), 0, 'the clocks have climbed')
  t.ok((done('alongside_events_total', { type: 'clock.breached' }) ?? 0) > 0, 'and breaches were counted')
})

/** A scrape that does not get what the one before it was told. */
async function telling(service: Started) {
  const samples = await afterTheLast(service)
  return (name: string, labels = {}) => sampleOf(samples, name, labels)
}

async function afterTheLast(service: Started): Promise<Sample[]> {
  const first = await service.readBacklog()
  while ((await service.readBacklog()) === first) await new Promise((resolve) => setTimeout(resolve, 100))
  return scrape(service)
}

t.test('jobs that wait are told by queue, and those that failed for good are not late', async (t) => {
  const service = await startService(t, { measured: true })
  await service.stored(
    `insert into pgboss.job (name, start_after) values
       ('matching.run', now() - interval '5 minutes'), ('matching.run', now()), ('dead_letters', now() - interval '1 day')`,
  )
  const told = await scrape(service)
  t.equal(sampleOf(told, 'alongside_queue_jobs', { queue: 'matching.run' }), 2)
  t.ok((sampleOf(told, 'alongside_queue_oldest_seconds', { queue: 'matching.run' }) ?? 0) >= 300)
  t.equal(sampleOf(told, 'alongside_queue_jobs', { queue: 'dead_letters' }), 1)
  t.equal(sampleOf(told, 'alongside_queue_oldest_seconds', { queue: 'dead_letters' }), undefined)
  t.equal(sampleOf(told, 'alongside_queue_jobs', { queue: 'clocks.climb' }), 0)
  const ready = await service.inject({ method: 'GET', url: '/health/ready' })
  t.match(ready, {
    status: 200,
    body: { status: 'ready', checks: { database: 'ok', migrations: 'ok', queue: 'late' } },
  })
})

t.test(
  'the port for metrics answers nothing else, and tells its own while the database is away',
  async (t) => {
    const service = await startService(t, { measured: true })
    if (!service.metrics) throw new Error('measured')
    const server = await serveMetrics(service.metrics.registry, { host: '127.0.0.1', port: 0 })
    t.teardown(() => server.stop())
    const base = `http://127.0.0.1:${server.port}`
    const scraped = await fetch(`${base}/metrics`)
    t.equal(scraped.status, 200)
    t.match(scraped.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
    t.match(await scraped.text(), /^# HELP alongside_http_requests_total /m)
    t.equal((await fetch(`${base}/v1/referrals`)).status, 404)
    t.equal((await fetch(`${base}/metrics`, { method: 'POST' })).status, 405)
    t.equal(
      (await service.inject({ method: 'GET', url: '/metrics' })).status,
      404,
      'nor does the service have it',
    )
  },
)
