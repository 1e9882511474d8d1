import { at, type Graph } from './graph.ts'
import { groupBy } from './parts.ts'
import { chosenIn, type Row, solveLinear, type Work, withModel } from './program.ts'
import { byPlace, loadAndIds } from './ties.ts'

/**
 * People of one weight. Each mentor has a whole number of places, the matrix is that of a bipartite graph and so totally
 * unimodular: the linear program has whole answers and whole prices, and nothing needs to be branched on.
 *
 * The prices prove the answer in whole numbers, without trust in the solver's tolerances. They also show every other answer
 * with the same sum: those that use only columns whose cost is their price, and everybody and every mentor with a price to
 * the full. Among these the next sum of the waitlist's order is made greatest, and so on.
 */
export interface Matching {
  readonly chosen: readonly number[]
  /** False when the time ran out before the last tie. */
  readonly settled: boolean
}

/** `places` of each mentor are counted in people. Null when the time ran out or the proof failed. */
export function match(work: Work, columns: readonly number[], places: Int32Array): Matching | null {
  if (columns.length === 0) return { chosen: [], settled: true }
  let face: Face = { columns, peopleNeeded: new Set(), mentorsFull: new Set(), places }
  let chosen: readonly number[] | null = null
  for (const level of [byScore, byPlace, ...loadAndIds]) {
    if (chosen && face.columns.length === chosen.length) break
    const next = best(work, face, level(work.graph, face.columns))
    if (!next) return chosen && { chosen, settled: false }
    chosen = next.chosen
    face = next.face
  }
  return chosen && { chosen, settled: true }
}

function byScore({ score }: Graph, columns: readonly number[]): Float64Array {
  return Float64Array.from(columns, (column) => at(score, column))
}

interface Face {
  readonly columns: readonly number[]
  readonly peopleNeeded: ReadonlySet<number>
  readonly mentorsFull: ReadonlySet<number>
  readonly places: Int32Array
}

function best(work: Work, face: Face, costs: Float64Array) {
  const { graph } = work
  const { columns, peopleNeeded, mentorsFull, places } = face
  const position = new Map(columns.map((column, position) => [column, position]))
  const row = (group: readonly number[], upper: number, full: boolean): Row => ({
    lower: full ? upper : -Infinity,
    upper,
    columns: group.map((column) => position.get(column) ?? 0),
    coefficients: group.map(() => 1),
  })
  const people = groupBy(graph.person, columns)
  const mentors = groupBy(graph.mentor, columns)
  const rows = [
    ...Array.from(people, ([person, group]) => row(group, 1, peopleNeeded.has(person))),
    ...Array.from(mentors, ([mentor, group]) => row(group, at(places, mentor), mentorsFull.has(mentor))),
  ]
  const answer = withModel(work, { costs, rows }, (model) => solveLinear(work, model))
  if (!answer) return null
  const chosen = chosenIn(answer.values)
  const prices = new Map([...mentors.keys()].map((mentor, n) => [mentor, at(answer.duals, people.size + n)]))
  const proof = faceOf(graph, face, costs, prices)
  const sum = chosen.reduce((sum, position) => sum + at(costs, position), 0)
  if (proof.bound !== sum) return null
  return { chosen: chosen.map((position) => at(columns, position)), face: proof.face }
}

/** Weak duality with rounded prices: no answer on the face is above the bound, whatever the prices are. */
function faceOf(graph: Graph, face: Face, costs: Float64Array, duals: ReadonlyMap<number, number>) {
  const { columns, peopleNeeded, mentorsFull, places } = face
  const prices = new Map<number, number>()
  for (const [mentor, dual] of duals)
    prices.set(mentor, mentorsFull.has(mentor) ? Math.round(dual) : Math.max(0, Math.round(dual)))
  const worth = columns.map((column, n) => at(costs, n) - (prices.get(at(graph.mentor, column)) ?? 0))
  const gains = new Map<number, number>()
  for (const [n, column] of columns.entries()) {
    const person = at(graph.person, column)
    const least = peopleNeeded.has(person) ? -Infinity : 0
    gains.set(person, Math.max(gains.get(person) ?? least, at(worth, n)))
  }
  let bound = 0
  for (const gain of gains.values()) bound += gain
  for (const [mentor, price] of prices) bound += price * at(places, mentor)
  const next: Face = {
    columns: columns.filter((column, n) => at(worth, n) === gains.get(at(graph.person, column))),
    peopleNeeded: new Set(
      [...gains].filter(([person, gain]) => gain > 0 || peopleNeeded.has(person)).map(([p]) => p),
    ),
    mentorsFull: new Set([...prices].filter(([m, price]) => price > 0 || mentorsFull.has(m)).map(([m]) => m)),
    places,
  }
  return { bound, face: next }
}
