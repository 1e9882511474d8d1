/**
 * How long a start takes, and how many tokens a second the service grants. Run after `npm run build`:
 *
 *   node bench/startup.mjs                                                   the embedded database
 *   BENCH_DATABASE_URL=postgres://postgres@127.0.0.1:5432/bench node bench/startup.mjs   that database, migrated
 *
 * Prints one line for each figure. Service and caller share the machine, so the rates are low estimates.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

const dataDir = await mkdtemp(join(tmpdir(), 'alongside-bench-'))
const port = 3300 + (process.pid % 500)
const base = `http://localhost:${port}`
const database = process.env.BENCH_DATABASE_URL
const tokensAtOnce = 10
const tokenSeconds = 10

async function start(demo) {
  const from = performance.now()
  const env = { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: String(port), DEMO: demo, ...(database && { DATABASE_URL: database }) }
  const child = spawn(process.execPath, ['dist/main.js'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  while (!(await fetch(`${base}/health/ready`).then(({ ok }) => ok, () => false))) await new Promise((resolve) => setTimeout(resolve, 10))
  const readyMs = Math.round(performance.now() - from)
  await once(child.stdout, 'data')
  return { child, readyMs, toldMs: Math.round(performance.now() - from) }
}

async function stop(child) {
  child.kill('SIGTERM')
  await once(child, 'exit')
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

try {
  const first = await start('auto')
  console.log(`first start: ready in ${first.readyMs} ms, demo network told in ${first.toldMs} ms`)
  const demo = JSON.parse(await readFile(join(dataDir, 'demo-credentials.json'), 'utf8').catch(() => 'null'))
  if (demo) await rateOfTokens(demo.clients.clinic, first.child)
  await stop(first.child)
  const later = []
  for (let round = 0; round < 5; round += 1) {
    const { child, readyMs } = await start('off')
    later.push(readyMs)
    await stop(child)
  }
  console.log(`later starts: ready in ${median(later)} ms (median of ${later.join(', ')})`)
  console.log(`machine: ${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}, ${database ? 'PostgreSQL' : 'embedded'}`)
} finally {
  await rm(dataDir, { recursive: true, force: true })
}

async function rateOfTokens({ clientId, clientSecret }, child) {
  const authorization = `Basic ${btoa(`${clientId}:${clientSecret}`)}`
  const until = performance.now() + tokenSeconds * 1000
  const usedBefore = await cpuSeconds(child.pid)
  let granted = 0
  await Promise.all(
    Array.from({ length: tokensAtOnce }, async () => {
      while (performance.now() < until) {
        const reply = await fetch(`${base}/oauth/token`, { method: 'POST', headers: { authorization }, body: new URLSearchParams({ grant_type: 'client_credentials' }) })
        await reply.arrayBuffer()
        if (!reply.ok) throw new Error(`token: ${reply.status}`)
        granted += 1
      }
    }),
  )
  const used = (await cpuSeconds(child.pid)) - usedBefore
  console.log(`tokens: ${granted} in ${tokenSeconds} s; ${Math.round((granted / used) * 60)} a minute of the service's CPU time`)
}

/** User and system time of a process (Linux): fields 14 and 15 of /proc/<pid>/stat, in hundredths of a second. */
async function cpuSeconds(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
