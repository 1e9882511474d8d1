import { withShare } from './effort.ts'
import { at, totalOf } from './graph.ts'
import { roomLeft } from './greedy.ts'
import { match } from './matching.ts'
import { near, type Space } from './near.ts'
import { hasOneWeight } from './parts.ts'
import { grain } from './prices.ts'
import { atLeast, type Row, solveInteger, type Work } from './program.ts'
import { byPlaceInDigits, loadAndIds } from './ties.ts'

interface Settled {
  readonly chosen: readonly number[]
  readonly settled: boolean
}

/**
 * The room that the people of one weight have now, and what is free beside it, is theirs to share anew: a matching, settled
 * to the last tie. Where the search was cut short this also raises the total, and it never lowers it.
 */
export function settleWithinWeights(
  work: Work,
  columns: readonly number[],
  chosen: readonly number[],
): Settled {
  const { graph } = work
  const weightOf = (column: number) => at(graph.weight, at(graph.person, column))
  let current = chosen
  let settled = true
  for (const weight of [...new Set(columns.map(weightOf))].sort((a, b) => b - a)) {
    const own = current.filter((column) => weightOf(column) === weight)
    const left = roomLeft(graph, current)
    const places = left.halfPoints.map((room, mentor) =>
      Math.max(0, Math.min(Math.floor(room / weight), graph.pairsMax - at(left.pairs, mentor))),
    )
    for (const column of own) places[at(graph.mentor, column)] = at(places, at(graph.mentor, column)) + 1
    const same = columns.filter((column) => weightOf(column) === weight)
    const matching = match(work, same, places)
    settled &&= matching?.settled ?? false
    const others = current.filter((column) => weightOf(column) !== weight)
    current = [...others, ...(matching?.chosen ?? own)].sort((a, b) => a - b)
  }
  return { chosen: current, settled }
}

/** Whether there is a tie between weights at all can be asked of nearly any part: mostly there is none. */
const askedMax = 6_000
/** To settle one takes a search for each level. With more columns that could take longer than the answer did. */
const settledMax = 400
const pivotsMax = 10_000

/**
 * Of all optimal assignments, the first by the order of the waitlist. Each part of what is near enough has its own greatest
 * total, so each can be settled alone; where only one weight is left, that has been done.
 */
export function settleBetweenWeights(work: Work, space: Space, chosen: readonly number[]): Settled {
  return withShare(work.effort, pivotsMax, () => settleParts(work, space, chosen))
}

function settleParts(work: Work, space: Space, chosen: readonly number[]): Settled {
  const { graph, prices } = space
  const { parts, programOf } = near(space, prices.bound - grain * totalOf(graph, chosen))
  const isChosen = new Set(chosen)
  const settled = parts.map((part): Settled => {
    const own = part.filter((column) => isChosen.has(column))
    if (own.length === part.length || hasOneWeight(graph, part)) return { chosen: own, settled: true }
    if (part.length > askedMax) return { chosen: own, settled: false }
    return firstInLine(work, part, own, programOf(part).rows)
  })
  return {
    chosen: settled.flatMap(({ chosen }) => chosen).sort((a, b) => a - b),
    settled: settled.every((one) => one.settled),
  }
}

function firstInLine(
  work: Work,
  part: readonly number[],
  own: readonly number[],
  rows: readonly Row[],
): Settled {
  const { graph } = work
  const scores = Float64Array.from(part, (column) => at(graph.score, column))
  const total = totalOf(graph, own)
  const kept = [...rows, atLeast(scores, total)]
  const isOwn = new Set(own)
  let current = [...part.keys()].filter((position) => isOwn.has(at(part, position)))
  // Mostly there is no other answer, and one question shows it.
  const others = Float64Array.from(part, (column) => (isOwn.has(column) ? 0 : 1))
  const levels = [...byPlaceInDigits(graph, part), ...loadAndIds.map((level) => level(graph, part))]
  let settled = true
  for (const costs of [others, ...levels]) {
    const { outcome, chosen } = solveInteger(work, { costs, rows: kept }, current)
    settled = outcome === 'optimal' && chosen !== null && sumOf(scores, chosen) === total
    if (!settled || !chosen) break
    if (costs === others && sumOf(others, chosen) === 0) break
    if (part.length > settledMax) return { chosen: own, settled: false }
    if (costs === others) continue
    current = chosen
    kept.push(atLeast(costs, sumOf(costs, chosen)))
  }
  return { chosen: current.map((position) => at(part, position)), settled }
}

function sumOf(costs: Float64Array, positions: readonly number[]): number {
  return positions.reduce((sum, position) => sum + at(costs, position), 0)
}
