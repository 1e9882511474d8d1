import { blockingPairs, pairAt } from './blocking.ts'
import { startEffort, withShare } from './effort.ts'
import { allColumns, at, fingerprint, type Graph, toGraph, totalOf } from './graph.ts'
import { greedy } from './greedy.ts'
import { match } from './matching.ts'
import { bestOfEach, pack } from './packing.ts'
import { hasOneWeight, parts, undominated } from './parts.ts'
import type { Assignment, AssignmentProblem, Progress, StoppedBy } from './problem.ts'
import { loadSolver, type Solver, type Work } from './program.ts'
import { verify } from './verify.ts'

export interface Listener {
  readonly onProgress?: (progress: Progress) => void
  /** Told once, before anything takes long: what there is if nothing better comes. */
  readonly onFallback?: (assignment: Assignment) => void
}

/** Blocks its thread for up to the time budget. The service asks through `solve-in-worker.ts`. */
export async function solve(problem: AssignmentProblem, listener: Listener = {}): Promise<Assignment> {
  const effort = startEffort(problem.timeBudgetMs)
  const graph = toGraph(problem)
  const solver = await loadSolver()
  listener.onProgress?.({ phase: 'greedy', done: 0, total: 1 })
  const byHand = greedy(graph, allColumns(graph))
  const toAssignment = assignments(problem, graph, { byHand, solver })
  listener.onFallback?.(
    toAssignment({
      chosen: byHand,
      bound: bestOfEach(graph, allColumns(graph)),
      settled: false,
      branched: false,
      stoppedBy: 'time_limit',
    }),
  )
  const solution = solveParts({ solver, graph, effort }, listener)
  listener.onProgress?.({ phase: 'checking', done: 0, total: 1 })
  return toAssignment({ ...solution, stoppedBy: effort.stoppedBy })
}

interface Solution {
  readonly chosen: readonly number[]
  readonly bound: number
  readonly settled: boolean
  readonly branched: boolean
}

function solveParts(work: Work, { onProgress }: Listener): Solution {
  const { graph } = work
  const all = parts(graph, undominated(graph, allColumns(graph)))
  const equal = all.filter((part) => hasOneWeight(graph, part)).flat()
  equal.sort((a, b) => a - b)
  onProgress?.({ phase: 'equal_weights', done: 0, total: equal.length })
  const matching = match(work, equal, placesFor(graph, equal))
  // A matching whose proof failed is searched like the rest.
  const mixed = matching ? all.filter((part) => !hasOneWeight(graph, part)) : all
  const total = mixed.reduce((sum, part) => sum + part.length, 0)
  let done = 0
  // The small ones first: they are sure to be finished, whatever the large ones take.
  const packings = mixed
    .sort((a, b) => a.length - b.length || at(a, 0) - at(b, 0))
    .map((part) => {
      onProgress?.({ phase: 'mixed_weights', done, total })
      const share = (work.effort.pivotsLeft * part.length) / (total - done)
      done += part.length
      return withShare(work.effort, share, () => pack(work, part))
    })
  const matched = matching?.chosen ?? []
  return {
    chosen: [matched, ...packings.map(({ chosen }) => chosen)].flat(),
    bound: packings.reduce((sum, { boundMillionths }) => sum + boundMillionths, totalOf(graph, matched)),
    settled: (matching?.settled ?? true) && packings.every(({ settled }) => settled),
    branched: packings.some(({ branched }) => branched),
  }
}

/** In people of the one weight that each of these mentors is asked for. */
function placesFor(
  { person, mentor, weight, mentors, pairsMax }: Graph,
  columns: readonly number[],
): Int32Array {
  const places = new Int32Array(mentors.length)
  for (const column of columns) {
    const room = mentors[at(mentor, column)]?.freeHalfPoints ?? 0
    places[at(mentor, column)] = Math.min(Math.floor(room / at(weight, at(person, column))), pairsMax)
  }
  return places
}

/** The answer as others read it, checked. */
function assignments(
  problem: AssignmentProblem,
  graph: Graph,
  { byHand, solver }: { byHand: readonly number[]; solver: Solver },
) {
  const inputSha256 = fingerprint(graph, problem)
  const greedyMillionths = totalOf(graph, byHand)
  return ({
    chosen,
    bound,
    settled,
    branched,
    stoppedBy,
  }: Solution & { stoppedBy: StoppedBy }): Assignment => {
    const pairs = chosen.toSorted((a, b) => a - b).map((column) => pairAt(graph, column))
    verify(problem, pairs)
    const assigned = new Set(pairs.map(({ waitingId }) => waitingId))
    const totalMillionths = totalOf(graph, chosen)
    const optimal = totalMillionths === bound
    const blocking = blockingPairs(graph, chosen)
    return {
      pairs,
      unassigned: graph.waiting.map(({ id }) => id).filter((id) => !assigned.has(id)),
      totalMillionths,
      boundMillionths: bound,
      gap: optimal ? 0 : (bound - totalMillionths) / bound,
      optimal,
      stoppedBy: stoppedBy === 'optimal' && !optimal ? 'effort_limit' : stoppedBy,
      method: !optimal && totalMillionths === greedyMillionths ? 'greedy' : branched ? 'integer' : 'linear',
      ties: settled ? 'settled' : 'within_weights',
      greedy: { totalMillionths: greedyMillionths, assigned: byHand.length },
      blockingPairs: blocking.listed,
      blockingPairCount: blocking.count,
      inputSha256,
      solver: { name: 'HiGHS', version: solver.version.string },
    }
  }
}
