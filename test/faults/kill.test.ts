import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createKeyring } from '../../src/core/keyring.ts'
import { openTestDatabase, serverUrl } from '../support/database.ts'
import { serving, startProcess, tokenFrom } from '../support/process.ts'
import { sampleReferral } from '../support/samples.ts'
import { createWorld } from '../support/world.ts'

const refer = (url: string, token: string, body: object) =>
  fetch(`${url}/v1/referrals`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': 'order-1',
    },
    body: JSON.stringify(body),
  })

t.test(
  'killed between commit and answer, the service replays the answer to the retry',
  { skip: serverUrl ? false : 'the embedded engine dies with the process; see below' },
  async (t) => {
    const { database, owner, close } = await openTestDatabase()
    t.teardown(close)
    const masterKey = randomBytes(32)
    const world = await createWorld({ database, keyring: createKeyring(masterKey) }, new Date())
    const target = new URL(owner.connectionString ?? '')

    // Between service and PostgreSQL: swallows the server's word that it committed, and kills the service instead.
    let killOnCommit: (() => void) | undefined
    const proxy = net.createServer((client) => {
      const upstream = net.connect({ host: target.hostname, port: Number(target.port || 5432) })
      client.pipe(upstream)
      upstream.on('data', (chunk) => {
        if (killOnCommit && chunk.includes('COMMIT\0')) return killOnCommit()
        client.write(chunk)
      })
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        from.on('close', () => to.destroy())
        from.on('error', () => to.destroy())
      }
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    t.teardown(() => new Promise<void>((resolve) => proxy.close(() => resolve())))
    const { port } = proxy.address() as net.AddressInfo
    const env = serving(Object.assign(new URL(target), { host: `127.0.0.1:${port}` }).href, masterKey)

    const first = await startProcess(env)
    const token = await tokenFrom(first.url, world.clinic.clientId, world.clinic.clientSecret)
    killOnCommit = () => first.child.kill('SIGKILL')
    const body = sampleReferral(world.programId)
    await t.rejects(refer(first.url, token, body), 'no answer comes')
    t.match(await first.stop(), { signal: 'SIGKILL' })
    killOnCommit = undefined

    const second = await startProcess(env)
    t.teardown(() => second.stop())
    const again = await refer(
      second.url,
      await tokenFrom(second.url, world.clinic.clientId, world.clinic.clientSecret),
      body,
    )
    t.equal(again.status, 201)
    t.equal(again.headers.get('idempotency-replayed'), 'true')
    const { rows } = await database.pool.query('select id from referrals')
    t.match(rows, [{ id: ((await again.json()) as { id: string }).id }])
  },
)

t.test(
  'on the embedded database, what was acknowledged survives SIGKILL, and a newcomer finds the demo',
  async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'alongside-kill-'))
    t.teardown(() => rm(dataDir, { recursive: true, force: true }))
    const env = { DATA_DIR: dataDir, DEMO: 'auto' }
    const first = await startProcess(env)
    const path = join(dataDir, 'demo-credentials.json')
    t.equal((await stat(path)).mode & 0o777, 0o600, 'secrets are for this user alone')
    t.equal((await stat(join(dataDir, 'master.key'))).mode & 0o777, 0o600)
    const demo = JSON.parse(await readFile(path, 'utf8'))
    t.match(demo, {
      baseUrl: first.url,
      networkId: String,
      programs: [{ id: String, name: String, organizationId: String }],
    })
    t.same(Object.keys(demo.clients), [
      'clinic',
      'otherClinic',
      'operator',
      'otherOperator',
      'school',
      'networkAdmin',
    ])
    t.equal(demo.programs.length, 3)
    const { clientId, clientSecret } = demo.clients.clinic
    const token = await tokenFrom(first.url, clientId, clientSecret)
    const body = sampleReferral(demo.programs[0].id, {
      consent: { ...sampleReferral('').consent, signedOn: '2026-11-17' },
    })
    const made = await refer(first.url, token, body)
    t.equal(made.status, 201)
    const { id } = (await made.json()) as { id: string }
    await first.stop('SIGKILL')

    const second = await startProcess(env)
    t.teardown(() => second.stop())
    t.ok(second.lines.length < 10, 'the start is told in under ten lines')
    const again = await refer(second.url, await tokenFrom(second.url, clientId, clientSecret), body)
    t.match(await again.json(), { id })
    t.equal(again.headers.get('idempotency-replayed'), 'true')
    t.match(await second.stop(), { code: 0 })
  },
)
