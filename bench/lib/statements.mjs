import { table } from './markdown.mjs'

const shown = 20

/**
 * What PostgreSQL did for each request, by statement: planning beside executing. For one contestant alone, on a server that
 * loads pg_stat_statements; times are those on the clock.
 */
export async function watchStatements(owner) {
  await owner.query('create extension if not exists pg_stat_statements')
  await owner.query(`set pg_stat_statements.track = 'none'`)
  const { rows } = await owner.query(`select current_setting('pg_stat_statements.track_planning') as planning`)
  if (rows[0].planning !== 'on') throw new Error('Set pg_stat_statements.track_planning = on in the server first: planning is half of what is looked for')
  return {
    begin: () => owner.query('select pg_stat_statements_reset()'),
    async told() {
      const { rows } = await owner.query(
        `select query, calls, total_plan_time as planned, total_exec_time as executed, (max(case when query = 'commit' then calls end) over ())::int as requests
         from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database())`,
      )
      const each = ({ requests }, ms) => (ms / requests).toFixed(2)
      const total = (member) => rows.reduce((sum, row) => sum + row[member], 0)
      const listed = rows.toSorted((a, b) => b.planned + b.executed - a.planned - a.executed).slice(0, shown)
      return table(
        ['statement', 'a request', 'planning ms', 'executing ms'],
        [
          ['all', '', each(rows[0], total('planned')), each(rows[0], total('executed'))],
          ...listed.map((row) => [wordsOf(row.query), (Number(row.calls) / row.requests).toFixed(1), each(row, row.planned), each(row, row.executed)]),
        ],
      )
    },
  }
}

/** What it does and to which tables. */
function wordsOf(query) {
  const [verb] = query.trim().split(/\s/)
  const tables = [...query.matchAll(/(?:from|join|into|update)\s+"?([a-z_]+)"?/g)].map(([, name]) => name)
  return tables.length > 0 ? `${verb} ${[...new Set(tables)].join(', ')}` : query.trim().slice(0, 40)
}
