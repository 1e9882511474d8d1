import { asSystem } from '../db/access.ts'
import { deleteExpiredAnswers } from '../db/idempotency.ts'
import { defineSweep, type Job, type Sweep } from './job.ts'
import { matchingRun } from './matching.ts'
import { sweeps } from './sweeps.ts'

const forgetAnswers = defineSweep({
  name: 'idempotency.forget',
  everySeconds: 600,
  run: async ({ service, networkId, time, signal }) => {
    const deleteSome = () =>
      asSystem(service.database, networkId, ({ db }) => deleteExpiredAnswers(db, networkId, time.now()))
    while (!signal.aborted && (await deleteSome()) > 0);
  },
})

/** All background work of the service. Adding some adds a line here and a queue in a migration. */
export const jobs: readonly (Job | Sweep)[] = [forgetAnswers, ...sweeps, matchingRun]
