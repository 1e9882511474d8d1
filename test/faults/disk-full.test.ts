/**
 * The disk of the embedded store is full. A disk that is really full takes a file system of its own, and root; here the
 * kernel refuses the process files beyond a length (RLIMIT_FSIZE), in the midst of its work: to the engine a write that fails
 * is a write that fails.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { eventually } from '../support/eventually.ts'
import { startProcess, tokenFrom } from '../support/process.ts'
import { sampleReferral } from '../support/samples.ts'
import { recoversWithinMs } from './support/recovery.ts'

const execute = promisify(execFile)
const limits = await execute('prlimit', ['--version']).then(
  () => true,
  () => false,
)

/** Beyond it the kernel would end the process, and so would what the runner adds to each; a full disk does not either. */
const unharmedBySignal = ['bash', '-c', `trap '' XFSZ; unset NODE_OPTIONS; exec "$0" "$@"`]
const setLimit = (pid: number | undefined, bytes: number | 'unlimited') =>
  execute('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`])

const skip = limits ? false : 'prlimit of util-linux is not on this machine'

/** A service on the embedded store of a folder, and its clinic, who refers one person after the other. */
async function start(t: Test) {
  const dataDir = await mkdtemp(join(tmpdir(), 'alongside-full-'))
  t.teardown(() => rm(dataDir, { recursive: true, force: true }))
  const env = { DATA_DIR: dataDir, DEMO: 'auto', LOG_LEVEL: 'silent' }
  const first = await startProcess(env, unharmedBySignal)
  t.teardown(() => first.stop('SIGKILL'))
  const demo = JSON.parse(await readFile(join(dataDir, 'demo-credentials.json'), 'utf8'))
  const { clientId, clientSecret } = demo.clients.clinic
  const consent = { ...sampleReferral('').consent, signedOn: '2026-11-17' }
  const bodies = Array.from({ length: 12 }, () => sampleReferral(demo.programs[0].id, { consent }))
  const send = (url: string, token: string, number: number) =>
    fetch(`${url}/v1/referrals`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': `order-${number}`,
      },
      body: JSON.stringify(bodies[number]),
      signal: AbortSignal.timeout(20_000),
    }).then(
      async (reply) => ({
        status: reply.status,
        id: ((await reply.json()) as { id?: string }).id,
        retryAfter: reply.headers.get('retry-after'),
      }),
      () => ({ status: 0, id: undefined, retryAfter: null }),
    )
  return { env, first, clientId, clientSecret, bodies, send }
}

t.test(
  'with its disk full the embedded store acknowledges nothing that it cannot keep, and goes on when there is room',
  { skip },
  async (t) => {
    const { env, first, clientId, clientSecret, bodies, send } = await start(t)
    const token = await tokenFrom(first.url, clientId, clientSecret)
    const answered: Awaited<ReturnType<typeof send>>[] = []
    for (let number = 0; number < 4; number += 1) answered.push(await send(first.url, token, number))
    t.ok(answered.every(({ status }) => status === 201))

    await setLimit(first.child.pid, 1)
    for (let number = 4; number < 12; number += 1) answered.push(await send(first.url, token, number))
    const refused = answered.filter(({ status }) => status !== 201)
    t.comment(answered.map(({ status }) => status).join(' '))
    t.ok(refused.length > 0, 'the disk is full')
    t.ok(
      refused.every(({ status, retryAfter }) => status === 503 && retryAfter !== null),
      'and the client is told to come again',
    )

    await first.stop('SIGKILL')
    const second = await startProcess(env)
    t.teardown(() => second.stop())
    // Just started on a busy machine, it may say for a moment that it is not up to it yet.
    const again = await eventually('there is a token', () =>
      tokenFrom(second.url, clientId, clientSecret).catch(() => undefined),
    )
    for (const [number, before] of answered.entries()) {
      const { status, id } = await eventually('it is answered', async () => {
        const answer = await send(second.url, again, number)
        return answer.status === 503 ? undefined : answer
      })
      t.equal(status, 201, 'there is room again')
      if (before.id) t.equal(id, before.id, 'what was acknowledged is there')
      const reply = await fetch(`${second.url}/v1/referrals/${id}`, {
        headers: { authorization: `Bearer ${again}` },
      })
      t.match(await reply.json(), { placerId: bodies[number]?.placerId, nextAction: { code: String } })
    }
  },
)

/** Less than the engine's log ahead is long, and more than its tables: what cannot be written is the commit. */
const shorterThanLog = 1_000_000

t.test(
  'where it cannot write its log ahead the embedded store breaks down; it says so, and is opened again when there is room',
  { skip },
  async (t) => {
    const { first, clientId, clientSecret, bodies, send } = await start(t)
    const token = await tokenFrom(first.url, clientId, clientSecret)
    const before = await send(first.url, token, 0)
    t.equal(before.status, 201)

    await setLimit(first.child.pid, shorterThanLog)
    const end = performance.now() + 6_000
    for (let number = 1; performance.now() < end; number = (number % 5) + 1) {
      const refused = await send(first.url, token, number)
      t.match(refused, { status: 503, retryAfter: /^\d+$/ }, 'the client is told to come again')
      await delay(500)
    }

    await setLimit(first.child.pid, 'unlimited')
    const from = performance.now()
    const after = await eventually('it is answered', async () => {
      const answer = await send(first.url, token, 1)
      return answer.status === 503 ? undefined : answer
    })
    const ms = Math.round(performance.now() - from)
    t.comment(`answered ${ms} ms after there was room`)
    t.ok(ms < recoversWithinMs, 'within 5 s')
    t.equal(after.status, 201, 'without a restart')
    for (const number of [2, 3, 4, 5]) t.equal((await send(first.url, token, number)).status, 201)
    t.match(await send(first.url, token, 0), { status: 201, id: before.id }, 'what was acknowledged is there')
    const reply = await fetch(`${first.url}/v1/referrals?limit=100`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const { data } = (await reply.json()) as { data: { placerId: string }[] }
    for (const { placerId } of bodies.slice(0, 6))
      t.equal(data.filter((one) => one.placerId === placerId).length, 1, 'and each is there once')
    t.match(await first.stop(), { code: 0 }, 'it stops as ever')
  },
)
