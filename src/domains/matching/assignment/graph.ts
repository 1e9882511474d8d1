import { createHash } from 'node:crypto'
import type { AssignmentProblem, Available, Waiting } from './problem.ts'

/**
 * The problem as numbers. People and mentors are positions in lists that are sorted by id; a column is one pair that could
 * be made, and columns are sorted by person, then mentor. Whatever order the input came in is gone here.
 */
export interface Graph {
  readonly waiting: readonly Waiting[]
  readonly mentors: readonly Available[]
  readonly pairsMax: number
  /** Half points of each person. */
  readonly weight: Int32Array
  /** Where each person stands in line: longest wait, then urgency. Equals share a place. */
  readonly place: Int32Array
  readonly person: Int32Array
  readonly mentor: Int32Array
  readonly score: Int32Array
}

const scoreMax = 1_000_000

export function toGraph(problem: AssignmentProblem): Graph {
  const waiting = sortedById(problem.waiting)
  const mentors = sortedById(problem.mentors)
  const pairsMax = problem.maxPerMentor ?? Number.MAX_SAFE_INTEGER
  if (!(Number.isSafeInteger(pairsMax) && pairsMax >= 0)) throw refusal('maxPerMentor', pairsMax)
  if (!(problem.timeBudgetMs > 0)) throw refusal('timeBudgetMs', problem.timeBudgetMs)
  for (const { id, freeHalfPoints, loadHalfPoints } of mentors)
    if (!(Number.isInteger(freeHalfPoints) && Number.isInteger(loadHalfPoints)))
      throw refusal(`load of mentor ${id}`, [freeHalfPoints, loadHalfPoints])
  const mentorAt = new Map(mentors.map(({ id }, position) => [id, position]))
  const columns = waiting.flatMap((person, position) => columnsOf(person, position, mentors, mentorAt))
  return {
    waiting,
    mentors,
    pairsMax,
    weight: Int32Array.from(waiting, ({ weightHalfPoints }) => weightHalfPoints),
    place: places(waiting),
    person: Int32Array.from(columns, ({ person }) => person),
    mentor: Int32Array.from(columns, ({ mentor }) => mentor),
    score: Int32Array.from(columns, ({ score }) => score),
  }
}

/** Candidates without room for this person are no columns. */
function columnsOf(
  { id, weightHalfPoints, waitingSince, candidates }: Waiting,
  person: number,
  mentors: readonly Available[],
  mentorAt: ReadonlyMap<string, number>,
) {
  if (!(Number.isInteger(weightHalfPoints) && weightHalfPoints >= 1))
    throw refusal(`weight of ${id}`, weightHalfPoints)
  if (!Number.isFinite(waitingSince)) throw refusal(`wait of ${id}`, waitingSince)
  const found = candidates.map(({ mentorId, scoreMillionths: score }) => {
    const mentor = mentorAt.get(mentorId)
    if (mentor === undefined) throw refusal(`candidate of ${id}`, mentorId)
    if (!(Number.isInteger(score) && score >= 1 && score <= scoreMax)) throw refusal(`score of ${id}`, score)
    return { person, mentor, score }
  })
  if (new Set(found.map(({ mentor }) => mentor)).size < found.length)
    throw refusal(`candidates of ${id}`, 'twice')
  return found
    .filter(({ mentor }) => weightHalfPoints <= (mentors[mentor]?.freeHalfPoints ?? 0))
    .sort((a, b) => a.mentor - b.mentor)
}

/** Not in a locale's order: that would change with the machine. */
function sortedById<T extends { readonly id: string }>(list: readonly T[]): readonly T[] {
  const sorted = list.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  for (const [at, { id }] of sorted.entries())
    if (id === sorted[at + 1]?.id) throw refusal('id', `${id} twice`)
  return sorted
}

function refusal(what: string, value: unknown): RangeError {
  return new RangeError(`The waitlist cannot be assigned: ${what} is ${JSON.stringify(value)}`)
}

function places(waiting: readonly Waiting[]): Int32Array {
  const inLine = [...waiting.entries()].sort(
    ([, a], [, b]) => a.waitingSince - b.waitingSince || b.urgency - a.urgency,
  )
  const place = new Int32Array(waiting.length)
  let before: Waiting | undefined
  let last = -1
  for (const [position, person] of inLine) {
    if (before?.waitingSince !== person.waitingSince || before.urgency !== person.urgency) last += 1
    place[position] = last
    before = person
  }
  return place
}

export function allColumns({ score }: Graph): number[] {
  return Array.from(score.keys())
}

export function totalOf({ score }: Graph, columns: Iterable<number>): number {
  let total = 0
  for (const column of columns) total += at(score, column)
  return total
}

/** Positions come from the arrays themselves; a hole would be a bug here, and must not become a zero in a sum. */
export function at(list: ArrayLike<number>, position: number): number {
  const value = list[position]
  if (value === undefined) throw new RangeError(`There is no position ${position} among ${list.length}`)
  return value
}

/** Hashed person by person, since one text of all of them would be several megabytes. */
export function fingerprint(
  { waiting, mentors }: Graph,
  { maxPerMentor, timeBudgetMs }: AssignmentProblem,
): string {
  const hash = createHash('sha256').update(JSON.stringify([maxPerMentor ?? null, timeBudgetMs]))
  for (const { id, freeHalfPoints, loadHalfPoints } of mentors)
    hash.update(`\n${JSON.stringify([id, freeHalfPoints, loadHalfPoints])}`)
  for (const { id, waitingSince, urgency, weightHalfPoints, candidates } of waiting) {
    const offers = candidates.map((one) => [one.mentorId, one.scoreMillionths] as const)
    offers.sort(([a], [b]) => (a < b ? -1 : 1))
    hash.update(`\n${JSON.stringify([id, waitingSince, urgency, weightHalfPoints, offers])}`)
  }
  return hash.digest('hex')
}
