import { at, type Graph } from './graph.ts'

/** Best first; among equals the longest wait, then urgency, then the lower load, then the ids. */
export function greedy(
  graph: Graph,
  columns: readonly number[],
  worth = (column: number) => at(graph.score, column),
): number[] {
  const { person, mentor, place, mentors } = graph
  const load = (column: number) => mentors[at(mentor, column)]?.loadHalfPoints ?? 0
  const inTurn = columns.toSorted(
    (a, b) =>
      worth(b) - worth(a) ||
      at(place, at(person, a)) - at(place, at(person, b)) ||
      load(a) - load(b) ||
      at(person, a) - at(person, b) ||
      at(mentor, a) - at(mentor, b),
  )
  const room = roomLeft(graph, [])
  const taken = new Set<number>()
  return inTurn
    .filter((column) => {
      if (taken.has(at(person, column)) || !room.fits(column)) return false
      taken.add(at(person, column))
      room.take(column)
      return true
    })
    .sort((a, b) => a - b)
}

export interface Room {
  readonly halfPoints: Int32Array
  readonly pairs: Int32Array
  readonly fits: (column: number) => boolean
  readonly take: (column: number) => void
}

/** What the mentors have left after these pairs. */
export function roomLeft(graph: Graph, chosen: Iterable<number>): Room {
  const { person, mentor, weight, mentors, pairsMax } = graph
  const halfPoints = Int32Array.from(mentors, ({ freeHalfPoints }) => freeHalfPoints)
  const pairs = new Int32Array(mentors.length)
  const weightOf = (column: number) => at(weight, at(person, column))
  const room: Room = {
    halfPoints,
    pairs,
    fits: (column) =>
      weightOf(column) <= at(halfPoints, at(mentor, column)) && at(pairs, at(mentor, column)) < pairsMax,
    take(column) {
      halfPoints[at(mentor, column)] = at(halfPoints, at(mentor, column)) - weightOf(column)
      pairs[at(mentor, column)] = at(pairs, at(mentor, column)) + 1
    },
  }
  for (const column of chosen) room.take(column)
  return room
}
