import { at, type Graph } from './graph.ts'

/**
 * The order of the waitlist, as sums to be made greatest one after the other; each is asked for only among the assignments
 * that are best by all before it, the first among those with the greatest score. So a tie never costs score.
 *
 * First comes who is assigned: the longest wait, then urgency. Then the lower load of the mentors. Ids last: the lower of
 * two people is assigned, the lower of two mentors is taken, and lower goes with lower.
 */
type Level = (graph: Graph, columns: readonly number[]) => Float64Array

export const loadAndIds: readonly Level[] = [
  ({ mentor, mentors }, columns) =>
    Float64Array.from(columns, (column) => -(mentors[at(mentor, column)]?.loadHalfPoints ?? 0)),
  ({ person }, columns) => {
    const people = ranksOf(person, columns)
    return Float64Array.from(columns, (_, position) => columns.length - at(people, position))
  },
  ({ mentor }, columns) => ranksOf(mentor, columns).map((rank) => -rank),
  ({ person, mentor }, columns) => {
    const mentors = ranksOf(mentor, columns)
    return ranksOf(person, columns).map((rank, position) => rank * at(mentors, position))
  },
]

/**
 * One sum is enough where all weights are equal: the sets of people who can be assigned at the greatest score are then an
 * M-natural-convex family, as in a matroid, and any weights in the order of the line find its first member.
 */
export const byPlace: Level = (graph, columns) => {
  const ranks = placeRanks(graph, columns)
  const last = ranks.reduce((a, b) => Math.max(a, b), 0)
  return ranks.map((rank) => last + 1 - rank)
}

/** More would be lost in the tolerances of the solver. */
const digitsMax = 2 ** 16

/**
 * With mixed weights two people who wait less could outweigh one who waits longer, so each place has to count more than all
 * after it together: digits of one number, and as many numbers as it takes.
 */
export function byPlaceInDigits(graph: Graph, columns: readonly number[]): Float64Array[] {
  const ranks = placeRanks(graph, columns)
  const people = new Map(columns.map((column, position) => [at(graph.person, column), at(ranks, position)]))
  const sizes = new Map<number, number>()
  for (const rank of people.values()) sizes.set(rank, (sizes.get(rank) ?? 0) + 1)
  const groups: Map<number, number>[] = [new Map()]
  let worth = 1
  // From the end of the line to its head: within a group, whoever comes later here counts more.
  for (const [rank, size] of [...sizes].sort(([a], [b]) => b - a)) {
    if (worth * (size + 1) > digitsMax && worth > 1) {
      groups.unshift(new Map())
      worth = 1
    }
    groups[0]?.set(rank, worth)
    worth *= size + 1
  }
  return groups.map((group) => ranks.map((rank) => group.get(rank) ?? 0))
}

function placeRanks({ person, place }: Graph, columns: readonly number[]): Float64Array {
  return ranksOf(
    place,
    columns.map((column) => at(person, column)),
  )
}

/** For each position its value's place among the values that occur: small numbers, whatever the waitlist's length. */
function ranksOf(values: Int32Array, positions: readonly number[]): Float64Array {
  const occurring = [...new Set(positions.map((position) => at(values, position)))].sort((a, b) => a - b)
  const rank = new Map(occurring.map((value, rank) => [value, rank]))
  return Float64Array.from(positions, (position) => rank.get(at(values, position)) ?? 0)
}
