import pg from 'pg'
import t from 'tap'
import { serverUrl } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { graphOf } from '../support/graphql.ts'
import { startService } from '../support/service.ts'

// Were each field read as of its own instant, a screen could show a person as accompanied by a mentor who has just left.
t.test(
  'a change that commits between two fields of a query is in both of them, or in none',
  { skip: !serverUrl && 'the embedded engine serves one transaction at a time: each field has its own' },
  async (t) => {
    const { as, createWorld, owner } = await startService(t)
    const world = await createWorld()
    const { organizationId } = world.operator
    const ask = graphOf(await as(world.operator))
    const changer = new pg.Client(owner)
    await changer.connect()
    t.teardown(() => changer.end())
    await changer.query(`update organizations set name = 'before' where id = '${organizationId}'`)
    await changer.query(`update programs set name = 'before' where id = '${world.programId}'`)

    // The second field waits here, when the first has been read.
    await changer.query('begin; lock table programs in access exclusive mode')
    const asked = ask(
      'query ($organization: ID!, $program: ID!) { organization(id: $organization) { name } program(id: $program) { name } }',
      { organization: organizationId, program: world.programId },
    )
    await eventually('the second field waits', async () => {
      const { rows } = await changer.query(
        `select from pg_locks where relation = 'programs'::regclass and not granted`,
      )
      return rows.length > 0
    })
    await changer.query(`update organizations set name = 'after' where id = '${organizationId}'`)
    await changer.query(`update programs set name = 'after' where id = '${world.programId}'; commit`)
    const { data, errors } = await asked
    t.same(errors, undefined)
    t.same(data, { organization: { name: 'before' }, program: { name: 'before' } })
  },
)
