import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { describeMachine } from './machine.mjs'
import { table } from './markdown.mjs'
import { root } from './service.mjs'

const target = join(root, 'bench', 'RESULTS-accompaniment.md')
const ms = (value) => (value === undefined ? '' : value < 10 ? value.toFixed(1) : Math.round(value).toString())
const count = (value) => value.toLocaleString('en-US')

/** Collects what was measured; prints it as it comes, and writes the page. No number in it comes from anywhere else. */
export async function createReport({ data, owner, say }) {
  const { rows } = await owner.query('select pg_size_pretty(pg_database_size(current_database())) as size')
  const machine = { ...(await describeMachine(owner)), size: rows[0].size }
  const startedAt = new Date()
  const startLoad = loadavg()[0]
  const reads = []
  const runs = []
  const sweeps = []
  const notes = []

  const verdict = ({ goal, ...result }) => {
    if (!goal) return ''
    if (result.refused !== undefined) return 'not measured'
    return result[goal.metric] <= goal.most ? 'yes' : 'no'
  }
  return {
    add(row) {
      reads.push(row)
      say(
        row.refused !== undefined
          ? `${row.what}: ${row.refused}`
          : `${row.what}: p50 ${ms(row.p50)} p95 ${ms(row.p95)} p99 ${ms(row.p99)} ms, ${ms(row.cpu)} ms of CPU, load ${row.load.toFixed(1)} ${row.goal ? `(goal ${row.goal.metric} ${row.goal.most} ms: ${verdict(row)})` : ''}`,
      )
    },
    addRun: (row) => void runs.push(row),
    addSweep: (row) => void sweeps.push(row),
    note: (line) => void notes.push(line),
    print() {
      const show = (list) => list.length > 0 && console.table(list)
      show(reads.map((row) => ({ what: row.what, p50: ms(row.p50), p95: ms(row.p95), p99: ms(row.p99), cpu: ms(row.cpu), goal: row.goal?.most ?? '', met: verdict(row) })))
      show(runs)
      show(sweeps.map(({ plan, ...row }) => row))
    },
    async save() {
      await writeFile(target, page())
      say(`written: ${target}`)
    },
  }

  function page() {
    const { seed, scale, asOf, counts, seconds } = data
    const readRows = (group) =>
      reads
        .filter((row) => row.group === group)
        .map((row) =>
          row.refused !== undefined
            ? [row.what, '', '', '', '', '', '', '', row.goal ? `p95 ≤ ${row.goal.most}` : '', 'not measured']
            : [row.what, row.count, ms(row.p50), ms(row.p95), ms(row.p99), ms(row.cpu), count(row.bytes), row.load.toFixed(1), row.goal ? `${row.goal.metric} ≤ ${row.goal.most}` : '', verdict(row)],
        )
    const readHead = ['what', 'requests', 'p50 ms', 'p95 ms', 'p99 ms', 'CPU ms of the service each', 'bytes', 'load', 'goal', 'met']
    const titles = { candidates: 'Candidates', worklists: 'Worklists', engagement: 'Engagement', lists: 'Lists' }
    const sections = Object.entries(titles)
      .filter(([group]) => reads.some((row) => row.group === group))
      .map(([group, title]) => `## ${title}\n\n${table(readHead, readRows(group))}`)
    const objectTable = (list) => table(Object.keys(list[0]), list.map((row) => Object.values(row)))
    return `${[
      '# Results: accompaniment at the size of a large network',
      `Written by \`node bench/accompaniment.mjs\`, which measures all of it; docs/guides/benchmarks.md says how. Nothing here was written by hand.`,
      table(
        ['', ''],
        [
          ['date', startedAt.toISOString()],
          ['machine', machine.processor],
          ['Node', machine.node],
          ['PostgreSQL', machine.postgres],
          ['load when it started', startLoad.toFixed(1)],
          ['data', `seed ${seed}, scale ${scale}, as of ${asOf.toISOString()}, ${machine.size}, made in ${seconds} s`],
          ['rows', Object.entries(counts).map(([table, rows]) => `${table} ${count(rows)}`).join(', ')],
        ],
      ),
      ...sections,
      ...(runs.length > 0 ? [`## Matching runs\n\n${objectTable(runs)}`] : []),
      ...(sweeps.length > 0 ? [`## Sweeps\n\n${objectTable(sweeps.map(({ plan, ...row }) => row))}`] : []),
      ...sweeps.filter(({ plan }) => plan).map(({ sweep, due, plan }) => `### How ${sweep} finds ${count(due)} due rows\n\n\`\`\`\n${plan}\n\`\`\``),
      ...notes,
    ].join('\n\n')}\n`
  }
}
