import type { StoppedBy } from './problem.ts'

/**
 * How long the solver may go on. Effort is counted in simplex pivots, which are the same on every machine, so an answer
 * that it cuts short is still the same answer everywhere. The clock is the last guard, for a machine that is far slower
 * than the one this was measured on.
 */
export interface Effort {
  readonly deadlineMs: number
  pivotsLeft: number
  stoppedBy: StoppedBy
}

/**
 * Measured: branching makes 1 to 4 pivots in a millisecond. More than this and the clock would stop the hard rounds, each
 * time elsewhere; much less and they would end early for nothing.
 */
const pivotsPerMs = 0.5

export function startEffort(timeBudgetMs: number): Effort {
  return {
    deadlineMs: performance.now() + timeBudgetMs,
    pivotsLeft: Math.ceil(timeBudgetMs * pivotsPerMs),
    stoppedBy: 'optimal',
  }
}

export function secondsLeft({ deadlineMs }: Effort): number {
  return Math.max(0, deadlineMs - performance.now()) / 1000
}

/** Once the clock has stopped anything, the answer as a whole depends on the machine. */
export function stop(effort: Effort, by: Exclude<StoppedBy, 'optimal'>): void {
  if (effort.stoppedBy !== 'time_limit') effort.stoppedBy = by
}
