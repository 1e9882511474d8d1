/**
 * What a contact, a referral and a reading leave in the database, and what they cost in processor time. Run after
 * `npm run build`:
 *
 *   node bench/storage.mjs                               200 referrals with 25 contacts each; writes bench/RESULTS-storage.md
 *   node bench/storage.mjs --referrals 20 --contacts 5   to try it; writes nothing unless --write is given
 *
 * Everything goes through the service's own door, so that audit trail, ledger, chain and log are counted. The database is
 * made for the run on the server of BENCH_DATABASE_URL, and dropped.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { alone, at, databaseName, onServer } from './generate.mjs'
import { startService } from './lib/http.mjs'
import { migrated } from './lib/load.mjs'
import { root } from './lib/service.mjs'
import { createApi, createWorld, referral } from './lib/small-world.mjs'

const { values } = parseArgs({
  options: { referrals: { type: 'string', default: '200' }, contacts: { type: 'string', default: '25' }, write: { type: 'boolean' } },
})
const [referrals, contactsOfEach] = [values.referrals, values.contacts].map(Number)
const whole = values.write || (referrals >= 200 && contactsOfEach >= 25)
const seed = 1
/** Clients that wait for their answers. */
const atOnce = 4
const database = `${databaseName}_storage`

async function inLanes(count, work) {
  let next = 0
  const lane = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

/** On a machine with too much to do the service says so, and begins nothing: then it is asked again. */
async function patiently(ask) {
  for (;;) {
    const answer = await ask().catch((error) => {
      if (!/ 503 /.test(error.message)) throw error
    })
    if (answer) return answer
    await delay(250)
  }
}

/** A client that does not give up. */
function patientApi(...of) {
  const api = createApi(...of)
  return { get: (path) => patiently(() => api.get(path)), post: (path, body) => patiently(() => api.post(path, body)) }
}

/** Processor time in ms that processes have used so far (Linux, 100 ticks a second). */
async function processorMs(pids) {
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')))
  const ticks = stats.map((stat) => stat.slice(stat.lastIndexOf(')') + 2).split(' '))
  return ticks.reduce((sum, fields) => sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10, 0)
}

async function run() {
  await onServer(`drop database if exists ${database} with (force)`, `create database ${database}`)
  const url = at(database)
  await migrated(url)
  const { clients } = await createWorld(seed, url)
  const service = await startService({ databaseUrl: url, seed, jobs: 'auto' })
  const owner = new pg.Client({ connectionString: url })
  await owner.connect()
  const query = async (sql) => (await owner.query(sql)).rows
  try {
    const clinic = patientApi(service.base, clients.clinic)
    const operator = patientApi(service.base, clients.operator)
    const { id: programId } = await operator.post('/v1/programs', { name: 'Sample Line', modes: ['phone'], languages: ['en'] })

    /** Everything numbered, and in the chain: what is left to do later belongs to the phase too. */
    async function settled() {
      for (;;) {
        const [{ left }] = await query(`select (select count(*) from events where sequence is null) + (select count(*) from audit_unsealed) as left`)
        if (Number(left) === 0) return
        await delay(500)
      }
    }
    async function standing() {
      await settled()
      await query('vacuum (analyze)')
      const tables = await query(`
        select c.relname as name, pg_total_relation_size(c.oid)::bigint as bytes from pg_class c
        where relkind = 'r' and relnamespace in ('public'::regnamespace, 'pgboss'::regnamespace)`)
      const backends = await query(`select pid from pg_stat_activity where datname = current_database() and application_name like 'alongside%'`)
      return {
        bytes: new Map(tables.map(({ name, bytes }) => [name, Number(bytes)])),
        events: Number((await query('select count(*) as events from events'))[0].events),
        service: await processorMs([service.pid]),
        database: await processorMs(backends.map(({ pid }) => pid)),
      }
    }
    const phases = []
    async function phase(what, count, work) {
      const before = await standing()
      await inLanes(count, work)
      const after = await standing()
      const grown = [...after.bytes].map(([name, bytes]) => [name, (bytes - (before.bytes.get(name) ?? 0)) / count])
      const result = {
        what,
        count,
        bytes: grown.reduce((sum, [, bytes]) => sum + bytes, 0),
        most: grown.filter(([, bytes]) => bytes >= 1).sort((a, b) => b[1] - a[1]).slice(0, 8),
        events: (after.events - before.events) / count,
        service: (after.service - before.service) / count,
        database: (after.database - before.database) / count,
      }
      console.log(`${what}: ${Math.round(result.bytes)} bytes, ${result.events.toFixed(1)} events, ${result.service.toFixed(1)} ms + ${result.database.toFixed(1)} ms of processor time each`)
      phases.push(result)
    }

    const startLoad = loadavg()[0]
    const mentors = []
    for (let n = 0; n < Math.ceil(referrals / 40); n += 1) {
      const { id } = await operator.post('/v1/mentors', { displayName: `Sample Mentor ${n}`, type: 'peer_certified', languages: ['en'], modes: ['phone'], capacity: 50 })
      await operator.post(`/v1/mentors/${id}/status`, { status: 'active' })
      mentors.push(id)
    }
    const mentorships = []
    const ids = []
    await phase('a referral, accepted and given to a mentor', referrals, async (n) => {
      const { id } = await clinic.post('/v1/referrals', referral(programId))
      await operator.post(`/v1/referrals/${id}/accept`, {})
      const offer = await operator.post(`/v1/referrals/${id}/offers`, { mentorId: mentors[n % mentors.length] })
      mentorships.push((await operator.post(`/v1/offers/${offer.id}/accept`, {})).mentorshipId)
      ids.push(id)
    })
    await phase('a contact', referrals * contactsOfEach, async (n) => {
      await operator.post(`/v1/mentorships/${mentorships[n % referrals]}/contacts`, { at: new Date().toISOString(), mode: 'phone', result: 'two_way' })
    })
    await phase('a reading of engagement by the clinic', referrals * contactsOfEach, async (n) => {
      await clinic.get(`/v1/referrals/${ids[n % referrals]}/engagement`)
    })
    return { phases, startLoad, version: (await query(`select current_setting('server_version') as version`))[0].version }
  } finally {
    await owner.end()
    await service.stop()
    await onServer(`drop database if exists ${database} with (force)`)
  }
}

function page({ phases, startLoad, version }) {
  const number = (value) => Math.round(value).toLocaleString('en-US')
  const [, contact] = phases
  return `# What it costs to keep

By \`node bench/storage.mjs\` (${referrals} referrals, ${contactsOfEach} contacts each), ${new Date().toISOString().slice(0, 16)}Z, on ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node.js ${process.version}, PostgreSQL ${version}. Load average ${startLoad.toFixed(1)} at the start, ${loadavg()[0].toFixed(1)} at the end: bytes do not
depend on it, processor times somewhat.

Bytes are those of tables, indexes and TOAST (\`pg_total_relation_size\`) after \`VACUUM\`, with audit trail, ledger, chain, log and
queues; without the write-ahead log, backups and replicas. Processor time is that of the process of the service and of its connections'
backends, with the work that follows (numbering, sealing, clocks).

| each | bytes | events | service, ms | database, ms |
| --- | --- | --- | --- | --- |
${phases.map((one) => `| ${one.what} | ${number(one.bytes)} | ${one.events.toFixed(1)} | ${one.service.toFixed(1)} | ${one.database.toFixed(1)} |`).join('\n')}

A million contacts: ${(contact.bytes / 1e3).toFixed(1)} GB, and ${((contact.service + contact.database) / 3.6).toFixed(1)} hours of one core.

${phases.map((one) => `## Where the bytes of ${one.what} go\n\n| table | bytes |\n| --- | --- |\n${one.most.map(([name, bytes]) => `| ${name} | ${number(bytes)} |`).join('\n')}`).join('\n\n')}
`
}

const result = await alone(run)
if (whole) await writeFile(join(root, 'bench', 'RESULTS-storage.md'), page(result))
else console.log(page(result))
