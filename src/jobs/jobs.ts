import { asSystem, openSystemContext } from '../db/access.ts'
import { deleteExpiredAnswers } from '../db/idempotency.ts'
import { deliveryLogDaysDefault, forgetSome } from '../domains/webhooks/retention.ts'
import { archiveEvents } from './archive.ts'
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

/** The log of deliveries is for finding out what went wrong; what happened stands in the log of events. */
const forgetDeliveries = defineSweep({
  name: 'webhooks.forget',
  everySeconds: 600,
  run: async ({ service, networkId, time, signal }) => {
    const context = () =>
      openSystemContext(service, networkId, { requestId: 'sweep:webhooks.forget', now: time.now() })
    const days = service.deliveryLogDays ?? deliveryLogDaysDefault
    const deleteSome = () =>
      context().transaction((ctx) => forgetSome(ctx, days), { action: 'webhooks.forget' })
    while (!signal.aborted && (await deleteSome()) > 0);
  },
})

/** All background work of the service. Adding some adds a line here and a queue in a migration. */
export const jobs: readonly (Job | Sweep)[] = [
  forgetAnswers,
  forgetDeliveries,
  archiveEvents,
  ...sweeps,
  matchingRun,
]
