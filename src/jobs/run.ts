import { z } from 'zod'
import { working } from '../core/watched.ts'
import { faultOf } from './fault.ts'
import type { Job, JobDeps, Sweep } from './job.ts'
import { networkIds } from './networks.ts'

/** What enqueue_job puts around the input (migrations/0009_jobs.sql). */
const Envelope = z.object({ networkId: z.guid(), input: z.unknown() })

const never = new AbortController().signal

export async function runJob(job: Job, deps: JobDeps, data: unknown, signal = never): Promise<void> {
  const { networkId, input } = Envelope.parse(data)
  await working.tracePromise(() => job.run({ ...deps, networkId, signal }, input), { job: job.name })
}

/** Once for each network. One that fails is logged and does not keep the sweep from the others. */
export async function runSweep(sweep: Sweep, deps: JobDeps, signal = never): Promise<void> {
  const failed: unknown[] = []
  for (const networkId of await networkIds(deps.service)) {
    if (signal.aborted) return
    await sweep.run({ ...deps, networkId, signal }).catch((error: unknown) => {
      deps.log.error({ job: sweep.name, networkId, fault: faultOf(error) }, 'sweep failed for a network')
      failed.push(error)
    })
  }
  if (failed.length > 0)
    throw new Error(`The sweep failed for ${failed.length} networks`, { cause: failed[0] })
}
