import { at, totalOf } from './graph.ts'
import { roomLeft } from './greedy.ts'
import { match } from './matching.ts'
import { near, type Space } from './near.ts'
import { hasOneWeight } from './parts.ts'
import { grain } from './prices.ts'
import { type Row, solveInteger, type Work } from './program.ts'
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

/** A tie between weights is searched for, level by level. With more columns that could take as long as the answer did. */
const columnsMax = 400

/**
 * Of all optimal assignments, the first by the order of the waitlist. Each part of what is near enough has its own greatest
 * total, so each can be settled alone; where only one weight is left, that has been done.
 */
export function settleBetweenWeights(work: Work, space: Space, chosen: readonly number[]): Settled {
  const { graph, prices } = space
  const { parts, programOf } = near(space, prices.bound - grain * totalOf(graph, chosen))
  const isChosen = new Set(chosen)
  const result: number[] = []
  let settled = true
  for (const part of parts) {
    const own = part.filter((column) => isChosen.has(column))
    const isOpen = own.length < part.length && !hasOneWeight(graph, part)
    const after =
      isOpen && part.length <= columnsMax ? firstInLine(work, part, own, programOf(part).rows) : null
    settled &&= after?.settled ?? !isOpen
    result.push(...(after?.chosen ?? own))
  }
  return { chosen: result.sort((a, b) => a - b), settled }
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
    if (costs === others) continue
    current = chosen
    kept.push(atLeast(costs, sumOf(costs, chosen)))
  }
  return { chosen: current.map((position) => at(part, position)), settled }
}

function sumOf(costs: Float64Array, positions: readonly number[]): number {
  return positions.reduce((sum, position) => sum + at(costs, position), 0)
}

function atLeast(costs: Float64Array, lower: number): Row {
  const columns = [...costs.keys()].filter((position) => costs[position] !== 0)
  return { lower, upper: Infinity, columns, coefficients: columns.map((position) => at(costs, position)) }
}
