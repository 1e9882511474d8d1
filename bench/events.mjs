/**
 * How soon a change is told, by each of the four ways, and whether many webhook endpoints drain without one of them starving.
 * Run after `npm run build`:
 *
 *   node bench/events.mjs                                                100 changes a second, 10,000 endpoints;
 *                                                                        writes bench/RESULTS-events.md
 *   node bench/events.mjs --rate 20 --seconds 5 --endpoints 100          to try it; writes nothing unless --write is given
 *   node bench/events.mjs --only latency                                 or drain, or hanging
 *   node bench/events.mjs --only drain --profile /tmp/profiles           where the two processes spent their time
 *
 * Two processes of the service, one that answers requests (JOBS=off) and one that does the background work; a third makes
 * the changes, and this one holds followers and receivers. They and PostgreSQL share the machine, so the figures are high
 * estimates. The database is made for the run on the server of BENCH_DATABASE_URL, and dropped; whatever was started ends
 * with the bench, also when it fails.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { alone, at, databaseName, onServer } from './generate.mjs'
import { changes } from './lib/changes.mjs'
import { createApi } from './lib/client.mjs'
import { createCpuMeter } from './lib/cpu-meter.mjs'
import { measureDrain, register, untilActive } from './lib/drain.mjs'
import { eventsPage } from './lib/events-page.mjs'
import { startReceivers } from './lib/followers.mjs'
import { asInImage, memoryOf, startService } from './lib/http.mjs'
import { keeping } from './lib/keeping.mjs'
import { measureLatency, startWriter } from './lib/latency.mjs'
import { migrated } from './lib/load.mjs'
import { spentIn } from './lib/profile.mjs'
import { connect, createClient, createKeyring, createNetwork, createOrganization, masterKeyOf, openContext, root, scopes } from './lib/service.mjs'

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '45' },
    endpoints: { type: 'string', default: '10000' },
    only: { type: 'string' },
    profile: { type: 'string' },
    write: { type: 'boolean' },
  },
})
const [rate, seconds, endpoints] = [values.rate, values.seconds, values.endpoints].map(Number)
const say = (line) => console.log(line)
const seed = 1
/** The endpoints that drain are of so many organizations. */
const ownersOfEndpoints = Math.min(100, endpoints)
const wanted = (group) => !values.only || values.only === group

async function createWorld(databaseUrl) {
  const database = connect({ connection: { connectionString: databaseUrl }, poolSize: 2 })
  const service = { database, keyring: createKeyring(masterKeyOf(seed)) }
  const now = new Date()
  const networkId = await createNetwork(service, 'Sample Network', now)
  const nobody = '00000000-0000-0000-0000-000000000000'
  const office = openContext(service, { networkId, organizationId: nobody, clientId: nobody, scopes: new Set(scopes) }, { requestId: 'bench', now })
  const enrol = async (name, kind) => {
    const { id } = await createOrganization(office, { name, kind, timeZone: 'America/Denver' })
    const granted = scopes.filter((scope) => scope !== 'network:write')
    return createClient(office, { organizationId: id, name, scopes: granted })
  }
  const clients = { clinic: await enrol('Sample Clinic', 'hospital'), operator: await enrol('Sample Recovery Community', 'rco') }
  const owners = wanted('drain') ? await Promise.all(Array.from({ length: ownersOfEndpoints }, (_, n) => enrol(`Sample Clinic ${n + 1}`, 'hospital'))) : []
  await database.end()
  return { clients, owners, networkId }
}

async function measure({ databaseUrl, keep }) {
  const { clients, owners, networkId } = await createWorld(databaseUrl)
  const owner = new pg.Client({ connectionString: databaseUrl })
  await owner.connect()
  keep(() => owner.end())
  const env = { WEBHOOK_TARGETS: 'local', WEBHOOK_VERIFICATION: 'answer' }
  const nodeOptions = [...asInImage, ...(values.profile ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`] : [])]
  const start = async (jobs) => {
    const service = await startService({ databaseUrl, seed, jobs, env, nodeOptions })
    keep(service.stop)
    return service
  }
  const [serving, working] = [await start('off'), await start('auto')]
  const receivers = { onEvent: () => {} }
  const server = await startReceivers((path, message) => receivers.onEvent(path, message))
  keep(server.stop)
  receivers.url = server.url
  const writer = startWriter()
  keep(writer.stop)
  const apis = Object.fromEntries(Object.entries(clients).map(([name, client]) => [name, createApi(serving.base, client)]))
  for (const { close } of Object.values(apis)) keep(close)
  const endpointOwners = owners.map((client) => createApi(serving.base, client, 1))
  for (const { close } of endpointOwners) keep(close)
  const { id: programId } = await apis.operator.post(changes.program.path, changes.program.body({}))
  const world = { ...apis, clients, endpointOwners, base: serving.base, networkId, programId }
  await register(world.operator, `${receivers.url}/quick`, ['program.created', 'referral.requested'])
  await untilActive(owner, networkId)

  const results = { rate, seconds, latency: [], cpu: [], faults: [] }
  const meter = createCpuMeter(owner, { serving: serving.pid, working: working.pid, writer: writer.pid })
  const metered = async (what, work) => {
    const { result, cpu } = await meter.during(work)
    results.cpu.push({ what, ...cpu })
    return result
  }
  const latency = async (options) => {
    const { results: rows, faults } = await measureLatency({ world, receivers, writer, perSecond: rate, forSeconds: seconds, ...options })
    for (const fault of faults) say(`  ${fault}`)
    results.faults.push(...faults)
    return rows
  }
  if (wanted('latency'))
    for (const kind of Object.keys(changes)) {
      const ways = ['feed', 'stream', ...(kind === 'referral' ? ['subscription'] : []), 'webhook']
      await latency({ ways, kind, forSeconds: 3, perSecond: rate / 2 })
      // As autovacuum does within a minute: plans made for empty tables are good for empty tables.
      await owner.query('vacuum (analyze)')
      const { what } = changes[kind]
      say(`${rate} changes a second for ${seconds} s: ${what}`)
      results.latency.push(...(await metered(what, () => latency({ ways, kind }))))
    }
  if (wanted('hanging')) {
    const beside = () => latency({ ways: ['webhook'], kind: 'program', forSeconds: Math.min(seconds, 15), perSecond: Math.min(rate, 20) })
    say('one endpoint that answers, alone and beside one that hangs')
    const [before] = await beside()
    await register(world.operator, `${receivers.url}/hang`, ['program.created'])
    await untilActive(owner, networkId)
    const [after] = await beside()
    results.hanging = { before, beside: after }
    await owner.query(`update webhook_endpoints set status = 'deleted' where network_id = $1 and url like '%/hang'`, [networkId])
  }
  if (wanted('drain')) results.drain = await measureDrain({ world, receivers, owner, endpoints, say, metered })
  const memory = { serving: await memoryOf(serving.pid), working: await memoryOf(working.pid) }
  const { rows } = await owner.query(`select current_setting('server_version') as version`)
  return eventsPage({ ...results, nodeOptions: asInImage, memory, version: rows[0].version })
}

await alone(() =>
  keeping(async ({ keep }) => {
    const name = `${databaseName}_events`
    const drop = () => onServer(`drop database if exists ${name} with (force)`)
    await drop()
    await onServer(`create database ${name}`)
    keep(drop)
    await migrated(at(name))
    const page = await measure({ databaseUrl: at(name), keep })
    say(page)
    const whole = !values.only && rate >= 100 && seconds >= 45 && endpoints >= 10_000
    if (values.write ?? whole) {
      await writeFile(join(root, 'bench', 'RESULTS-events.md'), page)
      say('written: bench/RESULTS-events.md')
    }
  }),
)
if (values.profile) say(await spentIn(values.profile))
