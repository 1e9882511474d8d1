import { at, type Graph } from './graph.ts'
import { groupBy, parts } from './parts.ts'
import { grain, type Prices } from './prices.ts'
import type { Program, Row } from './program.ts'
import type { MentorRow } from './relaxation.ts'

export interface Space {
  readonly graph: Graph
  readonly columns: readonly number[]
  readonly rows: readonly MentorRow[]
  readonly prices: Prices
}

/** All assignments of a space that lose no more than `reach` against its bound, and perhaps some others. */
export interface Near {
  /** False where the prices alone show that there is none. */
  readonly possible: boolean
  readonly parts: readonly (readonly number[])[]
  readonly programOf: (part: readonly number[]) => Program
  readonly boundOf: (part: readonly number[]) => number
}

/**
 * Leaves out the columns that lose more. Whoever would lose more by having nobody must have somebody, and a row that would
 * lose more by a free unit must be full: with these the solver's presolve decides most of what is left.
 */
export function near({ graph, columns, rows, prices }: Space, reach: number): Near {
  const kept = columns.filter((column) => (prices.loss.get(column) ?? 0) <= reach)
  const isKept = new Set(kept)
  const priced = rows.map((row, n) => {
    const used = [...row.columns.keys()].filter((k) => isKept.has(at(row.columns, k)))
    const price = at(prices.rows, n)
    return {
      mentor: row.mentor,
      worth: price * row.limit,
      lower: price > reach ? row.limit : -Infinity,
      upper: row.limit,
      columns: used.map((k) => at(row.columns, k)),
      coefficients: used.map((k) => at(row.coefficients, k)),
    }
  })
  const rowsOf = new Map<number, typeof priced>()
  for (const row of priced) rowsOf.set(row.mentor, [...(rowsOf.get(row.mentor) ?? []), row])
  const rowsIn = (part: readonly number[]) =>
    [...groupBy(graph.mentor, part).keys()].flatMap((mentor) => rowsOf.get(mentor) ?? [])
  return {
    possible: priced.every(({ lower, columns }) => columns.length > 0 || lower <= 0),
    parts: parts(graph, kept).sort((a, b) => a.length - b.length || at(a, 0) - at(b, 0)),
    programOf(part) {
      const position = new Map(part.map((column, position) => [column, position]))
      const people = Array.from(groupBy(graph.person, part), ([person, group]) => ({
        lower: (prices.gain.get(person) ?? 0) > reach ? 1 : 0,
        upper: 1,
        columns: group,
        coefficients: group.map(() => 1),
      }))
      const toPositions = ({ lower, upper, columns, coefficients }: Row): Row => ({
        lower,
        upper,
        columns: columns.map((column) => position.get(column) ?? 0),
        coefficients,
      })
      return {
        costs: Float64Array.from(part, (column) => at(graph.score, column)),
        rows: [...people, ...rowsIn(part)].map(toPositions),
      }
    },
    boundOf(part) {
      let bound = 0
      for (const person of groupBy(graph.person, part).keys()) bound += prices.gain.get(person) ?? 0
      for (const { worth } of rowsIn(part)) bound += worth
      return Math.floor(bound / grain)
    },
  }
}
