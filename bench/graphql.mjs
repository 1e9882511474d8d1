/**
 * Holds the graph to its goal beside PostGraphile 5 over the same tables: twenty referrals → engagement → mentorship →
 * mentor → last five contacts, with 200,000 referrals in the database. Run after `npm run build` and, once,
 * `npm --prefix bench/postgraphile ci`:
 *
 *   node bench/graphql.mjs                            four rounds of 15 s each; writes bench/RESULTS-graphql.md
 *   node bench/graphql.mjs --rounds 1 --seconds 5     to try it; writes nothing unless --write is given
 *
 * The two take turns on the same machine, over loopback, with ten connections. The service decides on consents, writes
 * the ledger and the audit trail in each request, and its answers carry the notices; PostGraphile does none of it. Both
 * ask as the same organizations, one after the other.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { alone, at, databaseName, ensureData, onServer, options } from './generate.mjs'
import { startService } from './lib/http.mjs'
import { root, secretOf } from './lib/service.mjs'

const folder = join(root, 'bench', 'postgraphile')
const require = createRequire(join(folder, 'package.json'))
const autocannon = require('autocannon')

const { values } = parseArgs({
  options: {
    ...options,
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '15' },
    connections: { type: 'string', default: '10' },
    only: { type: 'string' },
    write: { type: 'boolean' },
  },
})
const say = (line) => console.log(line)
const rounds = Number(values.rounds)
/** So many organizations ask in turn, so that no answer is one row set over and over. */
const askersMax = 40

const ours = `{ referrals(first: 20, status: IN_PROGRESS) { nodes { id status priority createdAt
  engagement { status since mentorship { record { id status startedAt
    mentor { id displayName type }
    contacts(first: 5) { nodes { id at mode result } } } } } } } }`

const theirs = `query ($network: UUID!, $organization: UUID!) {
  allReferralsList(first: 20, orderBy: ROW_ID_DESC, condition: { networkId: $network, receivingOrganizationId: $organization, status: "in_progress" }) {
    rowId status priority createdAt
    engagementStateByNetworkIdAndReferralId { status since }
    mentorshipsByNetworkIdAndReferralIdList(first: 1, orderBy: ROW_ID_DESC) { rowId status startedAt
      mentorByNetworkIdAndMentorId { rowId displayName type }
      contactsByNetworkIdAndMentorshipIdList(first: 5, orderBy: ROW_ID_DESC) { rowId at mode result } } } }`

async function measure(data, databaseUrl) {
  const askers = data.actors.operators.slice(0, askersMax)
  const service = await startService({ databaseUrl, seed: data.seed })
  const peer = await startPeer(databaseUrl)
  try {
    const contestants = [
      { name: 'Alongside', url: service.base, requests: await requestsOfOurs(service.base, data, askers) },
      { name: 'PostGraphile', url: peer.base, requests: requestsOfTheirs(data, askers) },
    ].filter(({ name }) => !values.only || name.toLowerCase() === values.only)
    for (const { name, url, requests } of contestants) say(`${name}: ${await sample(url, requests)}`)
    for (const contestant of contestants) await round(contestant, 5)
    const results = contestants.map(({ name }) => ({ name, rounds: [] }))
    for (let turn = 0; turn < rounds; turn += 1)
      for (const [index, contestant] of contestants.entries()) {
        const result = await round(contestant, Number(values.seconds))
        say(`round ${turn + 1} ${contestant.name}: ${result.rate.toFixed(1)} requests/s, p50 ${result.p50} p99 ${result.p99} ms, load ${result.load.toFixed(1)}`)
        results[index].rounds.push(result)
      }
    const whole = rounds >= 3 && data.scale === 1 && !values.only
    if (values.write ?? whole) await save(data, databaseUrl, results)
  } finally {
    await service.stop()
    await peer.stop()
  }
}

/** One answer of each, looked into: what is measured must be what was asked for. */
async function sample(url, [{ headers, body }]) {
  const reply = await fetch(`${url}/graphql`, { method: 'POST', headers, body })
  const text = await reply.text()
  const { data, errors } = JSON.parse(text)
  if (errors) throw new Error(JSON.stringify(errors[0]))
  const contacts = text.match(/"result"/g)?.length ?? 0
  const [list] = Object.values(data)
  return `${(list.nodes ?? list).length} referrals, ${contacts} contacts, ${text.length} bytes`
}

async function round({ url, requests }, duration) {
  const result = await autocannon({ url: `${url}/graphql`, connections: Number(values.connections), duration, requests })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} failed`)
  const { p50, p99 } = result.latency
  return { rate: result['2xx'] / result.duration, p50, p99, load: loadavg()[0] }
}

async function requestsOfOurs(base, { seed }, askers) {
  return Promise.all(
    askers.map(async ({ clientId }) => {
      const reply = await fetch(`${base}/oauth/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secretOf(seed, clientId)}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      })
      const { access_token } = await reply.json()
      return toRequest({ query: ours }, { authorization: `Bearer ${access_token}` })
    }),
  )
}

const requestsOfTheirs = ({ networkId }, askers) =>
  askers.map(({ id }) => toRequest({ query: theirs, variables: { network: networkId, organization: id } }, {}))

const toRequest = (body, headers) => ({
  method: 'POST',
  path: '/graphql',
  headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
  body: JSON.stringify(body),
})

async function startPeer(databaseUrl) {
  const port = 20_000 + Math.floor(Math.random() * 20_000)
  const child = spawn(process.execPath, ['serve.mjs'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl, PORT: String(port), NODE_ENV: 'production', GRAPHILE_ENV: 'production' },
  })
  const base = `http://127.0.0.1:${port}`
  while (!(await fetch(`${base}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{__typename}"}' }).then(({ ok }) => ok, () => false))) {
    if (child.exitCode !== null) throw new Error(`PostGraphile ended with ${child.exitCode}`)
    await delay(100)
  }
  return {
    base,
    stop: async () => {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await Promise.race([exited, delay(5_000).then(() => child.kill('SIGKILL'))])
    },
  }
}

/** Read from the file: a package need not export it. */
async function versionOf(name) {
  return JSON.parse(await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

async function save({ seed, scale, asOf, counts }, databaseUrl, results) {
  const owner = new pg.Client({ connectionString: databaseUrl })
  await owner.connect()
  const { rows } = await owner.query(`select current_setting('server_version') as version`)
  await owner.end()
  const versions = { postgraphile: await versionOf('postgraphile'), autocannon: await versionOf('autocannon') }
  const lines = results.flatMap(({ name, rounds }) =>
    rounds.map((one, index) => `| ${name} | ${index + 1} | ${one.rate.toFixed(1)} | ${one.p50} | ${one.p99} | ${(one.p99 / one.p50).toFixed(1)} | ${one.load.toFixed(1)} |`),
  )
  const [a, b] = results.map(({ rounds }) => ({ rate: median(rounds.map(({ rate }) => rate)), spread: median(rounds.map(({ p50, p99 }) => p99 / p50)) }))
  const text = `# Results: the graph beside PostGraphile

Written by \`node bench/graphql.mjs\`, which measures all of it. Nothing here was written by hand.

| | |
| --- | --- |
| date | ${new Date().toISOString()} |
| machine | ${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB |
| Node | ${process.version} |
| PostgreSQL | ${rows[0].version} |
| PostGraphile | ${versions.postgraphile} |
| autocannon | ${versions.autocannon}, ${values.connections} connections, ${values.seconds} s a round |
| data | seed ${seed}, scale ${scale}, as of ${new Date(asOf).toISOString()}; ${Object.entries(counts).map(([table, rows]) => `${table} ${rows.toLocaleString('en-US')}`).join(', ')} |

Twenty referrals → engagement → mentorship → mentor → last five contacts, asked by ${askersMax} organizations in turn. Alongside
computes the engagement, decides on each person's consents, and writes ledger and audit rows in every request; PostGraphile
reads the stored status and checks nothing.

| | round | requests/s | p50 ms | p99 ms | p99 / p50 | load |
| --- | --- | --- | --- | --- | --- | --- |
${lines.join('\n')}

| goal | measured (median of the rounds) | met |
| --- | --- | --- |
| at least as many requests a second as PostGraphile | ${a.rate.toFixed(1)} beside ${b.rate.toFixed(1)} | ${a.rate >= b.rate ? 'yes' : 'no'} |
| p99 at most 3 × p50 | ${a.spread.toFixed(1)} × | ${a.spread <= 3 ? 'yes' : 'no'} |
`
  const target = join(root, 'bench', 'RESULTS-graphql.md')
  await writeFile(target, text)
  say(`written: ${target}`)
}

await alone(async () => {
  const data = await ensureData(values, say)
  const copyName = `${databaseName}_run`
  await onServer(
    `drop database if exists ${copyName} with (force)`,
    `create database ${copyName} template ${databaseName} strategy file_copy`,
  )
  try {
    await measure(data, at(copyName))
  } finally {
    await onServer(`drop database if exists ${copyName} with (force)`)
  }
})
