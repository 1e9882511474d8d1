/** A rehearsal of "Point in time" in docs/guides/deploy.md: the same settings and steps, on clusters of this test's own. */
import { randomBytes } from 'node:crypto'
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { runSweep } from '../../src/jobs/run.ts'
import { sweeps } from '../../src/jobs/sweeps.ts'
import { asPostgres, createCluster, openCluster, serverPrograms } from '../support/cluster.ts'
import { serverUrl } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { sampleReferral } from '../support/samples.ts'
import { type Served, serve } from '../support/served.ts'
import { createWorld } from '../support/world.ts'

const programs = await serverPrograms()

const sealChain = sweeps.find(({ name }) => name === 'audit.seal')
async function seal({ service }: Served) {
  if (!sealChain) throw new Error('No sweep seals the chain')
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  await runSweep(sealChain, { service, time: { now: () => new Date() }, log })
}

async function openArchive(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'alongside-archive-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const { uid, gid } = await asPostgres()
  await mkdir(join(folder, 'wal'))
  if (uid !== undefined && gid !== undefined)
    for (const path of [folder, join(folder, 'wal')]) await chown(path, uid, gid)
  return join(folder, 'wal')
}

t.test(
  'after a disaster the database is as it was at a moment that somebody names',
  {
    // It brings its own servers, and is for those who test on one.
    skip: serverUrl
      ? programs === undefined && 'no PostgreSQL server is installed here to restore to'
      : 'the embedded engine keeps no log to restore from',
  },
  async (t) => {
    const bin = programs ?? ''
    const archive = await openArchive(t)
    const primary = await createCluster(bin)
    t.teardown(primary.remove)
    await primary.start({
      archive_mode: 'on',
      archive_command: `test ! -f ${archive}/%f && cp %p ${archive}/%f`,
    })
    const env = { DATABASE_POOL_SIZE: '4', MASTER_KEY: randomBytes(32).toString('base64') }
    const before = await serve(t, { ...env, DATABASE_URL: primary.url() })
    const world = await createWorld(before.service, new Date())
    const clinic = await before.as(world.clinic)
    const refer = async (key: string) =>
      (await clinic.post('/v1/referrals', sampleReferral(world.programId), { 'idempotency-key': key })).body
        .id
    const owner = new pg.Client({ connectionString: primary.url() })
    await owner.connect()

    const beforeBackup = await refer('before-the-backup')
    // The base: once a day, say. What follows is in the archive.
    const restored = await openCluster(bin)
    t.teardown(restored.remove)
    await restored.program(
      'pg_basebackup',
      '-d',
      primary.url(),
      '-D',
      restored.folder,
      '-X',
      'none',
      '-c',
      'fast',
    )
    const afterBackup = await refer('after-the-backup')
    await seal(before)
    const { rows } = await owner.query<{ at: string }>('select clock_timestamp()::text as at')
    const moment = rows[0]?.at ?? ''

    // The disaster: by somebody who owns the tables, and it is committed.
    await owner.query('truncate referrals cascade')
    const afterDisaster = await refer('after-the-disaster')
    t.ok(afterDisaster)
    const { rows: switched } = await owner.query<{ file: string }>(
      'select pg_walfile_name(pg_switch_wal()) as file',
    )
    await eventually('the last of the log is archived', async () => {
      const { rows: stat } = await owner.query<{ last: string | null }>(
        'select last_archived_wal as last from pg_stat_archiver',
      )
      return (stat[0]?.last ?? '') >= (switched[0]?.file ?? '')
    })
    await owner.end()
    await primary.stop('immediate')

    await writeFile(join(restored.folder, 'recovery.signal'), '')
    await restored.start({
      archive_mode: 'off',
      restore_command: `cp ${archive}/%f %p`,
      recovery_target_time: moment,
      recovery_target_action: 'promote',
    })
    const ask = async <Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> => {
      const client = new pg.Client({ connectionString: restored.url() })
      await client.connect()
      try {
        return (await client.query(sql, parameters)).rows
      } finally {
        await client.end()
      }
    }
    await eventually('it takes writes', async () => {
      const [state] = await ask<{ recovering: boolean }>('select pg_is_in_recovery() as recovering')
      return state?.recovering === false
    })

    const after = await serve(t, { ...env, DATABASE_URL: restored.url() })
    const [again, office] = [await after.as(world.clinic), await after.as(world.admin)]
    for (const id of [beforeBackup, afterBackup]) {
      const { status, body } = await again.get(`/v1/referrals/${id}`)
      t.equal(status, 200)
      // Opened under the person's own key, which came back with the database and is wrapped under the master key.
      const { body: patient } = await again.get(`/v1/patients/${body.patientId}`)
      t.equal(patient.name, 'Sample Patient')
    }
    t.equal((await again.get(`/v1/referrals/${afterDisaster}`)).status, 404, 'what came later is gone')
    const repeated = await again.post('/v1/referrals', sampleReferral(world.programId), {
      'idempotency-key': 'after-the-disaster',
    })
    t.equal(repeated.status, 201, 'and is made anew by whoever sends it again with its key')
    t.notOk(repeated.headers['idempotency-replayed'])
    await seal(after)
    const verified = await office.get('/v1/audit-events/verify')
    t.equal(verified.status, 200)
    t.equal(verified.body.valid, true, 'the chain of the audit trail is whole, and goes on')
  },
)
