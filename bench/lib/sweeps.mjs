import { loadavg } from 'node:os'
import pg from 'pg'
import { connect, createKeyring, masterKeyOf, sweeps } from './service.mjs'

/** Which column says when the time of a row has come, among which rows, by what a row is known, and which rows are new. */
const sources = {
  'engagement.move': { table: 'engagement_states', key: 'referral_id', column: 'due_at', where: 'true', isNew: 'false' },
  'clocks.climb': { table: 'clocks', key: 'id', column: 'next_step_at', where: 'stopped_at is null', isNew: 'started_at >= $2' },
  'offers.expire': { table: 'offers', key: 'id', column: 'expires_at', where: `status = 'pending'`, isNew: 'created_at >= $2' },
  'mentors.eligibility': { table: 'mentors', key: 'id', column: 'eligible_until', where: `status = 'active' and remediation_clock_id is null`, isNew: 'false' },
}
const sizes = [0, 100, 10_000]

/**
 * The service's own sweeps, run by hand at a moment at which so many rows are due: nothing is touched up for them, time is
 * moved. What they wrote is told by the transaction that wrote each row, and how they found it by the plan of their first
 * statement. Statements grow with the batches of a sweep that is set-based, and with the rows of one that is not.
 */
export async function measureSweeps({ data, owner, databaseUrl, say }, report) {
  const spied = spyOn(connect({ connection: { connectionString: databaseUrl }, poolSize: 4 }))
  const deps = {
    service: { database: spied.database, keyring: createKeyring(masterKeyOf(data.seed)) },
    networkId: data.networkId,
    signal: new AbortController().signal,
    log: console,
  }
  try {
    // Those that look at everything go first: afterwards time was moved for some of it.
    for (const sweep of [...sweeps].sort((a, b) => Number(a.name in sources) - Number(b.name in sources))) {
      const source = sources[sweep.name]
      if (!source) {
        await measureWhole({ sweep, data, deps, spied, say }, report)
        continue
      }
      const looking = { captured: undefined }
      for (const wanted of sizes) await measureSweep({ sweep, source, wanted, looking, data, owner, deps, spied, say }, report)
    }
  } finally {
    await spied.database.end()
  }
}

/** A sweep that looks at the whole network, whatever time it is. What it finds wrong it says as an error of the log. */
async function measureWhole({ sweep, data, deps, spied, say }, report) {
  const found = []
  const spy = spied.reset()
  const from = performance.now()
  await sweep.run({ ...deps, time: { now: () => data.asOf }, log: { ...console, error: (told) => found.push(...(told.violations ?? [told])) } })
  const ms = performance.now() - from
  const row = {
    sweep: sweep.name, due: 'looks at all', 'due rows written': '', 'other rows written': '',
    'only those due': `found wrong: ${found.length}`, ms: Math.round(ms), 'ms a row': '', statements: spy.statements(),
    'pages of the first look': '', load: loadavg()[0].toFixed(1),
  }
  report.addSweep(row)
  say(`${sweep.name}: ${row.ms} ms, ${found.length} found wrong ${JSON.stringify(found.slice(0, 3))}`)
}

async function measureSweep({ sweep, source, wanted, looking, data, owner, deps, spied, say }, report) {
  const { table, key, column, where, isNew } = source
  const now = await momentWith(owner, source, wanted, data.asOf)
  await owner.query(`drop table if exists pg_temp.due`)
  const { rowCount: due } = await owner.query(`create temp table due as select ${key} as key from ${table} where ${where} and ${column} <= ${pg.escapeLiteral(now.toISOString())}`)
  if (wanted > 0 && due < wanted / 2) return say(`${sweep.name}: only ${due} rows can come due, so ${wanted} are not measured`)
  const planned = looking.captured && (await explained(owner, looking.captured, now))
  const spy = spied.reset()
  const { rows: before } = await owner.query('select pg_current_xact_id()::text::bigint as xid')
  const from = performance.now()
  const failure = await sweep.run({ ...deps, time: { now: () => now } }).then(() => undefined, (error) => error)
  const ms = performance.now() - from
  const statements = spy.statements()
  const { rows: [written] } = await owner.query(
    `select count(*) filter (where ${key} in (select key from due))::int as due,
            count(*) filter (where not (${isNew}) and ${key} not in (select key from due))::int as others
     from ${table} where xmin::text::bigint > $1::bigint % 4294967296 ${isNew.includes('$2') ? '' : 'and $2::timestamptz is not null'}`,
    [before[0].xid, now],
  )
  looking.captured ??= { ...spy.beginning(), now }
  const { plan, buffers } = planned ?? (await explained(owner, looking.captured, now))
  const row = {
    sweep: sweep.name,
    due,
    'due rows written': written.due,
    'other rows written': written.others,
    'only those due': failure ? `failed: ${failure.message}` : written.due === due && written.others === 0 ? 'yes' : 'no',
    ms: ms < 10 ? ms.toFixed(1) : Math.round(ms),
    'ms a row': due > 0 ? (ms / due).toFixed(2) : '',
    statements,
    'pages of the first look': buffers,
    load: loadavg()[0].toFixed(1),
    plan,
  }
  report.addSweep(row)
  say(Object.entries(row).filter(([name]) => name !== 'plan').map(([name, value]) => `${name} ${value}`).join(', '))
}

/** A moment at which so many are due, or as near as it gets; never before the data's own. */
async function momentWith(owner, { table, column, where }, wanted, asOf) {
  const { rows } = await owner.query(`select ${column} as at from ${table} where ${where} and ${column} is not null order by 1 offset $1 limit 1`, [wanted])
  const last = await owner.query(`select max(${column}) as at from ${table} where ${where}`)
  const at = rows[0]?.at ?? last.rows[0].at ?? asOf
  return wanted === 0 || rows[0] ? new Date(at.getTime() - 1) : at
}

/** Counts statements, and remembers how a sweep began: the settings of its transaction, and the statement that looks for rows. */
function spyOn(database) {
  const { pool } = database
  const connectPlain = pool.connect.bind(pool)
  let seen = []
  let statements = 0
  pool.connect = async () => {
    const client = await connectPlain()
    if (!client.spied) {
      client.spied = true
      const queryPlain = client.query.bind(client)
      client.query = (query, values, ...rest) => {
        const text = typeof query === 'string' ? query : query.text
        statements += 1
        if (seen.length < 2) seen.push({ text, values: (typeof query === 'string' ? values : query.values) ?? values ?? [] })
        return queryPlain(query, values, ...rest)
      }
    }
    return client
  }
  return {
    database,
    reset() {
      seen = []
      statements = 0
      const mine = seen
      return { statements: () => statements, beginning: () => ({ settings: mine[0].text, look: mine[1] }) }
    },
  }
}

/** The plan of a captured look at another moment than the one at which it was captured; what it locks is let go again. */
async function explained(owner, { settings, look, now: then }, now) {
  const values = look.values.map((value) => (Date.parse(value) === then.getTime() ? now : value))
  await owner.query(settings)
  try {
    const { rows } = await owner.query(`explain (analyze, buffers, timing off, summary off) ${look.text}`, values)
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    const [, hit = '0', read = '0'] = plan.match(/Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/) ?? []
    return { plan, buffers: Number(hit) + Number(read) }
  } finally {
    await owner.query('rollback')
  }
}
