import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { openContext, openSystemContext } from '../../../src/db/access.ts'
import { claimRange, readRange } from '../../../src/domains/events/leaving.ts'
import { readEvents } from '../../../src/domains/events/visible.ts'
import { archiveEvents } from '../../../src/jobs/archive.ts'
import { writeArchive } from '../../../src/jobs/archive-file.ts'
import type { EventRetention } from '../../../src/jobs/job.ts'
import { jobs } from '../../../src/jobs/jobs.ts'
import { runSweep } from '../../../src/jobs/run.ts'
import { sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

const days = 30

/** A network with events of two days, forty days ago and of today, and a folder for what leaves. */
async function started(t: Test) {
  const service = await startService(t)
  const folder = await mkdtemp(join(tmpdir(), 'alongside-archive-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const world = await service.createWorld()
  const clinic = await service.as(world.clinic)
  const refer = async (): Promise<string> =>
    (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body.id
  await refer()
  await service.settle()
  const old = (await clinic.get('/v1/events?after=0&limit=100')).body.through
  service.time.forward({ days: 40 })
  await refer()
  await service.settle()
  const said: unknown[] = []
  const log = {
    debug: () => {},
    info: (line: unknown) => void said.push(line),
    warn: () => {},
    error: (line: unknown) => void said.push(line),
  }
  const sweep = (retention: EventRetention = { days, archive: folder }) =>
    runSweep(archiveEvents, { service: service.service, time: service.time, log, retention })
  return {
    ...service,
    world,
    clinic,
    refer,
    folder,
    old,
    said,
    sweep,
    home: join(folder, world.networkId),
    archives: () =>
      service.stored<{ first: number; last: number; digest: string | null; removed: boolean }>(
        `select first_sequence::int as first, last_sequence::int as last, digest, removed_at is not null as removed
         from event_archives where network_id = $1 order by 1`,
        [world.networkId],
      ),
    kept: async () =>
      (
        await service.stored<{ sequence: number }>(
          'select sequence::int from events where network_id = $1 order by 1',
          [world.networkId],
        )
      ).map(({ sequence }) => sequence),
    system: () =>
      openSystemContext(service.service, world.networkId, { requestId: 'test', now: service.time.now() }),
  }
}

const linesOf = async (path: string) =>
  gunzipSync(await readFile(path))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

const padded = (sequence: number) => String(sequence).padStart(15, '0')
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

t.test('events older than they are kept leave into a file, whole and with a digest', async (t) => {
  const { sweep, archives, kept, home, old, stored, world, folder } = await started(t)
  const before = await stored<{ id: string; type: string }>(
    'select id, type from events where network_id = $1 and sequence <= $2 order by sequence',
    [world.networkId, old],
  )
  const last = (await kept()).at(-1) ?? 0
  await sweep()
  const name = `${padded(1)}-${padded(old)}.ndjson.gz`
  t.same(await readdir(home), [name, `${name}.sha256`])
  const lines = await linesOf(join(home, name))
  t.same(
    lines.map(({ id, type }) => ({ id, type })),
    before,
    'each event, in order',
  )
  t.same(
    lines.map(({ sequence }) => sequence),
    numbers(1, old),
  )
  t.match(lines.find(({ type }) => type === 'referral.requested') ?? {}, {
    organizationId: world.clinic.organizationId,
    readerIds: [world.operator.organizationId],
    subject: { type: 'referral', id: String },
    codes: { status: 'requested' },
    occurredAt: '2026-11-18T19:00:00.000Z',
    patientId: String,
    actorClientId: world.clinic.clientId,
  })
  t.notMatch(JSON.stringify(lines), /Sample|1991-04-12|3035550142/, 'ids and codes, and no word of anybody')
  const digest = createHash('sha256')
    .update(await readFile(join(home, name)))
    .digest('hex')
  t.equal(await readFile(join(home, `${name}.sha256`), 'utf8'), `${digest}  ${name}\n`)
  t.same(await archives(), [{ first: 1, last: old, digest, removed: true }], 'the digest is kept apart, too')
  t.equal((await stat(join(home, name))).mode & 0o777, 0o600)
  t.equal((await stat(home)).mode & 0o777, 0o700)
  t.same(await kept(), numbers(old + 1, last), 'the younger ones stay')
  await sweep()
  t.same(await readdir(home), [name, `${name}.sha256`], 'and nothing more leaves')
  t.equal((await readdir(folder)).length, 1, 'a network of which nothing leaves has no folder')
})

t.test('a reader who comes for what has left is told so, and numbers go on', async (t) => {
  const { sweep, clinic, old, refer, settle, as, world } = await started(t)
  const { body } = await clinic.get('/v1/events?after=0&limit=2')
  await sweep()
  const gone = {
    status: 410,
    body: {
      code: 'events_no_longer_kept',
      detail: `Events up to ${old} are no longer kept. Read the resources anew, then go on with after=${old}.`,
    },
  }
  t.match(await clinic.get('/v1/events?after=0'), gone)
  t.match(await clinic.get(`/v1/events?after=${old - 1}`), gone)
  t.match(await clinic.get(`/v1/events?cursor=${body.nextCursor}`), gone, 'in the midst of its pages')
  t.match(await clinic.get('/v1/events/stream', { 'last-event-id': '0' }), gone)
  const rest = (await clinic.get(`/v1/events?after=${old}&types=referral.*`)).body
  t.equal(rest.data.length, 1)
  t.same((await clinic.get('/v1/events?types=referral.*')).body, rest, 'without a place from what is kept')
  await refer()
  await settle()
  const next = (await clinic.get(`/v1/events?after=${rest.through}&types=referral.*`)).body
  t.ok(next.data[0].sequence > rest.through)
  t.equal((await (await as(world.operator)).get(`/v1/events?after=${old}`)).status, 200)
})

t.test('a range that leaves between two looks of a reader is not passed over', async (t) => {
  const { sweep, old, service, world, time } = await started(t)
  await sweep()
  const caller = { ...world.clinic, scopes: new Set(world.clinic.scopes) }
  const ctx = openContext(service, caller, { requestId: 'test', now: time.now() })
  // As if it had been there when the reader's place was looked at.
  const late = ctx.transaction((tx) => readEvents(tx, { after: old - 1, limit: 10 }), { action: 'test' })
  await t.rejects(late, { code: 'events_no_longer_kept' })
})

t.test('a process that died before, or after, it wrote the file has the same range end once', async (t) => {
  for (const written of [false, true])
    await t.test(written ? 'after' : 'before', async (t) => {
      const { sweep, archives, system, home, folder, old, time, kept, world, refer, settle } =
        await started(t)
      const before = new Date(time.now().getTime() - days * 86_400_000)
      const within = system()
      const range = await within.transaction((ctx) => claimRange(ctx, before, Number.MAX_SAFE_INTEGER), {
        action: 'test',
      })
      if (!range) throw new Error('Nothing was old enough')
      const name = `${padded(range.first)}-${padded(range.last)}.ndjson.gz`
      const rows = await within.transaction((ctx) => readRange(ctx, range), { action: 'test' })
      if (written) await writeArchive(folder, world.networkId, range, rows)
      const first = written ? await readFile(join(home, name)) : undefined
      t.match(await archives(), [{ first: 1, last: old, digest: null, removed: false }])

      // Until another process comes by, more has become old.
      const between = (await kept()).at(-1) ?? 0
      time.forward({ days: 45 })
      await refer()
      await settle()
      await sweep()
      if (first) t.ok(first.equals(await readFile(join(home, name))), 'the same file, to the byte')
      t.match(await archives(), [
        { first: 1, last: old, digest: /^[0-9a-f]{64}$/, removed: true },
        { first: old + 1, last: between, digest: /^[0-9a-f]{64}$/, removed: true },
      ])
      const all = (await readdir(home)).filter((file) => file.endsWith('.gz'))
      const lines = (await Promise.all(all.map((file) => linesOf(join(home, file))))).flat()
      t.same(
        lines.map(({ sequence }) => sequence),
        numbers(1, between),
        'each event in one file',
      )
      t.equal((await kept())[0], between + 1)
    })
})

t.test('where the file cannot be written, nothing leaves', async (t) => {
  const { sweep, folder, kept, clinic, old, said, home } = await started(t)
  const before = await kept()
  const blocked = join(folder, 'file')
  await writeFile(blocked, '')
  await t.rejects(sweep({ days, archive: blocked }), /failed for \d networks/)
  t.same(await kept(), before)
  t.equal((await clinic.get('/v1/events?after=0')).status, 200)
  t.match(JSON.stringify(said), /events\.archive.*ENOTDIR|ENOTDIR.*events\.archive|EEXIST/)
  await sweep()
  t.equal((await readdir(home)).length, 2, 'and as soon as it can, it does')
  t.equal((await kept())[0], old + 1)
})

t.test('what is not there as it was numbered keeps the rest from leaving', async (t) => {
  const { sweep, stored, kept, archives } = await started(t)
  await stored('delete from events where sequence = 2')
  await t.rejects(sweep(), /failed for \d networks/)
  t.equal((await kept())[0], 1)
  t.match(await archives(), [{ removed: false, digest: null }])
})

t.test('events stay where nothing is said, and leave without a copy only where that is said', async (t) => {
  const { service, time, archives, kept, old, folder } = await started(t)
  const quiet = () => {}
  const deps = { service, time, log: { debug: quiet, info: quiet, warn: quiet, error: quiet } }
  t.ok(jobs.includes(archiveEvents))
  await runSweep(archiveEvents, deps)
  t.equal((await kept())[0], 1)
  await runSweep(archiveEvents, { ...deps, retention: { days: 41, archive: undefined } })
  t.equal((await kept())[0], 1, 'a day before their time')
  await runSweep(archiveEvents, { ...deps, retention: { days, archive: undefined } })
  t.equal((await kept())[0], old + 1)
  t.same(await archives(), [{ first: 1, last: old, digest: null, removed: true }])
  t.same(await readdir(folder), [])
})

t.test('two processes at it let each range go once', async (t) => {
  const { sweep, archives, old, kept, home } = await started(t)
  await Promise.all([sweep(), sweep(), sweep()])
  t.match(await archives(), [{ first: 1, last: old, removed: true }])
  t.equal((await archives()).length, 1)
  t.equal((await kept())[0], old + 1)
  t.equal((await readdir(home)).length, 2)
})

t.test('the audit chain holds when events have left', async (t) => {
  const { sweep, clinic, service, time, old, kept } = await started(t)
  const sealer = jobs.find(({ name }) => name === 'audit.seal')
  const quiet = () => {}
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
  if (sealer?.kind === 'sweep') await runSweep(sealer, { service, time, log })
  await sweep()
  t.equal((await kept())[0], old + 1)
  t.match((await clinic.get('/v1/audit-events/verify')).body, { valid: true, firstBroken: null })
})

t.test('a request takes nothing out of the log, and the service nothing that has no number', async (t) => {
  const { service, world, time, system, refer, stored } = await started(t)
  await refer()
  const caller = { ...world.clinic, scopes: new Set(world.clinic.scopes) }
  const request = openContext(service, caller, { requestId: 'test', now: time.now() })
  const deleting = request.transaction(({ db }) => db.execute(sql`delete from events`), { action: 'test' })
  await t.rejects(deleting, { cause: { code: '42501' } })
  await system().transaction(({ db }) => db.execute(sql`delete from events`), { action: 'test' })
  const left = await stored<{ sequence: null }>('select sequence from events')
  t.ok(left.length > 0)
  t.ok(left.every(({ sequence }) => sequence === null))
})

t.test('an event waits until it stands in the queues of those who are told of it', async (t) => {
  const { sweep, stored, kept, old } = await started(t)
  t.ok(old > 3)
  await stored('update webhook_fan_outs set through = 3')
  await sweep()
  t.equal((await kept())[0], 4)
  await stored('update webhook_fan_outs set through = 1000000')
  await sweep()
  t.equal((await kept())[0], old + 1)
})
