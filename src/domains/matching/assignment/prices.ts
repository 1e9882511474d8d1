import { at, type Graph } from './graph.ts'
import type { Relaxation } from './relaxation.ts'

/**
 * A price for each row makes a bound that needs no trust in the solver: each person gains at most the best of their columns
 * after prices, and the mentors' rows are worth at most what they are priced at. Prices are rounded to 1024ths of a
 * millionth, so all of this is whole numbers below 2^53, and exact.
 */
export interface Prices {
  /** In 1024ths, as all below. No assignment of these columns is above it. */
  readonly bound: number
  /** What an assignment loses against the bound by using the column. */
  readonly loss: ReadonlyMap<number, number>
  /** What it loses by leaving the person without anybody. */
  readonly gain: ReadonlyMap<number, number>
  /** What it loses for each unit that the row is not used to its limit. */
  readonly rows: readonly number[]
}

export const grain = 1024

export function pricesOf(graph: Graph, columns: readonly number[], { rows, prices }: Relaxation): Prices {
  const whole = prices.map((price) => Math.round(price * grain))
  const worth = new Map(columns.map((column) => [column, at(graph.score, column) * grain]))
  let bound = 0
  for (const [n, { limit, columns, coefficients }] of rows.entries()) {
    const price = at(whole, n)
    bound += price * limit
    if (price > 0)
      for (const [k, column] of columns.entries())
        worth.set(column, (worth.get(column) ?? 0) - price * at(coefficients, k))
  }
  const gain = new Map<number, number>()
  for (const [column, left] of worth) {
    const person = at(graph.person, column)
    gain.set(person, Math.max(gain.get(person) ?? 0, left))
  }
  for (const most of gain.values()) bound += most
  const loss = new Map(
    [...worth].map(([column, left]) => [column, (gain.get(at(graph.person, column)) ?? 0) - left]),
  )
  return { bound, loss, gain, rows: whole }
}
