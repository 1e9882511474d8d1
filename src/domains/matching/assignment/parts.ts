import { at, type Graph } from './graph.ts'

/**
 * Leaves out the columns that no optimal assignment uses. A mentor who could take everybody still asking is free for each
 * of them; a person with such a mentor never has one with a lower score. What falls away makes more mentors free, so this
 * goes on until nothing does. Columns with an equal score stay: the ties need them.
 */
export function undominated(graph: Graph, columns: readonly number[]): readonly number[] {
  let left = columns
  for (;;) {
    const sure = sureScores(graph, left)
    const rest = left.filter((column) => at(graph.score, column) >= at(sure, at(graph.person, column)))
    if (rest.length === left.length) return left
    left = rest
  }
}

/** For each person the best score among mentors who could take everybody asking; 0 without one. */
function sureScores({ person, mentor, score, weight, mentors, pairsMax }: Graph, columns: readonly number[]) {
  const asked = new Float64Array(mentors.length)
  const asking = new Int32Array(mentors.length)
  const sure = new Int32Array(weight.length)
  for (const column of columns) {
    const m = at(mentor, column)
    asked[m] = at(asked, m) + at(weight, at(person, column))
    asking[m] = at(asking, m) + 1
  }
  for (const column of columns) {
    const m = at(mentor, column)
    const p = at(person, column)
    if (at(asked, m) <= (mentors[m]?.freeHalfPoints ?? 0) && at(asking, m) <= pairsMax)
      sure[p] = Math.max(at(sure, p), at(score, column))
  }
  return sure
}

/** Groups of columns that share neither person nor mentor; what is done in one means nothing to another. */
export function parts({ person, mentor, waiting, mentors }: Graph, columns: readonly number[]): number[][] {
  const parent = Int32Array.from({ length: waiting.length + mentors.length }, (_, node) => node)
  function rootOf(node: number): number {
    let root = node
    while (at(parent, root) !== root) {
      parent[root] = at(parent, at(parent, root))
      root = at(parent, root)
    }
    return root
  }
  for (const column of columns)
    parent[rootOf(waiting.length + at(mentor, column))] = rootOf(at(person, column))
  const found = new Map<number, number[]>()
  for (const column of columns) {
    const root = rootOf(at(person, column))
    const part = found.get(root)
    if (part) part.push(column)
    else found.set(root, [column])
  }
  return [...found.values()]
}

export function hasOneWeight({ person, weight }: Graph, columns: readonly number[]): boolean {
  return new Set(columns.map((column) => at(weight, at(person, column)))).size <= 1
}

/** By person or by mentor. */
export function groupBy(key: Int32Array, columns: readonly number[]): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  for (const column of columns) {
    const group = groups.get(at(key, column))
    if (group) group.push(column)
    else groups.set(at(key, column), [column])
  }
  return groups
}
