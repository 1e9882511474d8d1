import t, { type Test } from 'tap'
import { jobs } from '../../../src/jobs/jobs.ts'
import { runSweep } from '../../../src/jobs/run.ts'
import { sampleReferral } from '../../support/samples.ts'
import { startService } from '../../support/service.ts'

const sealing = jobs.find((job) => job.name === 'audit.seal')

/** A network whose clinic and operator have read each other’s rows, sealed. */
async function sealed(t: Test) {
  const started = await startService(t)
  const { as, createWorld, service, time, stored } = started
  const world = await createWorld()
  const [clinic, operator] = [await as(world.clinic), await as(world.operator)]
  const told: unknown[] = []
  const log = {
    debug: () => {},
    info: (said: unknown) => void told.push(said),
    warn: () => {},
    error: (said: unknown) => void told.push(said),
  }
  const seal = async () => {
    if (sealing?.kind !== 'sweep') throw new Error('There is no sealer')
    await runSweep(sealing, { service, time, log })
  }
  const read = async () => {
    const referral = (await clinic.post('/v1/referrals', sampleReferral(world.programId))).body
    await operator.get(`/v1/referrals/${referral.id}`)
    await operator.get(`/v1/patients/${referral.patientId}`)
    return referral
  }
  await read()
  await read()
  await seal()
  const verify = async (query = '') => (await clinic.get(`/v1/audit-events/verify${query}`)).body
  /** As somebody would who owns the database: the triggers taken away, the deed done, the triggers put back. */
  const tamper = (sql: string) =>
    stored(`set session_replication_role = replica; ${sql}; set session_replication_role = origin`)
  return { ...started, world, clinic, operator, told, seal, read, verify, tamper }
}

t.test('what is written is put into the chain in order and without a gap', async (t) => {
  const { verify, stored, seal, world } = await sealed(t)
  const links = await stored<{ position: string; source: string }>(
    `select * from audit_links where network_id = '${world.networkId}' order by position`,
  )
  t.same(
    links.map(({ position }) => Number(position)),
    links.map((_, index) => index + 1),
  )
  t.ok(
    links.some(({ source }) => source === 'disclosures') &&
      links.some(({ source }) => source === 'audit_events'),
  )
  t.match(await verify(), {
    valid: true,
    checked: links.length,
    firstBroken: null,
    nextFrom: null,
    waiting: 0,
    head: { position: links.length },
  })
  t.match(await verify(), { valid: true, checked: links.length, waiting: 1 }, 'the looking waits its turn')
  t.match(await verify('?from=3'), { valid: true, checked: links.length - 2 })
  await Promise.all([seal(), seal(), seal()])
  const after = await verify()
  t.match(after, { valid: true, waiting: 0, firstBroken: null })
  t.equal(after.head.position, links.length + 3)
})

const aRow = `(select row_id from audit_links where position = 3)`
const deeds: readonly { what: string; sql: string; broken: object }[] = [
  {
    what: 'a row was changed',
    sql: `update audit_events set acting_user = 'somebody else' where id = ${aRow};
          update disclosures set purpose = 'payment' where id = ${aRow}`,
    broken: { position: 3, reason: 'hash_differs' },
  },
  {
    what: 'a row was taken away',
    sql: `delete from audit_events where id = ${aRow}; delete from disclosures where id = ${aRow}`,
    broken: { position: 3, reason: 'row_missing' },
  },
  {
    what: 'a row and its link were taken away',
    sql: `delete from audit_events where id = ${aRow}; delete from disclosures where id = ${aRow};
          delete from audit_links where position = 3`,
    broken: { position: 3, reason: 'link_missing' },
  },
  {
    what: 'two rows changed places',
    sql: `update audit_links set position = 1000 where position = 3;
          update audit_links set position = 3 where position = 4;
          update audit_links set position = 4 where position = 1000`,
    broken: { position: 3, reason: 'hash_differs' },
  },
  {
    what: 'a link was changed',
    sql: `update audit_links set hash = sha256('forged') where position = 3`,
    broken: { position: 3, reason: 'hash_differs' },
  },
  {
    what: 'a row was put in behind the chain',
    sql: `insert into audit_events (network_id, id, organization_id, at, action, actor_client_id, request_id)
          select network_id, gen_random_uuid(), organization_id, at, action, actor_client_id, request_id
          from audit_events limit 1`,
    broken: { position: null, reason: 'row_outside_chain' },
  },
  {
    what: 'the end was cut off, rows and links',
    sql: `delete from audit_events where id in (select row_id from audit_links where position > 4);
          delete from disclosures where id in (select row_id from audit_links where position > 4);
          delete from audit_links where position > 4`,
    broken: { position: 5, reason: 'tail_missing' },
  },
]

for (const { what, sql, broken } of deeds)
  t.test(`the chain shows that ${what}`, async (t) => {
    const { verify, tamper } = await sealed(t)
    t.match(await verify(), { valid: true })
    await tamper(sql)
    t.match(await verify(), { valid: false, firstBroken: broken })
  })

t.test(
  'the head goes to the log each hour, and one that was kept shows a chain that was written anew',
  async (t) => {
    const { verify, told, seal, read, time, tamper, world } = await sealed(t)
    t.match(told, [{ networkId: world.networkId, position: Number, hash: /^[0-9a-f]{64}$/ }])
    await read()
    await seal()
    t.equal(told.length, 1, 'not before the hour is over')
    time.forward({ hours: 1 })
    await seal()
    t.equal(told.length, 2)
    const { head } = await verify()
    t.match(await verify(`?head=${head.position}:${head.hash}`), { valid: true })
    // Whoever owns the database writes everything anew, anchors too.
    await tamper(`delete from chain_heads; delete from audit_events where id in (select row_id from audit_links where position > 4);
    delete from disclosures where id in (select row_id from audit_links where position > 4);
    delete from audit_links where position > 4; delete from audit_unsealed`)
    t.match(await verify(`?head=${head.position}:${head.hash}`), {
      valid: false,
      firstBroken: { reason: 'tail_missing' },
    })
  },
)

t.test('nobody changes what is written, not even the owner by the way', async (t) => {
  const { stored } = await sealed(t)
  for (const statement of [
    `update audit_events set code = null`,
    `delete from audit_events`,
    `update disclosures set purpose = 'payment'`,
    `delete from disclosures`,
    `update audit_links set hash = sha256('forged')`,
    `delete from audit_links`,
    `delete from chain_heads`,
    `truncate audit_events`,
  ])
    await t.rejects(stored(statement), /is append-only/, statement)
})

t.test('one network’s chain knows nothing of another’s', async (t) => {
  const { as, createWorld, seal, verify } = await sealed(t)
  const elsewhere = await createWorld()
  const other = await as(elsewhere.clinic)
  await other.post('/v1/referrals', sampleReferral(elsewhere.programId))
  await seal()
  const theirs = (await other.get('/v1/audit-events/verify')).body
  t.match(theirs, { valid: true, waiting: 0 })
  t.not((await verify()).head.hash, theirs.head.hash)
})
