/**
 * Makes the data that the benches measure, in a database of its own on a PostgreSQL server. Run after
 * `npm run build`:
 *
 *   node bench/generate.mjs                      100,000 mentors, 200,000 referrals, 1,000,000 contacts
 *   node bench/generate.mjs --scale 0.01         a hundredth of each, to try it
 *   node bench/generate.mjs --seed 7 --as-of 2026-11-20T00:00:00Z --fresh
 *
 * The same seed, scale and instant give the same rows. A database that was made of them, by this generator and these
 * migrations, is kept; `--fresh` makes it anew. BENCH_DATABASE_URL names the server, a superuser of it and, if it is to be
 * another than alongside_bench, the database that is made (default postgres://postgres@127.0.0.1:5432).
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { load, migrated } from './lib/load.mjs'
import { makePlan } from './lib/plan.mjs'
import { readMigrations } from './lib/service.mjs'

export const server = process.env.BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432'
export const databaseName = new URL(server).pathname.slice(1) || 'alongside_bench'
export const at = (database) => Object.assign(new URL(server), { pathname: `/${database}` }).href

/** A dataset tells of "now", and is no longer of today after so many days: what was due later would be overdue. */
const goodForDays = 3
const dayMs = 86_400_000

export const options = {
  seed: { type: 'string', default: '1' },
  scale: { type: 'string', default: '1' },
  'as-of': { type: 'string' },
  fresh: { type: 'boolean', default: false },
}

export async function onServer(...statements) {
  const client = new pg.Client({ connectionString: at('postgres') })
  await client.connect()
  try {
    let result
    for (const statement of statements) result = await client.query(statement)
    return result.rows
  } finally {
    await client.end()
  }
}

/**
 * Runs alone: two at once would drop each other's databases, and measure each other. The lock ends with its connection,
 * so one that was killed leaves nothing behind.
 */
export async function alone(work) {
  const client = new pg.Client({ connectionString: at('postgres') })
  await client.connect()
  try {
    const { rows } = await client.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as held', [`bench ${databaseName}`])
    if (!rows[0].held) throw new Error(`Another bench is at work on ${databaseName}. Wait for it, or name another database in BENCH_DATABASE_URL.`)
    return await work()
  } finally {
    await client.end()
  }
}

/** The database with the data, made if it is not there: what it is made of, and how many rows of each there are. */
export async function ensureData({ seed, scale, 'as-of': asOfText, fresh }, say, name = databaseName) {
  const wanted = { seed: Number(seed), scale: Number(scale), digest: await digestOf() }
  const kept = fresh ? undefined : await keptData(name)
  if (kept && isSame(kept, wanted, asOfText)) {
    say(`data: ${name} kept, of ${kept.asOf}, seed ${kept.seed}, scale ${kept.scale}`)
    return { ...kept, asOf: new Date(kept.asOf) }
  }
  const from = performance.now()
  const asOf = asOfText ? new Date(asOfText) : new Date(Math.floor(Date.now() / 60_000) * 60_000)
  const plan = makePlan({ ...wanted, asOf })
  say(`plan: ${((performance.now() - from) / 1000).toFixed(1)} s`)
  await onServer(`drop database if exists ${name} with (force)`, `create database ${name}`)
  await migrated(at(name))
  const counts = await load(at(name), plan, say)
  const seconds = Math.round((performance.now() - from) / 100) / 10
  const made = { ...wanted, asOf: asOf.toISOString(), networkId: plan.networkId, counts, seconds, actors: actorsOf(plan) }
  await onServer(`comment on database ${name} is ${pg.escapeLiteral(JSON.stringify(made))}`)
  say(`data: made in ${seconds} s`)
  return { ...made, asOf }
}

/** Who asks in the measurements. */
function actorsOf({ operators, clinics, hub }) {
  const actor = ({ id, clientId, name, programs, mentors }) => ({ id, clientId, name, programId: programs?.[0].id, mentors: mentors?.length })
  return { hub: actor(hub), clinics: clinics.map(actor), operators: operators.map(actor) }
}

async function keptData(name) {
  const [row] = await onServer(`select shobj_description(oid, 'pg_database') as made from pg_database where datname = '${name}'`)
  return row?.made ? JSON.parse(row.made) : undefined
}

function isSame(kept, wanted, asOfText) {
  const current = asOfText ? new Date(asOfText).toISOString() === kept.asOf : Date.now() - Date.parse(kept.asOf) < goodForDays * dayMs
  return current && Object.entries(wanted).every(([key, value]) => kept[key] === value)
}

/** Of the migrations and of the generator itself: a change of either makes other data. */
async function digestOf() {
  const hash = createHash('sha256')
  for (const { digest } of await readMigrations()) hash.update(digest)
  for (const file of ['people', 'plan', 'random', 'rows', 'load']) hash.update(await readFile(new URL(`lib/${file}.mjs`, import.meta.url)))
  return hash.digest('hex').slice(0, 16)
}

if (import.meta.filename === process.argv[1]) {
  const { values } = parseArgs({ options })
  const { counts } = await alone(() => ensureData(values, console.log))
  console.table(counts)
}
