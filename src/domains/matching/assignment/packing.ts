import { stop } from './effort.ts'
import { at, type Graph, totalOf } from './graph.ts'
import { greedy } from './greedy.ts'
import { near, type Space } from './near.ts'
import { groupBy } from './parts.ts'
import { grain, pricesOf } from './prices.ts'
import { atLeast, solveInteger, type Work } from './program.ts'
import { relax } from './relaxation.ts'
import { settleBetweenWeights, settleWithinWeights } from './settling.ts'

/**
 * People of several weights: a generalised assignment, which in general can only be searched. The prices of the relaxation
 * say what every column costs against the bound. So it is enough to search among the columns that lose no more than the
 * answer itself does, and these are few: with 40,000 columns some 4,000, of which most are certain.
 *
 * The search begins close to the bound and reaches further until it holds an answer. Then nothing outside can be better.
 */
export interface Packing {
  readonly chosen: readonly number[]
  readonly boundMillionths: number
  readonly settled: boolean
  /** False where the relaxation alone proved the answer. */
  readonly branched: boolean
}

export function pack(work: Work, columns: readonly number[]): Packing {
  const { graph } = work
  const first = greedy(graph, columns)
  const relaxed = relax(work, columns)
  if (!relaxed)
    return { chosen: first, boundMillionths: bestOfEach(graph, columns), settled: false, branched: false }
  const space: Space = { graph, columns, rows: relaxed.rows, prices: pricesOf(graph, columns, relaxed) }
  const guided = greedy(graph, columns, (column) => -(space.prices.loss.get(column) ?? 0))
  const start = totalOf(graph, guided) > totalOf(graph, first) ? guided : first
  const { best, bound, branched } = search(work, space, start)
  const within = settleWithinWeights(work, columns, best)
  const boundMillionths = Math.max(bound, totalOf(graph, within.chosen))
  if (totalOf(graph, within.chosen) < boundMillionths)
    return { chosen: within.chosen, boundMillionths, settled: false, branched }
  const between = settleBetweenWeights(work, space, within.chosen)
  return { chosen: between.chosen, boundMillionths, settled: within.settled && between.settled, branched }
}

/** Without any solver: no one gets more than the best that they could have. */
export function bestOfEach(graph: Graph, columns: readonly number[]): number {
  let sum = 0
  for (const group of groupBy(graph.person, columns).values())
    sum += group.reduce((most, column) => Math.max(most, at(graph.score, column)), 0)
  return sum
}

/** Further at once makes the first program slow; closer makes more programs. */
const firstReach = 4_000 * grain
const reachGrows = 2

/**
 * That the answer has to be within reach is one more row. It spares a small dense part most of its branching; in a large
 * one a row of all columns costs more than it spares.
 */
const leastColumnsMax = 1_000

function search(work: Work, space: Space, first: readonly number[]) {
  const { graph, prices } = space
  let best = first
  let bound = Math.floor(prices.bound / grain)
  let branched = false
  for (let further = firstReach; totalOf(graph, best) < bound; further *= reachGrows) {
    branched = true
    const loss = prices.bound - grain * totalOf(graph, best)
    const reach = Math.min(further, loss)
    const round = searchWithin(work, space, { reach, start: loss <= reach ? best : null })
    if (round.chosen && totalOf(graph, round.chosen) > totalOf(graph, best)) best = round.chosen
    const outside = Math.floor((prices.bound - reach) / grain)
    bound = Math.max(
      totalOf(graph, best),
      Math.min(bound, Math.max(outside, round.finished ? 0 : round.bound)),
    )
    if (round.finished) continue
    stop(work.effort, 'effort_limit')
    break
  }
  return { best, bound, branched }
}

interface Round {
  /** The best within reach, or something as good as greedy where it did not finish; null where there is nothing. */
  readonly chosen: readonly number[] | null
  readonly finished: boolean
  readonly bound: number
}

const nothing: Round = { chosen: null, finished: true, bound: 0 }

function searchWithin(
  work: Work,
  space: Space,
  { reach, start }: { reach: number; start: readonly number[] | null },
): Round {
  const { graph } = space
  const { possible, parts, programOf, boundOf } = near(space, reach)
  if (!possible) return nothing
  const known = start && new Set(start)
  const found: (readonly number[])[] = []
  let finished = true
  let bound = 0
  for (const part of parts) {
    const from = known && [...part.keys()].filter((position) => known.has(at(part, position)))
    const { costs, rows } = programOf(part)
    const least = boundOf(part) - Math.ceil(reach / grain)
    const worthIt = part.length <= leastColumnsMax ? [atLeast(costs, least)] : []
    const answer = solveInteger(work, { costs, rows: [...rows, ...worthIt] }, from)
    if (answer.outcome === 'infeasible') return nothing
    found.push(answer.chosen?.map((position) => at(part, position)) ?? greedy(graph, part))
    finished &&= answer.outcome === 'optimal'
    bound += Math.min(answer.bound, boundOf(part))
  }
  return { chosen: found.flat().sort((a, b) => a - b), finished, bound }
}
