/**
 * Writes down what this version sends to its database, for the test of the next one: `npm run upgrade:record`, once a
 * version is released. The story is told to an empty database of a server by one client after the other.
 */
import { writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { readMigrations } from '../../src/db/migrate.ts'
import { jobs } from '../../src/jobs/jobs.ts'
import { networkIds } from '../../src/jobs/networks.ts'
import { runSweep } from '../../src/jobs/run.ts'
import { orderOnce } from '../../src/jobs/sequencer.ts'
import { openTestDatabase } from '../support/database.ts'
import { serve, tellWholeStory } from '../support/served.ts'
import { createWorld } from '../support/world.ts'
import { record } from './statements.ts'

const { owner, close } = await openTestDatabase()
t.teardown(close)
const level = (await readMigrations()).at(-1)?.name ?? ''
const recording = record(level)
const { service, url, as } = await serve(t, {
  DATABASE_URL: owner.connectionString,
  // One connection, so that what was sent has one order, and no names for statements.
  DATABASE_POOL_SIZE: '1',
  DATABASE_PREPARE: 'off',
  MIGRATE: 'off',
  MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
})
const deps = {
  service,
  time: { now: () => new Date() },
  log: { debug() {}, info() {}, warn() {}, error() {} },
}
const settle = async () => {
  for (const id of await networkIds(service)) while ((await orderOnce(deps, id)) !== 'done');
}
const world = await createWorld(service, new Date())
await tellWholeStory(url, as, world)
await settle()
for (const job of jobs) if (job.kind === 'sweep') await runSweep(job, deps)
await settle()
const recorded = await recording.end()
await writeFile(
  new URL('./recording.json.gz', import.meta.url),
  gzipSync(JSON.stringify(recorded), { level: 9 }),
)
t.ok(
  recorded.sent.length > 1_000,
  `${recorded.sent.length} statements of ${recorded.texts.length} kinds at ${level}`,
)
