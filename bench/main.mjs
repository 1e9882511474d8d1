/**
 * How fast Alongside is beside the floor (the same reads and writes with nothing checked) and beside what a team would pick
 * instead, in one run, in turns. Run after `npm run build` and, once, `npm run bench:peers`:
 *
 *   npm run bench                                              all of it, a quarter of an hour with the data there; writes bench/RESULTS.md
 *   npm run bench -- --scale 0.01 --rounds 1 --seconds 2       to try it; writes nothing unless --write is given
 *   npm run bench -- --only create,list-told,floor             some scenarios, or some contestants beside Alongside
 *   npm run bench -- --only create,alongside --profile out     writes a CPU profile of the service; bench/profile.mjs reads it
 *   npm run bench -- --only create,alongside --statements      what PostgreSQL planned and executed for each request
 *   npm run bench -- --scale 0.001 --rounds 0 --only floor     measures nothing: whether all start, and answer with as much
 *
 * BENCH_DATABASE_URL names a PostgreSQL server on this machine and a superuser of it (see bench/generate.mjs). The data stays
 * as it was made: the run works on copies, which are dropped afterwards. Whatever was started is stopped.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { alone, at, databaseName, ensureData, onServer, options } from './generate.mjs'
import { compare, prepare } from './lib/asking.mjs'
import { contestants, refuseMissing } from './lib/contestants.mjs'
import { sizeGoal } from './lib/goals.mjs'
import { asInImage, memoryOf } from './lib/http.mjs'
import { fillLog } from './lib/log.mjs'
import { createPage } from './lib/page.mjs'
import { alternate } from './lib/rounds.mjs'
import { scenarios } from './lib/scenarios.mjs'
import { watchStatements } from './lib/statements.mjs'

const { values } = parseArgs({
  options: {
    ...options,
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '10' },
    only: { type: 'string' },
    profile: { type: 'string' },
    statements: { type: 'boolean', default: false },
    'node-options': { type: 'string' },
    write: { type: 'boolean' },
  },
})
const say = (line) => console.log(line)
const pace = { rounds: Number(values.rounds), seconds: Number(values.seconds), connections: Number(values.connections), say }

/** Of the service alone. */
const nodeOptions = [
  ...(values['node-options']?.split(' ').filter((option) => option !== '') ?? asInImage),
  ...(values.profile ? ['--cpu-prof', `--cpu-prof-dir=${resolve(values.profile)}`] : []),
]

/** A hundredth of the data, and below this scale a hundredth of it is nothing to compare with. */
const smallShare = 0.01
const comparesFrom = 0.1

const chosen = chooseFrom(values.only?.split(',') ?? [])
refuseMissing(chosen.contestants)

const failures = []

await alone(async () => {
  const startedAt = new Date()
  const data = await ensureData(values, say)
  const small = chosen.size ? await ensureData({ ...values, scale: String(data.scale * smallShare) }, say, `${databaseName}_small`) : undefined
  const page = await createPage({ data, small, pace, startedAt, nodeOptions })
  const undo = []
  const tidyUp = async () => {
    for (let step = undo.pop(); step; step = undo.pop()) await step().catch((error) => say(`could not tidy up: ${error.message}`))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => tidyUp().finally(() => process.exit(1)))
  try {
    const big = await openCopy(databaseName, data, undo)
    const processes = new Map()
    for (const key of chosen.contestants) processes.set(key, await started(contestants[key].start({ ...data, databaseUrl: big.databaseUrl, nodeOptions }), undo))
    const little = small && (await openCopy(`${databaseName}_small`, small, undo))
    for (const scenario of chosen.scenarios) await attempt(scenario.key, () => measure(scenario, big, processes, page))
    const { peakMb, nowMb } = await memoryOf(processes.get('alongside').pid)
    page.addMemory({ peakMb, nowMb })
    if (little) {
      const service = await started(contestants.alongside.start({ ...small, databaseUrl: little.databaseUrl, nodeOptions }, 'Alongside, small'), undo)
      for (const scenario of chosen.scenarios.filter(({ key }) => sizeGoal.scenarios.includes(key)))
        await attempt(`${scenario.key}, by size`, () => measureSize(scenario, { ...big, process: processes.get('alongside') }, { ...little, process: service }, page))
    }
  } finally {
    await tidyUp()
  }
  if (pace.rounds === 0) return say('Every contestant answered every scenario, with as much as the service.')
  page.print(say)
  const whole = data.scale === 1 && values.only === undefined && pace.rounds >= 3 && !values.profile
  if (values.write ?? whole) await page.save(say)
  if (failures.length > 0) process.exitCode = 1
})

function chooseFrom(names) {
  const known = [...scenarios.map(({ key }) => key), ...Object.keys(contestants), 'size']
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`Unknown: ${unknown}. There are ${known.join(', ')}.`)
  const some = (all) => all.filter((key) => names.includes(key))
  const keys = some(scenarios.map(({ key }) => key))
  const others = some(Object.keys(contestants))
  return {
    scenarios: scenarios.filter(({ key }) => keys.length === 0 || keys.includes(key)),
    contestants: others.length > 0 ? [...new Set(['alongside', ...others])] : Object.keys(contestants),
    size: Number(values.scale) >= comparesFrom && (names.length === 0 || names.includes('size')),
  }
}

async function openCopy(name, data, undo) {
  const copyName = `${name}_run`
  const drop = () => onServer(`drop database if exists ${copyName} with (force)`)
  await drop()
  undo.push(drop)
  await onServer(`create database ${copyName} template ${name} strategy file_copy`)
  const databaseUrl = at(copyName)
  const owner = new pg.Client({ connectionString: databaseUrl })
  await owner.connect()
  undo.push(() => owner.end())
  return { data, databaseUrl, owner, last: await fillLog(databaseUrl, data.networkId) }
}

async function started(starting, undo) {
  const process = await starting
  undo.push(process.stop)
  return process
}

/** What could not be measured is said, and the rest still is. Where nothing is measured, every failure is the answer. */
async function attempt(what, work) {
  try {
    await work()
  } catch (error) {
    if (pace.rounds === 0) throw error
    say(`  not measured: ${what}: ${error.message}`)
    failures.push(what)
  }
}

async function measure(scenario, run, processes, page) {
  const taking = scenario.contestants.filter((key) => processes.has(key))
  say(`${scenario.key}: ${scenario.what}`)
  const asks = await scenario.asks(run)
  const ready = []
  for (const key of taking) {
    const process = processes.get(key)
    const { requests, seen } = await prepare(scenario, run, asks, { key, process })
    ready.push({ key, name: process.name, process, owner: run.owner, requests, seen })
  }
  compare(scenario, ready.map(({ seen }) => seen))
  const watch = values.statements && (await watchStatements(run.owner))
  if (watch) await watch.begin()
  const results = await alternate({ ...pace, contestants: ready })
  if (watch) say(await watch.told())
  page.add({ scenario, contestants: ready.map(({ key, name, seen }) => ({ key, name, seen, rounds: results.get(name) })) })
}

/** The same question of the service alone, over all the data and over a hundredth of it, asked as the same organization. */
async function measureSize(scenario, big, little, page) {
  say(`${scenario.key}, by size`)
  const sides = []
  for (const side of [big, little]) {
    const run = { ...side, narrow: true }
    const asks = await scenario.asks(run)
    const { requests } = await prepare(scenario, run, asks, { key: 'alongside', process: side.process })
    sides.push({ name: side === big ? 'all' : 'a hundredth', process: side.process, owner: side.owner, requests })
  }
  const results = await alternate({ ...pace, contestants: sides })
  page.addSize({ scenario, big: results.get('all'), small: results.get('a hundredth') })
}
