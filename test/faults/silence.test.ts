/** A machine vanishes: nothing is closed and nothing refused, and who waits for its word would wait for a quarter of an hour. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { systemTime } from '../../src/core/clock.ts'
import { createKeyring } from '../../src/core/keyring.ts'
import { connect } from '../../src/db/client.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { orderOnce } from '../../src/jobs/sequencer.ts'
import { openTestDatabase, serverUrl } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startProcess, working } from '../support/process.ts'
import { openProxy } from '../support/proxy.ts'
import { sampleReferral } from '../support/samples.ts'
import { createWorld } from '../support/world.ts'
import { createChance } from './support/chance.ts'
import { createClient } from './support/clients.ts'
import { recoversWithinMs } from './support/recovery.ts'

const needsServer = {
  skip: serverUrl ? false : 'the embedded engine is on the same machine, always',
  timeout: 300_000,
}
/** A statement's time and two seconds; see src/db/vanished.ts. */
const silenceMs = 12_000

async function start(t: Test) {
  const { database, owner, close } = await openTestDatabase()
  t.teardown(close)
  const masterKey = randomBytes(32)
  const keyring = createKeyring(masterKey)
  const world = await createWorld({ database, keyring }, new Date())
  const line = await openProxy(owner.connectionString ?? '')
  t.teardown(line.close)
  return { database, keyring, masterKey, world, line }
}

const never = () => new Promise<never>(() => {})

/** What a service holds whose machine vanishes in the midst of it, as its database sees it. */
async function vanish(t: Test, url: string) {
  const database = connect({ connection: { connectionString: url }, poolSize: 2 })
  // Those who waited for its answers are gone with it.
  t.teardown(() => void database.end().catch(() => {}))
  return database
}

t.test(
  'a process that vanishes while it puts a log in order keeps it from nobody for longer than seconds',
  needsServer,
  async (t) => {
    const { database, keyring, world, line } = await start(t)
    const gone = await vanish(t, line.url)
    let isHeld = false
    const step = {
      name: 'vanishes',
      run: () => {
        isHeld = true
        line.hush()
        return never()
      },
    }
    void orderOnce({ service: { database: gone, keyring }, time: systemTime }, world.networkId, [step])
    await eventually('it has the lock', () => isHeld)
    const from = performance.now()
    const order = () => orderOnce({ service: { database, keyring }, time: systemTime }, world.networkId)
    t.equal(await order(), 'taken', 'nobody else is at it')
    await eventually('another one is', async () => (await order()) !== 'taken')
    const ms = Math.round(performance.now() - from)
    t.comment(`free ${ms} ms after its holder vanished`)
    t.ok(ms < recoversWithinMs, 'within 5 s')
  },
)

t.test('a transaction whose client vanished lets go of its rows', needsServer, async (t) => {
  const { database, world, line } = await start(t)
  const gone = await vanish(t, line.url)
  let isHeld = false
  void inTransaction(gone.pool, [], async ({ run }) => {
    await run(`select from programs where id = '${world.programId}' for update`)
    isHeld = true
    line.hush()
    return never()
  }).catch(() => {})
  await eventually('it has the row', () => isHeld)
  const from = performance.now()
  await database.pool.query('select from programs where id = $1 for update', [world.programId])
  const ms = Math.round(performance.now() - from)
  t.comment(`free ${ms} ms after its holder vanished`)
  t.ok(ms > 5_000 && ms < 15_000, 'after ten seconds')
})

t.test(
  'a database that vanishes keeps nobody waiting, and is asked again as soon as it is back',
  needsServer,
  async (t) => {
    const { masterKey, world, line } = await start(t)
    const service = await startProcess({ ...working(line.url, masterKey), DATABASE_POOL_SIZE: '4' })
    t.teardown(() => service.stop())
    const clinic = createClient(world.clinic, [service.url], createChance(1))
    const refer = async () => {
      const begun = performance.now()
      const body = sampleReferral(world.programId)
      const { status } = await clinic.ask('/v1/referrals', { body, signal: AbortSignal.timeout(60_000) })
      return { status, ms: performance.now() - begun }
    }
    t.equal((await refer()).status, 201)
    const hushedAt = performance.now()
    line.hush()
    // More than there are connections.
    const refused = await Promise.all(Array.from({ length: 8 }, refer))
    t.ok(
      refused.every(({ status }) => status === 503),
      'each is told to repeat it',
    )
    const longestMs = Math.round(Math.max(...refused.map(({ ms }) => ms)))
    t.comment(`the last is told so after ${longestMs} ms`)
    t.ok(longestMs < silenceMs + 3_000, 'and soon')
    // A machine is away for longer than that; what was sent to it a moment before it is back is waited for as long all the same.
    await delay(hushedAt + silenceMs + 1_000 - performance.now())
    line.speak()
    const from = performance.now()
    await eventually('it is answered', async () => (await refer()).status === 201)
    const ms = Math.round(performance.now() - from)
    t.comment(`answered ${ms} ms after the database was back`)
    t.ok(ms < recoversWithinMs, 'within 5 s')
    t.equal(service.child.exitCode, null, 'the process stays')
  },
)
