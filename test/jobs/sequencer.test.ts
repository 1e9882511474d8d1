import { randomBytes } from 'node:crypto'
import pg from 'pg'
import t, { type Test } from 'tap'
import { systemTime } from '../../src/core/clock.ts'
import { createKeyring } from '../../src/core/keyring.ts'
import { openContext, type Service } from '../../src/db/access.ts'
import { connect } from '../../src/db/client.ts'
import { announceEmitted, startListening } from '../../src/db/listen.ts'
import { createNetwork } from '../../src/domains/organizations/network.ts'
import { orderingSteps, orderOnce, startSequencer } from '../../src/jobs/sequencer.ts'
import { serverUrl } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { emptyDatabase } from '../support/shared-database.ts'
import { storedFor } from '../support/stored.ts'

const nobody = '00000000-0000-0000-0000-000000000000'
const organizationId = '11111111-1111-4111-8111-111111111111'
/** Polling that never comes by: what happens, happens because of a wake-up. */
const never = 3_600_000

interface Numbered {
  readonly sequence: number
  readonly subject: string
  readonly step: string
}

async function openLog(t: Test) {
  const { database, owner } = await emptyDatabase()
  const service: Service = { database, keyring: createKeyring(randomBytes(32)) }
  const networkId = await createNetwork(service, 'Sample Network', new Date())
  const errors: unknown[] = []
  const log = { debug() {}, info() {}, warn() {}, error: (...said: unknown[]) => void errors.push(said) }
  const deps = { service, time: systemTime, log }

  const stored = <Row>(sql: string, parameters: unknown[] = []) => storedFor<Row>(owner, sql, parameters)

  const caller = { organizationId, clientId: nobody, scopes: new Set<string>() }
  return {
    deps,
    networkId,
    owner,
    errors,
    stored,
    /** Changes a subject in one transaction: `work` stands for what the change waits for before it writes. */
    change: (
      subject: string,
      step: number,
      { at = new Date(), work = async () => {}, within = networkId, by = service } = {},
    ) =>
      openContext(by, { ...caller, networkId: within }, { requestId: 'test', now: at }).transaction(
        async (ctx) => {
          await work()
          ctx.emit({
            type: 'mentor.updated',
            subjectType: 'mentor',
            subjectId: subject,
            codes: { step: `${step}` },
          })
        },
        { action: 'test' },
      ),
    numbered: (within = networkId) =>
      stored<Numbered>(
        `select sequence::int, subject_id::text as subject, codes->>'step' as step from events
         where network_id = $1 and sequence is not null order by sequence`,
        [within],
      ),
    start: (options: { service?: Service; pollMs?: number } = {}) => {
      const running = startSequencer({ ...deps, pollMs: never, ...options })
      t.teardown(() => running.stop())
      return running
    },
  }
}

const subjectNumber = (n: number) => `22222222-2222-4222-8222-${String(n).padStart(12, '0')}`

t.test(
  'events are numbered without gaps, each subject’s in its own order, by whoever is awake',
  async (t) => {
    const { start, change, numbered } = await openLog(t)
    for (let processes = 0; processes < 3; processes += 1) start()
    const writers = 8
    const changes = 25
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let step = 0; step < changes; step += 1) await change(subjectNumber(writer), step)
      }),
    )
    const rows = await eventually('all are numbered', async () => {
      const found = await numbered()
      return found.length === writers * changes && found
    })
    t.same(
      rows.map(({ sequence }) => sequence),
      Array.from({ length: writers * changes }, (_, n) => n + 1),
    )
    for (let writer = 0; writer < writers; writer += 1) {
      const steps = rows
        .filter(({ subject }) => subject === subjectNumber(writer))
        .map(({ step }) => Number(step))
      t.same(steps, [...Array(changes).keys()], 'each in the order in which it happened')
    }
  },
)

const oneByOne = serverUrl ? false : 'on the embedded engine transactions run one after another'

t.test('a request that came first and wrote last is numbered last', { skip: oneByOne }, async (t) => {
  const { deps, networkId, change, numbered } = await openLog(t)
  const first = new Date('2026-11-18T19:00:00.000Z')
  const second = new Date('2026-11-18T19:00:00.500Z')
  let go = () => {}
  const waiting = change(subjectNumber(1), 2, {
    at: first,
    work: () =>
      new Promise<void>((resolve) => {
        go = resolve
      }),
  })
  await change(subjectNumber(1), 1, { at: second })
  go()
  await waiting
  t.equal(await orderOnce(deps, networkId), 'done')
  // The id of the first is the smaller one, since it tells the time of the request.
  t.same(
    (await numbered()).map(({ step }) => step),
    ['1', '2'],
  )
})

t.test('networks are numbered apart, and a number is never given twice', async (t) => {
  const { deps, networkId, change, numbered, stored } = await openLog(t)
  const other = await createNetwork(deps.service, 'Another Network', new Date())
  await change(subjectNumber(1), 1)
  await change(subjectNumber(2), 1, { within: other })
  await change(subjectNumber(2), 2, { within: other })
  await orderOnce(deps, networkId)
  await orderOnce(deps, other)
  t.same(
    (await numbered()).map(({ sequence }) => sequence),
    [1],
  )
  t.same(
    (await numbered(other)).map(({ sequence }) => sequence),
    [1, 2],
  )
  await stored('delete from events')
  await change(subjectNumber(2), 3, { within: other })
  await orderOnce(deps, other)
  t.same(
    (await numbered(other)).map(({ sequence }) => sequence),
    [3],
    'the log goes on where it stopped, though its events have left',
  )
})

t.test('what is written by the version before this one is numbered too, and first', async (t) => {
  const { deps, networkId, change, numbered, stored } = await openLog(t)
  await change(subjectNumber(1), 2)
  await stored(
    `insert into events (network_id, id, organization_id, position, type, subject_type, subject_id, codes, actor_client_id, occurred_at)
     values ($1, gen_random_uuid(), $2, null, 'mentor.updated', 'mentor', $3, '{"step":"1"}', $2, now())`,
    [networkId, nobody, subjectNumber(1)],
  )
  await orderOnce(deps, networkId)
  t.same(
    (await numbered()).map(({ step }) => step),
    ['1', '2'],
  )
})

t.test(
  'one process at a time orders a network, and its lock ends with it',
  { skip: !serverUrl },
  async (t) => {
    const { deps, networkId, change, owner } = await openLog(t)
    await change(subjectNumber(1), 1)
    const other = new pg.Client(owner)
    other.on('error', () => {})
    await other.connect()
    await other.query('begin')
    await other.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`sequencer|${networkId}`])
    t.equal(await orderOnce(deps, networkId), 'taken')
    await other.end()
    await eventually('the lock is free', async () => (await orderOnce(deps, networkId)) === 'done')
  },
)

t.test('other steps share lock and transaction, and go on while they find a full batch', async (t) => {
  const { deps, networkId, change } = await openLog(t)
  await change(subjectNumber(1), 1)
  const asked: number[] = []
  const step = {
    name: 'test.seal',
    run: async (_ctx: unknown, limit: number) => {
      asked.push(limit)
      return asked.length === 1 ? limit : 0
    },
  }
  t.equal(await orderOnce(deps, networkId, [...orderingSteps, step]), 'more')
  t.equal(await orderOnce(deps, networkId, [...orderingSteps, step]), 'done')
})

t.test(
  'a process that only answers requests wakes another one’s sequencer, and hears that it numbered',
  { skip: serverUrl ? false : 'on the embedded engine there is one process' },
  async (t) => {
    const { deps, networkId, change, owner, start } = await openLog(t)
    // Its own pool is another process as far as the database can tell.
    const database = connect({ connection: owner, poolSize: 2 })
    const silence = announceEmitted(database)
    const here = startListening(deps.service.database, ['emitted', 'numbered'])
    const there = startListening(database, ['numbered'])
    t.teardown(async () => {
      silence()
      await Promise.all([here.stop(), there.stop()])
      await database.end()
    })
    const heard: unknown[] = []
    database.signals.on('numbered', (id) => void heard.push(id))
    const ready = new Promise<void>((resolve) => deps.service.database.signals.on('emitted', () => resolve()))
    await ready
    await eventually('both listen', () => heard.length > 0)
    start()
    await change(subjectNumber(1), 1, { by: { ...deps.service, database } })
    await eventually('it is heard', () => heard.includes(networkId))

    // The connection is lost without a word: it is opened again, and what came meanwhile is told of as a possibility.
    const cut = new pg.Client(owner)
    await cut.connect()
    heard.length = 0
    await cut.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'alongside listening' and datname = current_database()",
    )
    await cut.end()
    await eventually('it listens again', () => heard.includes(undefined))
    heard.length = 0
    await change(subjectNumber(1), 2, { by: { ...deps.service, database } })
    await eventually('and hears again', () => heard.includes(networkId))
  },
)

t.test('without any wake-up, polling finds what was committed', async (t) => {
  const { change, numbered, start, deps, owner } = await openLog(t)
  start({ pollMs: 20 })
  // Committed by a process that died before it could tell anybody.
  const database = serverUrl ? connect({ connection: owner, poolSize: 1 }) : deps.service.database
  if (serverUrl) t.teardown(() => database.end())
  await change(subjectNumber(1), 1, { by: { ...deps.service, database } })
  await eventually('it is numbered', async () => (await numbered()).length === 1)
})
