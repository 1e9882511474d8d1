/** A process is killed while a receiver makes it wait: another one that stands there goes on in seconds, and sends under the same id. */
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createKeyring } from '../../src/core/keyring.ts'
import { openTestDatabase, serverUrl } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startProcess, working } from '../support/process.ts'
import { startReceiver, withStatus } from '../support/receiver.ts'
import { sampleReferral } from '../support/samples.ts'
import { createWorld } from '../support/world.ts'
import { createChance } from './support/chance.ts'
import { createClient } from './support/clients.ts'
import { recoversWithinMs } from './support/recovery.ts'

t.test(
  'what was under way with a process that was killed is sent by another, long before the receiver would have had to answer',
  {
    skip: serverUrl ? false : 'the embedded engine lives in one process, and dies with it',
    timeout: 300_000,
  },
  async (t) => {
    const { database, owner, close } = await openTestDatabase()
    t.teardown(close)
    const masterKey = randomBytes(32)
    const { clinic, programId } = await createWorld(
      { database, keyring: createKeyring(masterKey) },
      new Date(),
    )
    const env = working(owner.connectionString, masterKey)
    const first = await startProcess(env)
    t.teardown(() => first.stop('SIGKILL'))
    const receiver = await startReceiver(t)
    const api = createClient(clinic, [first.url], createChance(1))
    await api.ask('/v1/webhook-endpoints', { body: { url: receiver.url, types: ['referral.*'] } })
    await eventually('the endpoint is verified', () => receiver.received.length > 0)
    receiver.answerWith(() => {})
    await api.ask('/v1/referrals', { body: sampleReferral(programId) })
    await eventually('it is under way', () => receiver.events().length === 1)
    const second = await startProcess(env)
    t.teardown(() => second.stop())
    const other = createClient(clinic, [second.url], createChance(2))
    await other.token()
    await first.stop('SIGKILL')
    const killedAt = performance.now()
    const sinceKill = () => Math.round(performance.now() - killedAt)
    receiver.answerWith(withStatus(204))
    const reply = await other.ask('/v1/referrals', { body: sampleReferral(programId) })
    t.equal(reply.status, 201)
    const { id } = (await reply.json()) as { id: string }
    const took: [string, number][] = [['the other one answers', sinceKill()]]
    await eventually('it is numbered', async () => {
      const { rows } = await database.pool.query(
        'select 1 from events where subject_id = $1 and sequence is not null',
        [id],
      )
      return rows.length === 1
    })
    took.push(['what it did has its number', sinceKill()])
    await eventually('all is sent', () => receiver.events().length === 3)
    took.push(['what was under way is sent again, and what is new', sinceKill()])
    for (const [what, ms] of took) {
      t.comment(`${what}: ${ms} ms after the process was killed`)
      t.ok(ms < recoversWithinMs, `within ${recoversWithinMs / 1_000} s ${what}`)
    }
    const again = receiver.events().filter(({ message }) => message.data.subject.id !== id)
    t.equal(again.length, 2, 'once by each')
    const [one, two] = again
    t.equal(one?.headers['webhook-id'], two?.headers['webhook-id'], 'by its id the receiver can tell')
    await eventually('it is written down', async () => {
      const { rows } = await database.pool.query(
        `select attempts from webhook_deliveries where status = 'delivered' and kind = 'event'`,
      )
      return rows.length === 2 && rows.every(({ attempts }) => attempts === 1)
    })
    t.match(
      (await database.pool.query('select error from webhook_attempts where error is not null')).rows,
      [{ error: 'interrupted' }],
      'the log says that nobody knows how the first one went',
    )
  },
)
