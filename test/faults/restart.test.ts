/**
 * PostgreSQL falls over under load, again and again, and comes back as it had been written down; or it stays, and the line to it is
 * cut. Seconds after it accepts connections again, requests are answered and what was done is told.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createKeyring } from '../../src/core/keyring.ts'
import { connect } from '../../src/db/client.ts'
import { migrate } from '../../src/db/migrate.ts'
import { createCluster, serverPrograms } from '../support/cluster.ts'
import { openTestDatabase, serverUrl } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startProcess, working } from '../support/process.ts'
import { openProxy } from '../support/proxy.ts'
import { startReceiver } from '../support/receiver.ts'
import { createWorld, type World } from '../support/world.ts'
import { createChance } from './support/chance.ts'
import { createClient } from './support/clients.ts'
import { halfDone } from './support/half-done.ts'
import { longest, type Recovery, recoversWithinMs, recovery } from './support/recovery.ts'
import { faultsOfLog, repeat, type Stored } from './support/verdict.ts'
import { type Journal, write } from './support/writers.ts'

const crashes = Number(process.env.FAULTS_RESTARTS ?? 2)
const seed = Number(process.env.FAULTS_SEED ?? randomInt(2 ** 31))
const writers = 8
const programs = await serverPrograms()

/** The suite of a real server runs it; the embedded one has a test of its own for what it can lose. */
const skip = !serverUrl
  ? 'the suite runs on the embedded engine'
  : programs === undefined
    ? 'initdb and pg_ctl of PostgreSQL are not on this machine'
    : false

/** Writers who write until they are stopped, and a receiver who is told of what they did. */
async function startLoad(t: Test, url: string, { clinic: member, operator, programId }: World) {
  const chance = createChance(seed)
  const clientOf = (one: typeof member) => createClient(one, [url], chance)
  const clinic = clientOf(member)
  const receiver = await startReceiver(t)
  await clinic.ask('/v1/webhook-endpoints', { body: { url: receiver.url, types: ['referral.*'] } })
  await eventually('the endpoint is verified', () => receiver.received.length > 0)
  const journal: Journal = { changes: [], refusals: [] }
  const until = new AbortController()
  const written = Promise.all(
    Array.from({ length: writers }, (_, n) =>
      write({
        clinic,
        operator: clientOf(operator),
        programId,
        chance,
        until: until.signal,
        journal,
        name: `writer-${n}`,
      }),
    ),
  )
  const acknowledged = () => journal.changes.flatMap(({ acknowledgedAt }) => acknowledgedAt ?? [])
  return {
    journal,
    chance,
    acknowledged,
    someMore: () => {
      const before = acknowledged().length
      return eventually('there is load', () => acknowledged().length > before + writers)
    },
    recovery: () => recovery(journal, receiver),
    stop: async () => {
      until.abort()
      await written
    },
  }
}

function sayAndHold(t: Test, recoveries: readonly Recovery[]) {
  for (const [of, what] of [
    ['answeredMs', 'requests are answered'],
    ['toldMs', 'what was done is told'],
  ] as const) {
    const ms = longest(recoveries, of)
    t.comment(`${`longest until ${what}, ms`.padEnd(56)} ${ms}`)
    t.ok(ms < recoversWithinMs, `within ${recoversWithinMs / 1_000} s ${what}`)
  }
}

t.test(
  `PostgreSQL crashes ${crashes} times under load: what was acknowledged survives, the rest leaves nothing`,
  { skip, timeout: 600_000 },
  async (t) => {
    const cluster = await createCluster(programs ?? '')
    t.teardown(cluster.remove)
    await cluster.start()
    const database = connect({ connection: { connectionString: cluster.url() }, poolSize: 2 })
    t.teardown(() => database.end())
    await migrate(database)
    const masterKey = randomBytes(32)
    const world = await createWorld({ database, keyring: createKeyring(masterKey) }, new Date())
    const service = await startProcess(working(cluster.url(), masterKey))
    t.teardown(() => service.stop())
    const load = await startLoad(t, service.url, world)
    const { journal, acknowledged } = load
    const recoveries: Recovery[] = []
    for (let crash = 0; crash < crashes; crash += 1) {
      await load.someMore()
      await delay(load.chance.between(0, 500))
      // As a machine that fails: nothing is written down that was not before.
      await cluster.stop('immediate')
      await cluster.start()
      recoveries.push(await load.recovery())
    }
    await load.stop()

    const stored = async () =>
      (
        await database.pool.query<Stored>(
          `select id, coalesce(sequence, 0)::int as sequence, type, subject_id as "subjectId" from events
           where network_id = $1 and type like 'referral.%' order by position`,
          [world.networkId],
        )
      ).rows
    const doubtful = journal.changes.filter(({ uncertain, answer }) => uncertain || !answer)
    t.same(await halfDone(database, world.networkId), [], 'nothing is half done')
    t.same(await repeat(doubtful, await stored()), [], 'repeated with its key, each has one answer')
    t.same(journal.refusals, [], 'no change is refused for a fault of ours')
    t.same(
      faultsOfLog(journal.changes, await stored()),
      [],
      'the log has what was acknowledged, once and in order',
    )
    t.same(await halfDone(database, world.networkId), [], 'and nothing is half done afterwards')
    await eventually('all is numbered', async () => {
      const { rows } = await database.pool.query('select 1 from events where sequence is null limit 1')
      return rows.length === 0
    })
    t.equal(service.child.exitCode, null, 'the process stays')
    const table = [
      ['seed', seed],
      ['writes acknowledged', acknowledged().length],
      ['of these, once in doubt', doubtful.length],
    ]
    for (const [what, value] of table) t.comment(`${String(what).padEnd(56)} ${value}`)
    sayAndHold(t, recoveries)
  },
)

t.test(
  'the line to the database is cut under load, and mended: requests are answered and work goes on within seconds',
  { skip: serverUrl ? false : 'the embedded engine is reached by no line', timeout: 300_000 },
  async (t) => {
    const { database, owner, close } = await openTestDatabase()
    t.teardown(close)
    const masterKey = randomBytes(32)
    const world = await createWorld({ database, keyring: createKeyring(masterKey) }, new Date())
    const line = await openProxy(owner.connectionString ?? '')
    t.teardown(line.close)
    const service = await startProcess(working(line.url, masterKey))
    t.teardown(() => service.stop())
    const load = await startLoad(t, service.url, world)
    const recoveries: Recovery[] = []
    // For a moment, and for longer than whoever waits for a connection is patient.
    for (const forMs of [500, 7_000]) {
      await load.someMore()
      await line.cut()
      await delay(forMs)
      await line.mend()
      recoveries.push(await load.recovery())
    }
    await load.stop()
    t.same(load.journal.refusals, [], 'no change is refused for a fault of ours')
    t.equal(service.child.exitCode, null, 'the process stays')
    sayAndHold(t, recoveries)
  },
)
