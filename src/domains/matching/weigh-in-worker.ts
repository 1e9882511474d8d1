import { once } from 'node:events'
import { setImmediate as breathe } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Seeker } from './facts.ts'
import type { WeighedCandidate } from './weigh.ts'
import type { FromWeigher, Setting, ToWeigher } from './weigh-worker.ts'

/** The compiled service runs `.js`, the tests run the sources; `tsc` rewrites imports but no URLs. */
const entry = new URL(
  import.meta.filename.endsWith('.ts') ? './weigh-worker.ts' : './weigh-worker.js',
  import.meta.url,
)

/** Copying thousands at once would hold up the sender for tens of milliseconds. */
const sliceSize = 200

export interface Weigher {
  /** The best candidates of each person, in the order of the people. */
  readonly weigh: (seekers: readonly Seeker[]) => Promise<FromWeigher>
  readonly close: () => Promise<unknown>
}

/**
 * Weighs every mentor for each of many people in a thread of its own: millions of pairs, during which the service goes on
 * answering. The signal ends it.
 */
export async function openWeigher(
  { mentors, weighing, most }: Setting,
  signal: AbortSignal,
): Promise<Weigher> {
  signal.throwIfAborted()
  const worker = new Worker(entry, { resourceLimits: { maxOldGenerationSizeMb: 512 } })
  const post = (message: ToWeigher) => worker.postMessage(message)
  for (let from = 0; from < mentors.length; from += sliceSize) {
    post({ kind: 'mentors', mentors: mentors.slice(from, from + sliceSize) })
    await breathe()
  }
  post({ kind: 'start', weighing, most })
  const answerTo = async (seekers: readonly Seeker[]) => {
    post({ kind: 'people', seekers })
    const [answer] = (await once(worker, 'message', { signal })) as [FromWeigher]
    return answer
  }
  return {
    weigh: async (seekers) => {
      const candidates: (readonly WeighedCandidate[])[] = []
      for (let from = 0; from < seekers.length; from += sliceSize)
        candidates.push(...(await answerTo(seekers.slice(from, from + sliceSize))))
      return candidates
    },
    close: () => worker.terminate(),
  }
}
