import { readFile } from 'node:fs/promises'
import t from 'tap'
import { archiveEvents } from '../../src/jobs/archive.ts'
import { runSweep } from '../../src/jobs/run.ts'
import { sampleReferral } from '../support/samples.ts'
import { startService } from '../support/service.ts'

const script = new URL('../../docs/guides/partition-events.sql', import.meta.url)

t.test('the log can be partitioned by month under a service that goes on', async (t) => {
  const { as, createWorld, settle, stored, time, service } = await startService(t)
  const world = await createWorld()
  const [clinic, operator, stranger] = await Promise.all(
    [world.clinic, world.operator, world.otherClinic].map((member) => as(member)),
  )
  if (!clinic || !operator || !stranger) throw new Error('A world has three members')
  const refer = async (): Promise<string> =>
    (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body.id
  const feed = async (api = clinic) => (await api.get('/v1/events?after=0&limit=100')).body
  await refer()
  time.forward({ days: 40 })
  await refer()
  await settle()
  // Written, and not numbered yet when the table is replaced.
  const late = await refer()
  const before = { clinic: await feed(), operator: await feed(operator), stranger: await feed(stranger) }
  const policies = 'select policyname, permissive, roles, cmd, qual, with_check from pg_policies'
  const walls = () => stored(`${policies} where tablename = 'events' order by policyname`)
  const grants = () =>
    stored(
      `select grantee, privilege_type from information_schema.role_table_grants
       where table_name = 'events' and grantee like 'alongside%' order by 1, 2`,
    )
  const stood = [await walls(), await grants()]

  await stored(`begin; ${await readFile(script, 'utf8')}; commit`)

  t.same([await walls(), await grants()], stood, 'the walls stand as they stood')
  const partitions = await stored<{ name: string; rows: number; forced: boolean }>(`
    select c.relname as name, (select count(*)::int from events e where e.tableoid = c.oid) as rows, c.relforcerowsecurity as forced
    from pg_inherits join pg_class c on c.oid = inhrelid where inhparent = 'events'::regclass and c.relkind = 'r' order by 1`)
  t.ok(partitions.every(({ forced }) => forced))
  t.equal(partitions.find(({ name }) => name === 'events_otherwise')?.rows, 0)
  t.ok(partitions.filter(({ rows }) => rows > 0).length >= 2, 'each in the month in which it happened')
  t.same(await feed(), before.clinic)
  t.same((await feed(operator)).data.length, before.operator.data.length)
  t.same(await feed(stranger), before.stranger)

  await settle()
  const next = await refer()
  await settle()
  const { data } = await feed()
  const referred = data.filter(({ type }: { type: string }) => type === 'referral.requested')
  t.same(
    referred.slice(-2).map(({ subject }: { subject: { id: string } }) => subject.id),
    [late, next],
    'what waited for its number has it, and what happens now follows',
  )
  const [gap] = await stored<{ events: number; last: number }>(
    'select count(*)::int as events, max(sequence)::int as last from events where network_id = $1',
    [world.networkId],
  )
  t.equal(gap?.events, gap?.last, 'without a gap')

  const quiet = () => {}
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
  await runSweep(archiveEvents, { service, time, log, retention: { days: 30, archive: undefined } })
  t.match(await clinic.get('/v1/events?after=0'), { status: 410, body: { code: 'events_no_longer_kept' } })
  const [left] = await stored<{ oldest: Date }>('select min(occurred_at) as oldest from events')
  t.ok(time.now().getTime() - Number(left?.oldest) < 31 * 86_400_000, 'and events leave it as before')
})
