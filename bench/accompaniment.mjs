/**
 * Holds the service to its goals over a network of 100,000 mentors, 200,000 referrals and 1,000,000 contacts. Run after
 * `npm run build`, on a machine that does nothing else:
 *
 *   node bench/accompaniment.mjs                            everything; writes bench/RESULTS-accompaniment.md
 *   node bench/accompaniment.mjs --scale 0.01 --count 20    to try it; writes nothing unless --write is given
 *   node bench/accompaniment.mjs --only candidates,worklists
 *
 * BENCH_DATABASE_URL names a PostgreSQL server and a role that may create databases (see bench/generate.mjs for the data).
 * The data stays as it was made: each run works on a copy of it, which is dropped afterwards. What is measured is the
 * service as it is built, in a process of its own, asked over HTTP on this machine, one request after the other.
 */
import { parseArgs } from 'node:util'
import pg from 'pg'
import { alone, at, databaseName, ensureData, onServer, options } from './generate.mjs'
import { startService } from './lib/http.mjs'
import { measureReads } from './lib/reads.mjs'
import { createReport } from './lib/report.mjs'
import { measureRuns } from './lib/runs.mjs'
import { measureSweeps } from './lib/sweeps.mjs'

const { values } = parseArgs({
  options: {
    ...options,
    count: { type: 'string', default: '300' },
    only: { type: 'string' },
    write: { type: 'boolean' },
    keep: { type: 'boolean', default: false },
  },
})
const groups = values.only?.split(',') ?? ['candidates', 'worklists', 'engagement', 'lists', 'runs', 'sweeps']
const say = (line) => console.log(line)

await alone(async () => {
  const data = await ensureData(values, say)
  const copyName = `${databaseName}_run`
  await onServer(
    `drop database if exists ${copyName} with (force)`,
    `create database ${copyName} template ${databaseName} strategy file_copy`,
  )
  const owner = new pg.Client({ connectionString: at(copyName) })
  await owner.connect()
  const run = { data, owner, databaseUrl: at(copyName), count: Number(values.count), groups, say, startService }
  const report = await createReport({ data, owner, say })
  try {
    await measureReads(run, report)
    if (groups.includes('runs')) await measureRuns(run, report)
    if (groups.includes('sweeps')) await measureSweeps(run, report)
  } finally {
    await owner.end()
    if (!values.keep) await onServer(`drop database if exists ${copyName} with (force)`)
  }
  report.print()
  if (values.write ?? (data.scale === 1 && values.only === undefined)) await report.save()
})
