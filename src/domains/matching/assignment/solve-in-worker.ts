import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Assignment, AssignmentProblem, Progress } from './problem.ts'
import type { FromWorker, ToWorker } from './worker.ts'

/** The compiled service runs `.js`, the tests run the sources; `tsc` rewrites imports but no URLs. */
const entry = new URL(import.meta.filename.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/** HiGHS looks at its clock between steps. When it has not come back this long after the budget, it never will. */
const graceMs = 15_000
/**
 * Without it a list far too large would take the whole service with it; so it takes the thread. 5,000 people with 20
 * candidates each need a twentieth. HiGHS keeps its own memory beside this, some 100 MB for such a list.
 */
const resourceLimits = { maxOldGenerationSizeMb: 1_024 }
const sliceSize = 50

interface Options {
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/**
 * The event loop of the caller stays free: the work is done in a thread of its own, which ends with it. When it does not
 * come back in time the answer is the greedy one, with a bound that needs no solver, and says so by `stoppedBy`. Rejects
 * with the signal's reason, or when the thread fails.
 */
export async function solveInWorker(problem: AssignmentProblem, options: Options = {}): Promise<Assignment> {
  options.signal?.throwIfAborted()
  const worker = new Worker(entry, { resourceLimits })
  try {
    const answer = answerOf(worker, problem.timeBudgetMs + graceMs, options)
    const [assignment] = await Promise.all([answer, hand(worker, problem, options)])
    return assignment
  } finally {
    await worker.terminate()
  }
}

async function hand(
  worker: Worker,
  problem: AssignmentProblem,
  { signal, onProgress }: Options,
): Promise<void> {
  const { waiting, ...rest } = problem
  const post = (message: ToWorker) => worker.postMessage(message)
  for (let from = 0; from < waiting.length && !signal?.aborted; from += sliceSize) {
    onProgress?.({ phase: 'reading', done: from, total: waiting.length })
    post({ kind: 'slice', waiting: waiting.slice(from, from + sliceSize) })
    await setImmediate()
  }
  post({ kind: 'start', problem: rest })
}

function answerOf(worker: Worker, limitMs: number, { onProgress, signal }: Options): Promise<Assignment> {
  let fallback: Assignment | null = null
  let timer: NodeJS.Timeout | undefined
  const stop = new AbortController()
  return new Promise<Assignment>((resolve, reject) => {
    timer = setTimeout(() => {
      if (fallback) resolve(fallback)
      else reject(new Error(`The assignment did not begin within ${limitMs} ms`))
    }, limitMs)
    signal?.addEventListener('abort', () => reject(signal.reason), { signal: stop.signal })
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'progress') onProgress?.(message.progress)
      else if (message.kind === 'fallback') fallback = message.assignment
      else resolve(message.assignment)
    })
    worker.on('error', (cause) => reject(failure(cause)))
    worker.on('exit', (code) => reject(new Error(`The assignment's thread ended early with code ${code}`)))
  }).finally(() => {
    clearTimeout(timer)
    stop.abort()
  })
}

/** A refused problem is the caller's and is passed on as it is. */
function failure(cause: unknown): unknown {
  if (cause instanceof RangeError) return cause
  const ranOut = cause instanceof Error && 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
  return new Error(`The assignment's thread ${ranOut ? 'ran out of memory' : 'failed'}`, { cause })
}
