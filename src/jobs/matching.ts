import { z } from 'zod'
import { Id } from '../core/id.ts'
import { openSystemContext } from '../db/access.ts'
import { carryOut, giveUp, type InTransaction } from '../domains/runs/run.ts'
import { faultOf } from './fault.ts'
import { defineJob } from './job.ts'

/** One at a time in a process: a run keeps a core busy. It is not retried by the queue but for a process that died. */
export const matchingRun = defineJob({
  name: 'matching.run',
  concurrency: 1,
  expireSeconds: 600,
  retryLimit: 2,
  input: z.strictObject({ runId: Id }),
  run: async ({ service, networkId, time, signal, log }, { runId }) => {
    const context = () =>
      openSystemContext(service, networkId, { requestId: `run:${runId}`, now: time.now() })
    const open: InTransaction = (work) => context().transaction(work, { action: 'matching.run' })
    try {
      await carryOut(open, runId, signal)
    } catch (error) {
      // The process has to go: another one takes the run up again.
      if (signal.aborted) throw error
      log.error({ job: 'matching.run', networkId, runId, fault: faultOf(error) }, 'a matching run failed')
      await giveUp(context(), runId, 'internal_error')
    }
  },
})
