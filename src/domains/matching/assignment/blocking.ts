import { allColumns, at, type Graph } from './graph.ts'
import { roomLeft } from './greedy.ts'
import { groupBy } from './parts.ts'
import type { BlockingPair } from './problem.ts'

const listedMax = 100

interface Wish {
  readonly column: number
  readonly held: number
  readonly displaced: number | null
}

/**
 * Pairs that would both rather have each other: the person scores the mentor higher than whom they have, and the mentor has
 * room, or would have it without one person whom they hold at a lower score.
 */
export function blockingPairs(
  graph: Graph,
  chosen: readonly number[],
): { listed: BlockingPair[]; count: number } {
  const { person, mentor, score, weight } = graph
  const room = roomLeft(graph, chosen)
  const scoreHeld = new Map(chosen.map((column) => [at(person, column), at(score, column)]))
  const holders = groupBy(mentor, chosen)
  const weightOf = (column: number) => at(weight, at(person, column))
  const found = allColumns(graph).flatMap((column): Wish[] => {
    const held = scoreHeld.get(at(person, column)) ?? 0
    if (at(score, column) <= held) return []
    if (room.fits(column)) return [{ column, held, displaced: null }]
    const needed = weightOf(column) - at(room.halfPoints, at(mentor, column))
    const [displaced] = (holders.get(at(mentor, column)) ?? [])
      .filter((holder) => at(score, holder) < at(score, column) && weightOf(holder) >= needed)
      .sort((a, b) => at(score, a) - at(score, b) || a - b)
    return displaced === undefined ? [] : [{ column, held, displaced }]
  })
  const gain = ({ column, held }: Wish) => at(score, column) - held
  const listed = found
    .sort((a, b) => gain(b) - gain(a) || a.column - b.column)
    .slice(0, listedMax)
    .map(({ column, held, displaced }) => ({
      ...pairAt(graph, column),
      heldMillionths: held,
      displacesId: displaced === null ? null : pairAt(graph, displaced).waitingId,
    }))
  return { listed, count: found.length }
}

export function pairAt({ waiting, mentors, person, mentor, score }: Graph, column: number) {
  return {
    waitingId: waiting[at(person, column)]?.id ?? '',
    mentorId: mentors[at(mentor, column)]?.id ?? '',
    scoreMillionths: at(score, column),
  }
}
