import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { serverUrl } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { apiAt, clientAt } from '../support/http-api.ts'
import { type RunningService, startProcess, tokenFrom } from '../support/process.ts'
import { startProcesses } from '../support/processes.ts'
import { startReceiver, subscribe, verify } from '../support/receiver.ts'
import { sampleReferral } from '../support/samples.ts'

const run = promisify(execFile)
const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8')).kid

t.test(
  'every key and secret is replaced under load, and no request fails',
  { skip: serverUrl ? false : 'the embedded engine lives in one process' },
  async (t) => {
    const { world, balancer, urls, env, running, stored } = await startProcesses(t, { count: 2 })
    const { clientId, clientSecret } = world.clinic
    const first = await tokenFrom(balancer.url, clientId, clientSecret)
    const token = { current: first }
    const receiver = await startReceiver(t)
    const operator = await clientAt(balancer.url, world.operator)
    const office = await clientAt(balancer.url, world.admin)
    const endpoint = await subscribe(operator, receiver.url)
    const secrets = [endpoint.secret]

    // The load: it writes, it reads what it wrote, and it asks for tokens by the secret that it always had.
    const failures: string[] = []
    let done = 0
    let stopping = false
    const carries = (status: number, text: string) =>
      status < 300 || status === 503 || /in_progress/.test(text)
    async function send(method: string, path: string, key?: string, body?: unknown): Promise<string> {
      for (;;) {
        const reply = await fetch(`${balancer.url}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${token.current}`,
            ...(key && { 'content-type': 'application/json', 'idempotency-key': key }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        }).catch(() => undefined)
        const text = (await reply?.text().catch(() => undefined)) ?? ''
        if (reply && !carries(reply.status, text)) failures.push(`${method} ${path}: ${reply.status} ${text}`)
        if (reply && reply.status !== 503 && !/in_progress/.test(text)) return text
        // A process that is being replaced: asked again, of another.
        await delay(50)
      }
    }
    async function work(name: string) {
      for (let n = 0; !stopping; n += 1) {
        const made = await send('POST', '/v1/referrals', `${name}-${n}`, sampleReferral(world.programId))
        const { id, patientId } = JSON.parse(made)
        await send('GET', `/v1/referrals/${id}`)
        const patient = JSON.parse(await send('GET', `/v1/patients/${patientId}`))
        if (patient.name !== 'Sample Patient')
          failures.push(`a name did not open: ${JSON.stringify(patient)}`)
        await tokenFrom(balancer.url, clientId, clientSecret).catch(({ message }: Error) => {
          if (!/503|fetch failed/.test(message)) failures.push(message)
        })
        done += 1
      }
    }
    const working = Promise.all([work('one'), work('two')])
    const more = (count: number) => {
      const wanted = done + count
      return eventually(`${count} more are served`, () => done >= wanted)
    }
    await more(2)

    await t.test('the secret of a client', async (t) => {
      const { status, body } = await office.post(`/v1/clients/${clientId}/rotate-secret`, {})
      t.equal(status, 200)
      t.ok(await tokenFrom(balancer.url, clientId, body.clientSecret), 'the new one is good at once')
      await more(2)
    })

    await t.test('the secret of a webhook', async (t) => {
      const { status, body } = await operator.post(`/v1/webhook-endpoints/${endpoint.id}/rotate-secret`, {})
      t.equal(status, 200)
      secrets.push(body.secret)
      const before = receiver.received.length
      await more(2)
      await eventually('deliveries go on', () => receiver.received.length > before)
      for (const received of receiver.received)
        t.ok(
          secrets.some((secret) => {
            try {
              return verify(secret, received)
            } catch {
              return false
            }
          }),
          'signed by a secret that its receiver has',
        )
    })

    await t.test('the key that signs tokens', async (t) => {
      const cli = { ...env, PATH: process.env.PATH }
      await run(process.execPath, ['dist/cli.js', 'keys', 'rotate'], { env: cli })
      const published = async (url: string) =>
        ((await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] }).keys
      // Two minutes are left for this; the time that is left over is taken away.
      for (const url of urls)
        await eventually('it is published', async () => (await published(url)).length === 2, 120_000)
      await stored(
        `update signing_keys set signs_from = now() - interval '1 second' where retired_at is null`,
      )
      token.current = await eventually(
        'the new one signs',
        async () => {
          const got = await tokenFrom(balancer.url, clientId, clientSecret)
          return kidOf(got) !== kidOf(first) && got
        },
        120_000,
      )
      for (const url of urls)
        for (const either of [first, token.current])
          t.equal((await apiAt(url, either).get('/v1/organizations')).status, 200)
      await more(2)
    })

    await t.test('the key that wraps the keys of all persons', async (t) => {
      const old = env.MASTER_KEY ?? ''
      const next = randomBytes(32).toString('base64')
      const processes: RunningService[] = [...running]
      t.teardown(() => Promise.all(processes.map((one) => one.stop())))
      // As docs/guides/keys.md has it: one process after the other, step by step.
      async function restartWith(keys: NodeJS.ProcessEnv) {
        for (const [n, one] of [...processes.entries()]) {
          t.match(await one.stop(), { code: 0 })
          const port = new URL(urls[n] ?? '').port
          processes[n] = await startProcess({ ...env, ...keys, PORT: port })
          await more(1)
        }
      }
      await restartWith({ MASTER_KEY: old, MASTER_KEY_PREVIOUS: next })
      const both = { MASTER_KEY: next, MASTER_KEY_PREVIOUS: old }
      await restartWith(both)
      const cli = { ...env, ...both, PATH: process.env.PATH }
      await run(process.execPath, ['dist/cli.js', 'keys', 'rewrap'], { env: cli })
      await restartWith({ MASTER_KEY: next })
      await more(2)
      stopping = true
      await working
    })

    stopping = true
    await working
    t.same(failures, [])
    t.comment(`${done} times a referral was made and read`)
  },
)
