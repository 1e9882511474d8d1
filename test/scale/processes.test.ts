import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { serverUrl } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { clientAt } from '../support/http-api.ts'
import { type Processes, startProcesses } from '../support/processes.ts'
import { sampleReferral } from '../support/samples.ts'
import { keepEveryPromise } from './promises.ts'

const needsServer = { skip: serverUrl ? false : 'the embedded engine lives in one process' }

for (const count of [2, 3])
  t.test(`${count} processes behind a balancer keep every promise of one`, needsServer, async (t) => {
    const processes = await startProcesses(t, { count })
    await keepEveryPromise(t, processes)
    await t.test('when one is gone without a word, the others go on with its work', (t) =>
      othersGoOn(t, processes),
    )
  })

async function othersGoOn(t: Test, { running, world, balancer, stored }: Processes) {
  const clinic = await clientAt(balancer.url, world.clinic)
  await running[0]?.stop('SIGKILL')
  const { status, body } = await clinic.post('/v1/referrals', sampleReferral(world.programId))
  t.equal(status, 201)
  await eventually('its event has its number', async () => {
    const [event] = await stored<{ sequence: string | null }>(
      `select sequence from events where subject_id = $1 and type = 'referral.requested'`,
      [body.id],
    )
    return event?.sequence
  })
}

const redisUrl = process.env.TEST_REDIS_URL

t.test(
  'what a client may send is counted over all processes together',
  { skip: needsServer.skip || (redisUrl === undefined && 'TEST_REDIS_URL names no server') },
  async (t) => {
    const { world, balancer } = await startProcesses(t, {
      count: 2,
      env: { REDIS_URL: redisUrl, RATE_LIMIT_CLIENT: '10', RATE_LIMIT_NETWORK: '0', JOBS: 'off' },
    })
    t.teardown(async () => {
      const redis = new Redis(redisUrl ?? '')
      await redis.del(`alongside:rate:client:${world.clinic.clientId}`)
      redis.disconnect()
    })
    const api = await clientAt(balancer.url, world.clinic)
    const statuses: number[] = []
    for (let n = 0; n < 16; n += 1) statuses.push((await api.get('/v1/organizations')).status)
    t.same(statuses, [...Array(10).fill(200), ...Array(6).fill(429)])
  },
)
