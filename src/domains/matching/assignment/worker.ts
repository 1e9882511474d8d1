import { parentPort } from 'node:worker_threads'
import type { Assignment, AssignmentProblem, Progress, Waiting } from './problem.ts'
import { solve } from './solve.ts'

/** The waitlist arrives in slices, since to copy it at once would hold up the sender for tens of milliseconds. */
export type ToWorker =
  | { readonly kind: 'slice'; readonly waiting: readonly Waiting[] }
  | { readonly kind: 'start'; readonly problem: Omit<AssignmentProblem, 'waiting'> }

export type FromWorker =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'fallback' | 'done'; readonly assignment: Assignment }

const waiting: Waiting[] = []

function tell(message: FromWorker): void {
  parentPort?.postMessage(message)
}

// What is thrown in here ends the thread, and reaches the caller as its error.
parentPort?.on('message', async (message: ToWorker) => {
  if (message.kind === 'slice') {
    waiting.push(...message.waiting)
    return
  }
  const assignment = await solve(
    { ...message.problem, waiting },
    {
      onProgress: (progress) => tell({ kind: 'progress', progress }),
      onFallback: (assignment) => tell({ kind: 'fallback', assignment }),
    },
  )
  tell({ kind: 'done', assignment })
  parentPort?.close()
})
