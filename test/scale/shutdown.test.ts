import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { serverUrl } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { clientAt } from '../support/http-api.ts'
import { type RunningService, tokenFrom } from '../support/process.ts'
import { startProcesses } from '../support/processes.ts'
import { sampleReferral } from '../support/samples.ts'

const needsServer = { skip: serverUrl ? false : 'the embedded engine lives in one process' }

/** A new connection, as a balancer opens one. */
const refuses = (url: string) =>
  new Promise<boolean>((resolve) => {
    const { hostname, port } = new URL(url)
    const socket = net.connect(Number(port), hostname, () => {
      socket.destroy()
      resolve(false)
    })
    socket.on('error', () => resolve(true))
  })

t.test(
  'a process that is asked to stop answers what it has begun, and begins nothing',
  needsServer,
  async (t) => {
    const { urls, world, running, ownerUrl, stored } = await startProcesses(t, { count: 1 })
    const [url = ''] = urls
    const clinic = await clientAt(url, world.clinic)
    // So that the requests wait in the database, as behind a busy one.
    const owner = new pg.Client({ connectionString: ownerUrl })
    await owner.connect()
    t.teardown(() => owner.end())
    await owner.query('begin; lock table referrals in exclusive mode')
    const underWay = Array.from({ length: 4 }, () =>
      clinic.post('/v1/referrals', sampleReferral(world.programId)),
    )
    await eventually('all of them wait', async () => {
      const [row] = await stored<{ waiting: number }>(
        `select count(*)::int as waiting from pg_locks where not granted and relation = 'referrals'::regclass`,
      )
      return (row?.waiting ?? 0) >= underWay.length
    })

    const [{ child }] = running as [RunningService]
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await eventually('nobody is let in any more', () => refuses(url))
    await owner.query('rollback')
    for (const { status } of await Promise.all(underWay)) t.equal(status, 201)
    t.same(await ended, [0, null], 'it had to cut nobody off')
    t.match(await stored('select count(*)::int as made from referrals'), [{ made: underWay.length }])
  },
)

t.test(
  'under load processes are replaced one after the other, and nothing is lost or done twice',
  needsServer,
  async (t) => {
    const { world, balancer, running, stored } = await startProcesses(t, { count: 3 })
    const token = await tokenFrom(balancer.url, world.clinic.clientId, world.clinic.clientSecret)
    const acknowledged: string[] = []
    const wrong: string[] = []
    let unanswered = 0
    let stopping = false

    /** A client that sends again, with its key, what it got no answer to: the only one that HTTP can promise anything. */
    async function write(name: number) {
      for (let n = 0; !stopping; n += 1) {
        const body = JSON.stringify(sampleReferral(world.programId))
        for (let done = false; !done; ) {
          const reply = await fetch(`${balancer.url}/v1/referrals`, {
            method: 'POST',
            headers: {
              authorization: `Bearer ${token}`,
              'content-type': 'application/json',
              'idempotency-key': `${name}-${n}`,
            },
            body,
          }).catch(() => undefined)
          const answer = (await reply?.json().catch(() => undefined)) as
            | { id: string; code?: string }
            | undefined
          if (!reply || !answer) {
            unanswered += 1
          } else if (reply.status === 201) {
            acknowledged.push(answer.id)
            done = true
          } else if (reply.status !== 503 && answer.code !== 'idempotency_in_progress') {
            wrong.push(`${reply.status} ${answer.code}`)
            done = true
          }
          if (!done) await delay(50)
        }
      }
    }
    const writing = Array.from({ length: 6 }, (_, name) => write(name))
    const more = async (count: number) => {
      const wanted = acknowledged.length + count
      await eventually(
        `${count} more are acknowledged`,
        () => acknowledged.length >= wanted || wrong.length > 0,
      )
    }
    await more(10)
    for (const one of running.slice(0, 2)) {
      t.match(await one.stop('SIGTERM'), { code: 0 })
      await more(10)
    }
    stopping = true
    await Promise.all(writing)
    t.same(wrong, [])
    t.comment(
      `${acknowledged.length} acknowledged, ${unanswered} connections closed before an answer and sent again`,
    )
    t.equal(new Set(acknowledged).size, acknowledged.length)
    const rows = await stored<{ id: string }>('select id from referrals')
    t.same(rows.map(({ id }) => id).sort(), acknowledged.sort(), 'each once, and no other')

    t.match(await running[2]?.stop('SIGTERM'), { code: 0 })
    t.same(
      await stored(`select name from pgboss.job where state = 'active'`),
      [],
      'no job is left in the hands of somebody who is gone',
    )
  },
)
