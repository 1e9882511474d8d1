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
 * Measured: branching makes 2 to 6 pivots in a millisecond of its own. With more than this the clock would stop hard rounds,
 * each time elsewhere; with much less they would end early for nothing.
 */
const pivotsPerMs = 1

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

/** A share, so that one hard part leaves something to the others. What it does not use they have. */
export function withShare<T>(effort: Effort, pivotsMax: number, use: () => T): T {
  const others = Math.max(0, effort.pivotsLeft - pivotsMax)
  effort.pivotsLeft -= others
  const result = use()
  effort.pivotsLeft += others
  return result
}
