/**
 * What consent costs: the same engagement read by the organization whose data it is (nothing to decide) and by the clinic
 * (grounds read, decided, ledger and notice), in turns, on one connection. Run after `npm run build`, against an empty
 * database of a server:
 *
 *   BENCH_DATABASE_URL=postgres://postgres@127.0.0.1:5432/bench node bench/consent-price.mjs
 *
 * Writes bench/RESULTS-consent-price.md. How many round trips each takes is counted by test/architecture/round-trips.test.ts.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { percentile } from './lib/measure.mjs'

const databaseUrl = process.env.BENCH_DATABASE_URL
if (!databaseUrl) throw new Error('Set BENCH_DATABASE_URL to an empty database')
const dataDir = await mkdtemp(join(tmpdir(), 'alongside-bench-'))
const port = 3300 + (process.pid % 500)
const base = `http://127.0.0.1:${port}`
const [warmUp, rounds] = [200, 1_000]

const env = { PATH: process.env.PATH, DATA_DIR: dataDir, DATABASE_URL: databaseUrl, PORT: String(port), DEMO: 'auto', JOBS: 'off', LOG_LEVEL: 'error', ACCESS_TOKEN_SECONDS: '900' }
const service = spawn(process.execPath, ['dist/main.js'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
let told = ''
service.stdout.on('data', (chunk) => {
  told += chunk
})

try {
  while (!/^curl /m.test(told)) {
    if (service.exitCode !== null) throw new Error(`The service ended with ${service.exitCode}`)
    await once(service.stdout, 'data')
  }
  const { clients } = JSON.parse(await readFile(join(dataDir, 'demo-credentials.json'), 'utf8'))
  const [clinic, operator] = [await reader(clients.clinic), await reader(clients.operator)]
  const id = await seenByBoth(clinic, operator)
  const own = () => operator(`/v1/referrals/${id}/engagement`)
  const disclosed = () => clinic(`/v1/referrals/${id}/engagement`)
  const times = { own: [], disclosed: [], trip: [] }
  const client = new pg.Client(databaseUrl)
  await client.connect()
  const turns = [['own', own], ['disclosed', disclosed], ['trip', () => client.query('select 1')]]
  for (let round = 0; round < warmUp + rounds; round += 1)
    for (const [name, ask] of turns) {
      const from = performance.now()
      await ask()
      if (round >= warmUp) times[name].push(performance.now() - from)
    }
  await client.end()
  await report(times)
} finally {
  service.kill('SIGTERM')
  await once(service, 'exit')
  await rm(dataDir, { recursive: true, force: true })
}

async function reader({ clientId, clientSecret }) {
  const authorization = `Basic ${btoa(`${clientId}:${clientSecret}`)}`
  const grant = await fetch(`${base}/oauth/token`, { method: 'POST', headers: { authorization }, body: new URLSearchParams({ grant_type: 'client_credentials' }) })
  const { access_token: token } = await grant.json()
  return async (path) => {
    const reply = await fetch(`${base}${path}`, { headers: { authorization: `Bearer ${token}` } })
    const body = await reply.json()
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${body.code}`)
    return body
  }
}

async function seenByBoth(clinic, operator) {
  const { data } = await clinic('/v1/referrals?limit=100')
  for (const { id, status } of data) {
    if (!['accepted', 'in_progress'].includes(status)) continue
    const both = await Promise.all([clinic, operator].map((ask) => ask(`/v1/referrals/${id}/engagement`).catch(() => undefined)))
    if (both.every(Boolean) && both[0].disclosure && !both[1].disclosure) return id
  }
  throw new Error('The demo network has no referral whose engagement both sides may read')
}

async function report(times) {
  const line = (what, values) => {
    const sorted = values.toSorted((a, b) => a - b)
    const at = (share) => percentile(sorted, share).toFixed(2)
    return `| ${what} | ${at(0.5)} | ${at(0.95)} |`
  }
  const page = [
    '# What consent costs an engagement read',
    '',
    `Written by \`bench/consent-price.mjs\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}, PostgreSQL on the same machine, load ${loadavg()[0].toFixed(1)}; ${rounds} reads each, in turns, one at a time.`,
    '',
    '| read | p50 ms | p95 ms |',
    '|---|---|---|',
    line('own engagement: nothing to decide', times.own),
    line('the clinic’s: decided, ledger row, notice', times.disclosed),
    line('one bare round trip (`select 1`)', times.trip),
    '',
  ].join('\n')
  await writeFile(new URL('RESULTS-consent-price.md', import.meta.url), page)
  console.log(page)
}
