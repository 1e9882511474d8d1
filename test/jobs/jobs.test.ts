import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import PgBoss from 'pg-boss'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { systemTime } from '../../src/core/clock.ts'
import { createKeyring } from '../../src/core/keyring.ts'
import { asSystem, openContext, type Service } from '../../src/db/access.ts'
import { connect } from '../../src/db/client.ts'
import { enqueueJob } from '../../src/db/enqueue.ts'
import { inTransaction } from '../../src/db/transaction.ts'
import { createNetwork } from '../../src/domains/organizations/network.ts'
import { defineJob, defineSweep, type Job, type Sweep } from '../../src/jobs/job.ts'
import { jobs as jobsOfTheService } from '../../src/jobs/jobs.ts'
import { runSweep } from '../../src/jobs/run.ts'
import { startJobs } from '../../src/jobs/work.ts'
import { serverUrl } from '../support/database.ts'
import { emptyDatabase } from '../support/shared-database.ts'
import { storedFor } from '../support/stored.ts'

const limitMs = 60_000
const nobody = '00000000-0000-0000-0000-000000000000'
const input = z.strictObject({ id: z.string() })

/** Waits for what will come, and fails when it does not. */
async function eventually<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = Date.now() + limitMs
  while (Date.now() < end) {
    const found = await look()
    if (found) return found
    await delay(20)
  }
  throw new Error(`It never came to this: ${what}`)
}

/** A moment that a test decides. */
function gate() {
  let open = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, passed }
}

async function openJobs(t: Test) {
  const { database, owner } = await emptyDatabase()
  const service: Service = { database, keyring: createKeyring(randomBytes(32)) }
  const networkId = await createNetwork(service, 'Sample Network', new Date())
  const lines: unknown[] = []
  const note = (...line: unknown[]) => void lines.push(line)
  const deps = { service, time: systemTime, log: { debug: note, info: note, warn: note, error: note } }

  const stored = <Row>(sql: string, parameters: unknown[] = []) => storedFor<Row>(owner, sql, parameters)
  await stored('delete from pgboss.job')

  return {
    ...deps,
    deps,
    networkId,
    owner,
    lines,
    stored,
    /** As a process would, until the end of the test. */
    work: async (jobs: readonly (Job | Sweep)[], options: { service?: Service } = {}) => {
      for (const { kind, name } of jobs) await stored(`call ${kind}_queue('${name}')`)
      const running = await startJobs({ ...deps, jobs, pollMs: 20, maintenanceSeconds: 1, ...options })
      let stopped: Promise<void> | undefined
      const stop = (withinMs: number) => {
        stopped ??= running.stop(withinMs)
        return stopped
      }
      t.teardown(() => stop(limitMs))
      return { stop }
    },
    /** In a request's own transaction, under a request's role. */
    request: (id: string, queue = 'test.work', fails = false) =>
      openContext(
        service,
        { networkId, organizationId: nobody, clientId: nobody, scopes: new Set() },
        { requestId: 'test', now: new Date() },
      ).transaction(
        async ({ write }) => {
          write(enqueueJob(queue, { id }))
          if (fails) throw new Error('The request fails after all')
        },
        { action: 'test' },
      ),
    states: async (queue = 'test.work') =>
      (
        await stored<{ state: string }>(
          'select state::text from pgboss.job where name = $1 order by created_on',
          [queue],
        )
      ).map(({ state }) => state),
  }
}

t.test('a job runs once if the change it follows from was committed, and never if it was not', async (t) => {
  const { work, request, networkId, states } = await openJobs(t)
  const seen: unknown[] = []
  const job = defineJob({
    name: 'test.work',
    input,
    concurrency: 1,
    run: async (deps, { id }) => void seen.push({ id, networkId: deps.networkId }),
  })
  await work([job])
  await request('one')
  await t.rejects(request('two', 'test.work', true), /fails after all/)
  await request('three')
  await eventually('both are done', async () => (await states()).join() === 'completed,completed')
  t.same(seen, [
    { id: 'one', networkId },
    { id: 'three', networkId },
  ])
  await t.rejects(
    request('four', 'test.nowhere'),
    /no queue for jobs named test.nowhere/,
    'a job that nobody would do fails the request',
  )
  await t.rejects(request('five', 'idempotency.forget'), /no queue/, 'a sweep is nobody’s to order')
})

t.test('a request can add a job, and can neither read, change nor forge one', async (t) => {
  const { database } = (await openJobs(t)).service
  for (const role of ['alongside_app', 'alongside_auth']) {
    for (const statement of [
      'select from pgboss.job',
      "update pgboss.job set state = 'completed'",
      "insert into pgboss.job (name) values ('test.work')",
      "select pgboss.create_queue('test.own', '{}')",
    ]) {
      const asked = inTransaction(database.pool, [`set local role ${role}`], ({ run }) => run(statement))
      await t.rejects(asked, { code: '42501' }, `${role}: ${statement}`)
    }
  }
})

t.test('a job that fails is tried again, then lies among the dead letters with its error', async (t) => {
  const { work, request, stored, networkId, lines, service } = await openJobs(t)
  let attempts = 0
  const job = defineJob({
    name: 'test.work',
    input,
    retryLimit: 2,
    retryDelaySeconds: 0,
    run: async () => {
      attempts += 1
      await asSystem(service.database, networkId, ({ db }) =>
        db.execute(sql`select ${'Sample Person'}::uuid`),
      )
    },
  })
  await work([job])
  await request('one')
  const [letter] = await eventually('there is a dead letter', async () => {
    const letters = await stored<{ data: unknown; output: { code: string; stack: string[] } }>(
      `select data, output from pgboss.job where name = 'dead_letters'`,
    )
    return letters.length > 0 ? letters : undefined
  })
  t.equal(attempts, 3)
  t.same(letter?.data, { job: 'test.work', networkId, input: { id: 'one' } })
  t.match(letter?.output, { code: '22P02', stack: /jobs\.test/ })
  t.equal(lines.length, 3)
  t.notMatch(JSON.stringify([letter, lines]), /Sample Person/, 'no value of a statement is left behind')
})

t.test(
  'over any number of processes each job runs once, and a sweep is under way once at most',
  async (t) => {
    const { work, request, stored, networkId, service } = await openJobs(t)
    const other = await createNetwork(service, 'Sample Network West', new Date())
    const seen: string[] = []
    const job = defineJob({ name: 'test.work', input, run: async (_, { id }) => void seen.push(id) })
    const held = gate()
    const swept: string[] = []
    let underWay = 0
    let mostAtOnce = 0
    const sweep = defineSweep({
      name: 'test.sweep',
      everySeconds: 1,
      run: async ({ networkId: network }) => {
        underWay += 1
        mostAtOnce = Math.max(mostAtOnce, underWay)
        swept.push(network)
        await held.passed
        underWay -= 1
      },
    })
    await work([job, sweep])
    await work([job, sweep])
    const wanted = Array.from({ length: 40 }, (_, index) => String(index))
    for (const id of wanted) await request(id)
    await eventually('all jobs are done', () => seen.length >= wanted.length)
    await eventually('the next sweep waits behind the one under way', async () => {
      const [row] = await stored(
        `select from pgboss.job where name = 'test.sweep' and state = 'created' and start_after < now() - interval '2 seconds'`,
      )
      return row
    })
    t.same(swept, [networkId])
    held.open()
    await eventually('it goes on', () => swept.length >= 6)
    t.same(swept.slice(0, 4), [networkId, other, networkId, other], 'one network after the other')
    t.equal(mostAtOnce, 1, 'alone')
    t.same(
      seen.sort((a, b) => Number(a) - Number(b)),
      wanted,
    )
  },
)

t.test('a network in which a sweep fails does not keep it from the others', async (t) => {
  const { deps, service, networkId, lines } = await openJobs(t)
  const other = await createNetwork(service, 'Sample Network West', new Date())
  const swept: string[] = []
  const sweep = defineSweep({
    name: 'test.sweep',
    everySeconds: 1,
    run: async (deps) => {
      if (deps.networkId === networkId) throw new Error('Not here')
      swept.push(deps.networkId)
    },
  })
  await t.rejects(runSweep(sweep, deps), /failed for 1 networks/)
  t.same(swept, [other])
  t.match(lines, [[{ networkId, fault: { message: 'Not here' } }]])
})

t.test('a process that stops waits for the job under way', async (t) => {
  const { work, request, states } = await openJobs(t)
  const begun = gate()
  const held = gate()
  const job = defineJob({
    name: 'test.work',
    input,
    run: async () => {
      begun.open()
      await held.passed
    },
  })
  const { stop } = await work([job])
  await request('one')
  await begun.passed
  let stopped = false
  const stopping = stop(limitMs).then(() => {
    stopped = true
  })
  await request('two')
  t.notOk(stopped)
  held.open()
  await stopping
  t.same(await states(), ['completed', 'created'], 'and takes no other')
})

t.test('what a process cannot finish before it must go, another does', async (t) => {
  const { work, request, states } = await openJobs(t)
  const begun = gate()
  const told = gate()
  const hangs = defineJob({
    name: 'test.work',
    input,
    retryDelaySeconds: 0,
    run: async ({ signal }) => {
      begun.open()
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      told.open()
    },
  })
  const first = await work([hangs])
  await request('one')
  await begun.passed
  await first.stop(0)
  await told.passed
  const done: boolean[] = []
  const finishes: Job = { ...hangs, run: async ({ signal }) => void done.push(!signal.aborted) }
  await work([finishes])
  await eventually('it is done', async () => (await states()).join() === 'completed')
  t.same(done, [true])
})

t.test('a job that outlives its time limit is told so, and runs again', async (t) => {
  const { work, request, states } = await openJobs(t)
  const ends: boolean[] = []
  const job = defineJob({
    name: 'test.work',
    input,
    expireSeconds: 1,
    retryDelaySeconds: 0,
    run: async ({ signal }) => {
      if (ends.length === 0) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      ends.push(signal.aborted)
    },
  })
  await work([job])
  await request('one')
  await eventually('it is done', async () => (await states()).join() === 'completed')
  t.same(ends, [true, false])
})

t.test('without its tables or a queue the work is not begun, and the refusal says what to do', async (t) => {
  const { deps, stored } = await openJobs(t)
  const unknown = defineSweep({ name: 'test.unheard', everySeconds: 1, run: async () => {} })
  const start = (jobs: readonly (Job | Sweep)[]) => startJobs({ ...deps, jobs })
  await t.rejects(start([unknown]), /lacks queues for test\.unheard.*alongside migrate/)
  await stored(`call job_queue('test.unheard')`)
  await t.rejects(start([unknown]), /lacks queues for test\.unheard/, 'nor is it a queue for jobs')
  await stored('alter schema pgboss rename to put_away')
  t.teardown(() => stored('alter schema put_away rename to pgboss'))
  await t.rejects(start([]), /lacks the queue that this version needs.*alongside migrate/)
})

t.test('the tables are those that the installed pg-boss would make', async (t) => {
  const { stored } = await openJobs(t)
  await stored('drop schema if exists reference cascade')
  await stored(PgBoss.getConstructionPlans('reference'))
  const columns = (schema: string) =>
    stored(
      `select table_name, column_name, data_type, is_nullable, replace(column_default, '${schema}.', '') as default
       from information_schema.columns where table_schema = $1 and table_name !~ '^j[0-9a-f]{56}$' order by 1, 2`,
      [schema],
    )
  const functions = async (schema: string) =>
    (
      await stored<{ body: string }>(
        'select prosrc as body from pg_proc where pronamespace = $1::regnamespace order by proname',
        [schema],
      )
    ).map(({ body }) => body.replaceAll(`${schema}.`, '').replaceAll(/\s+/g, ' '))
  t.same(await columns('pgboss'), await columns('reference'))
  t.same(await functions('pgboss'), await functions('reference'))
  t.same(
    await stored('select version from pgboss.version'),
    await stored('select version from reference.version'),
  )
  await stored('drop schema reference cascade')
})

t.test('every job of the service has its queue, and the process starts', async (t) => {
  const { deps } = await openJobs(t)
  const { stop } = await startJobs({ ...deps, pollMs: 20 })
  await stop(limitMs)
  const names = jobsOfTheService.map(({ name }) => name)
  t.same([...new Set(names)], names, 'each name once')
})

t.test('answers kept for repeated requests are deleted once they have expired', async (t) => {
  const { deps, service, networkId, stored } = await openJobs(t)
  const other = await createNetwork(service, 'Sample Network West', new Date())
  for (const network of [networkId, other]) {
    await stored(
      `insert into idempotency_answers
         (network_id, organization_id, client_id, action, key, input_digest, answer, created_at, expires_at)
       select $1, $2, $2, 'test', key, '', '', now(), now() + (case when key = 'fresh' then 1 else -1 end) * interval '1 hour'
       from unnest(array['old', 'older', 'fresh']) key`,
      [network, nobody],
    )
  }
  const forget = jobsOfTheService.find(({ name }) => name === 'idempotency.forget')
  if (forget?.kind !== 'sweep') throw new Error('There is no such sweep')
  await runSweep(forget, deps)
  t.same(await stored('select key from idempotency_answers'), [{ key: 'fresh' }, { key: 'fresh' }])
})

const needsServer = { skip: serverUrl ? false : 'needs a PostgreSQL server' }

t.test('a plain login that owns nothing can do the work', needsServer, async (t) => {
  const { stored, owner, work, request, states, service } = await openJobs(t)
  const login = `alongside_test_${randomBytes(4).toString('hex')}`
  const password = randomBytes(12).toString('hex')
  await stored(`create role ${login} login noinherit password '${password}';
    grant alongside_app, alongside_system, alongside_auth, alongside_public to ${login}`)
  const url = Object.assign(new URL(owner.connectionString ?? ''), { username: login, password })
  const database = connect({ connection: { connectionString: url.href }, poolSize: 4 })
  t.teardown(async () => {
    await stop(limitMs)
    await database.end()
    await stored(`drop role ${login}`)
  })
  const job = defineJob({ name: 'test.work', input, retryLimit: 7, run: async () => {} })
  const { stop } = await work([job], { service: { ...service, database } })
  await request('one')
  await eventually('it is done', async () => (await states()).join() === 'completed')
})

t.test('a job whose process was killed runs again in another', needsServer, async (t) => {
  const { owner, stored, request, work, states } = await openJobs(t)
  await stored(`call job_queue('test.work')`)
  const program = `
    import { z } from 'zod'
    const { connect } = await import(process.cwd() + '/dist/db/client.js')
    const { defineJob } = await import(process.cwd() + '/dist/jobs/job.js')
    const { startJobs } = await import(process.cwd() + '/dist/jobs/work.js')
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const database = connect({ connection: { connectionString: process.env.DATABASE_URL }, poolSize: 4 })
    const run = async () => { process.stdout.write('begun'); await new Promise(() => {}) }
    const job = defineJob({ name: 'test.work', input: z.unknown(), expireSeconds: 2, retryDelaySeconds: 0, run })
    await startJobs({ service: { database }, time: { now: () => new Date() }, log, jobs: [job], pollMs: 20 })
    process.stdout.write('ready')`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { PATH: process.env.PATH, DATABASE_URL: owner.connectionString },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  await eventually('the other process is ready', () => said.includes('ready'))
  await request('one')
  await eventually('the other process has begun', () => said.includes('begun'))
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.same(await states(), ['active'])

  const seen: string[] = []
  const job = defineJob({
    name: 'test.work',
    input,
    expireSeconds: 2,
    run: async (_, { id }) => void seen.push(id),
  })
  await work([job])
  await eventually('it is done', async () => (await states()).join() === 'completed')
  t.same(seen, ['one'])
})

t.test(
  'connections that break do not end the process, nor keep a job from being done',
  needsServer,
  async (t) => {
    const { work, request, stored, states } = await openJobs(t)
    const held = gate()
    const job = defineJob({
      name: 'test.work',
      input,
      expireSeconds: 1,
      retryDelaySeconds: 0,
      run: () => held.passed,
    })
    const sweep = defineSweep({ name: 'test.sweep', everySeconds: 1, run: async () => {} })
    await work([job, sweep])
    for (let index = 0; index < 20; index += 1) await request(String(index))
    held.open()
    for (let index = 0; index < 10; index += 1) {
      await stored(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and application_name = 'alongside'`)
    }
    await eventually('all is done', async () => (await states()).every((state) => state === 'completed'))
    t.equal((await states()).length, 20)
  },
)
