import t from 'tap'
import { graphOf } from '../support/graphql.ts'
import { startService } from '../support/service.ts'

/** `clients` reads across organizations, so it never shares the transaction in which the query stands. */
const query = '{ programs(first: 1) { nodes { id } } clients(first: 5) { nodes { id } } }'

t.test('queries that read beside their transaction all answer, however many come at once', async (t) => {
  const { as, createWorld, service } = await startService(t)
  const { admin, programId } = await createWorld()
  const ask = graphOf(await as(admin))
  const twice = (service.database.pool.options.max ?? 10) * 2
  const answers = await Promise.all(Array.from({ length: twice }, () => ask(query)))
  // Were one to wait for a connection while it holds one, all of them would wait for each other.
  for (const { status, errors, data } of answers) {
    t.equal(status, 200)
    t.same(errors, undefined)
    t.equal(data.clients.nodes.length, 5)
    t.ok(programId)
  }
  t.equal(service.database.pool.waitingCount, 0)
})
