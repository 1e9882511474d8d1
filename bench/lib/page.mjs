import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { at } from '../generate.mjs'
import { writeFigures } from '../readme.mjs'
import { goals, memoryGoalMb, sizeGoal } from './goals.mjs'
import { describeMachine, versionOf } from './machine.mjs'
import { table } from './markdown.mjs'
import { median } from './rounds.mjs'
import { root } from './service.mjs'

const target = join(root, 'bench', 'RESULTS.md')
const count = (value) => value.toLocaleString('en-US')
const short = (value) => (value < 10 ? value.toFixed(1) : Math.round(value).toString())
const of = (rounds, member) => median(rounds.map((round) => round[member]))
const times = (value) => `${value.toFixed(2)} ×`

/** Collects what was measured, prints the tables and writes the page. No number in it comes from anywhere else. */
export async function createPage({ data, small, pace, startedAt, nodeOptions }) {
  const owner = new pg.Client({ connectionString: at('postgres') })
  await owner.connect()
  const machine = await describeMachine(owner)
  await owner.end()
  const startLoad = loadavg()[0]
  const measured = []
  const sizes = []
  let memory

  const rates = () =>
    measured.flatMap(({ scenario, contestants }) =>
      contestants.map(({ name, seen, rounds }) => [
        scenario.key,
        name,
        of(rounds, 'rate').toFixed(1),
        `${short(Math.min(...rounds.map(({ rate }) => rate)))}–${short(Math.max(...rounds.map(({ rate }) => rate)))}`,
        short(of(rounds, 'p50')),
        short(of(rounds, 'p99')),
        of(rounds, 'nodeMs').toFixed(2),
        of(rounds, 'postgresMs').toFixed(2),
        short(of(rounds, 'memoryMb')),
        seen.rows,
        count(seen.bytes),
        rounds.reduce((sum, { refused }) => sum + refused, 0) || '',
        of(rounds, 'load').toFixed(1),
      ]),
    )
  const rateHead = ['scenario', 'contestant', 'requests/s', 'least–most', 'p50 ms', 'p99 ms', 'CPU ms of Node each', 'CPU ms of PostgreSQL each', 'resident MB', 'rows', 'bytes', 'turned away', 'load']

  function verdicts() {
    const rows = []
    const verdict = (met) => (met ? 'met' : 'not met')
    for (const { scenarios, beside, least } of goals)
      for (const key of scenarios) {
        const [ours, theirs] = ['alongside', beside].map((contestant) => find(key, contestant))
        if (!ours || !theirs) rows.push([`${key}: at least ${least} × ${beside}`, 'not measured', '', ''])
        else {
          const ratio = of(ours.rounds, 'rate') / of(theirs.rounds, 'rate')
          rows.push([`${key}: at least ${least} × ${theirs.name}`, times(ratio), times(cpuOf(theirs) / cpuOf(ours)), verdict(ratio >= least)])
        }
      }
    for (const key of sizeGoal.scenarios) {
      const size = sizes.find(({ scenario }) => scenario.key === key)
      const ratio = size && of(size.big, 'p50') / of(size.small, 'p50')
      const what = `${key}: p50 over all the data at most ${sizeGoal.most} × that over a hundredth`
      rows.push(size ? [what, times(ratio), times(cpuOf({ rounds: size.big }) / cpuOf({ rounds: size.small })), verdict(ratio <= sizeGoal.most)] : [what, 'not measured', '', ''])
    }
    const what = `resident memory under load at most ${memoryGoalMb} MB`
    rows.push(memory ? [what, `${Math.round(memory.peakMb)} MB at most, ${Math.round(memory.nowMb)} MB at the end`, '', verdict(memory.peakMb <= memoryGoalMb)] : [what, 'not measured', '', ''])
    return rows
  }
  const verdictHead = ['goal', 'measured', 'by CPU', '']
  const find = (key, contestant) => measured.find(({ scenario }) => scenario.key === key)?.contestants.find((one) => one.key === contestant)
  const cpuOf = ({ rounds }) => of(rounds, 'nodeMs') + of(rounds, 'postgresMs')

  return {
    add: (row) => void measured.push(row),
    addSize: (row) => void sizes.push(row),
    addMemory: (row) => {
      memory = row
    },
    print(say) {
      say(`\n${table(rateHead, rates())}\n\n${table(verdictHead, verdicts())}`)
    },
    async save(say) {
      await writeFile(target, await page())
      await writeFigures()
      say(`written: ${target}, and its figures in README.md`)
    },
  }

  async function page() {
    const packages = [
      ['bench/nestjs-prisma', '@nestjs/core'], ['bench/nestjs-prisma', '@nestjs/platform-fastify'], ['bench/nestjs-prisma', '@prisma/client'],
      ['bench/postgraphile', 'postgraphile'], ['.', 'fastify'], ['.', 'pg'], ['.', 'autocannon'],
    ]
    const versions = (await Promise.all(packages.map(([folder, name]) => versionOf(folder, name)))).filter(Boolean)
    const sizesHead = ['scenario', 'p50 ms, all', 'p50 ms, a hundredth', 'CPU ms each, all', 'CPU ms each, a hundredth', 'load']
    const sizeRows = sizes.map(({ scenario, big, small }) => [
      scenario.key, short(of(big, 'p50')), short(of(small, 'p50')), cpuOf({ rounds: big }).toFixed(2), cpuOf({ rounds: small }).toFixed(2), of(big, 'load').toFixed(1),
    ])
    const scenarioRows = measured.map(({ scenario }) => [scenario.key, scenario.what])
    return `${[
      '# Results: beside the floor and the peers',
      'Written by `npm run bench`, which measures all of it; docs/guides/benchmarks.md says how. Nothing here was written by hand.',
      table(['', ''], [
        ['date', `${startedAt.toISOString()} to ${new Date().toISOString()}`],
        ['machine', machine.processor],
        ['load', `${startLoad.toFixed(1)} when it started, ${loadavg()[0].toFixed(1)} at its end; beside each row what it was then`],
        ['Node', [machine.node, ...nodeOptions].join(' ')],
        ['PostgreSQL', machine.postgres],
        ['versions', versions.join(', ')],
        ['pace', `${pace.connections} connections, ${pace.rounds} rounds of ${pace.seconds} s in turns; figures are medians of the rounds`],
        ['data', `seed ${data.seed}, scale ${data.scale}, as of ${data.asOf.toISOString()}: ${rowsOf(data)}`],
        ...(small ? [['a hundredth', `scale ${small.scale}: ${rowsOf(small)}`]] : []),
      ]),
      '## Goals',
      table(verdictHead, verdicts()),
      '"By CPU" is the same ratio of the CPU time that Node and PostgreSQL took for each request: what else the machine does moves it less than the rates.',
      '## Scenarios',
      table(['', ''], scenarioRows),
      table(rateHead, rates()),
      ...(sizes.length > 0 ? ['## By size of the network', table(sizesHead, sizeRows)] : []),
    ].join('\n\n')}\n`
  }
}

const told = ['referrals', 'mentors', 'contacts', 'referral_transitions', 'clocks', 'consents']
const rowsOf = ({ counts }) => told.map((name) => `${count(counts[name])} ${name.replaceAll('_', ' ')}`).join(', ')
