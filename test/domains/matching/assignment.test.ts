import { setImmediate } from 'node:timers'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { AssignmentProblem, Pair, Waiting } from '../../../src/domains/matching/assignment/problem.ts'
import { solve } from '../../../src/domains/matching/assignment/solve.ts'
import { solveInWorker } from '../../../src/domains/matching/assignment/solve-in-worker.ts'
import { verify } from '../../../src/domains/matching/assignment/verify.ts'

const timeBudgetMs = 60_000
const routine = 0
const urgent = 1
const stat = 3

/** Scores by mentor id; weight 2 and the same wait unless said otherwise. */
const person = (id: string, scores: Record<string, number>, rest: Partial<Waiting> = {}): Waiting => ({
  id,
  waitingSince: 0,
  urgency: routine,
  weightHalfPoints: 2,
  candidates: Object.entries(scores).map(([mentorId, scoreMillionths]) => ({ mentorId, scoreMillionths })),
  ...rest,
})
const mentor = (id: string, freeHalfPoints: number, loadHalfPoints = 0) => ({
  id,
  freeHalfPoints,
  loadHalfPoints,
})
const made = (pairs: readonly Pair[]) => pairs.map(({ waitingId, mentorId }) => `${waitingId}-${mentorId}`)

const scores = fc.oneof(fc.integer({ min: 1, max: 250_000 }), fc.integer({ min: 1, max: 3 }), fc.constant(1))
const weights = fc.constantFrom(1, 2, 4)

/** Small enough to try every assignment. A score of 0 stands for no candidate. */
const problems = fc
  .record({
    mentors: fc.array(fc.tuple(fc.integer({ min: -1, max: 9 }), fc.integer({ min: 0, max: 2 })), {
      minLength: 1,
      maxLength: 4,
    }),
    people: fc.array(
      fc.record({
        waitingSince: fc.integer({ min: 0, max: 2 }),
        urgency: fc.constantFrom<Waiting['urgency'][]>(0, 1, 3),
        weightHalfPoints: weights,
        scores: fc.array(
          fc.oneof({ weight: 4, arbitrary: scores }, { weight: 1, arbitrary: fc.constant(0) }),
          {
            minLength: 4,
            maxLength: 4,
          },
        ),
      }),
      { maxLength: 6 },
    ),
    oneWeight: fc.option(weights),
    byWeight: fc.boolean(),
    maxPerMentor: fc.option(fc.integer({ min: 0, max: 2 }), { freq: 3 }),
  })
  .map(
    ({ mentors, people, oneWeight, byWeight, maxPerMentor }): AssignmentProblem => ({
      mentors: mentors.map(([free, load], n) => mentor(`m${n}`, free, load)),
      waiting: people.map(({ scores, weightHalfPoints, ...rest }, n) => ({
        ...rest,
        id: `p${n}`,
        weightHalfPoints: oneWeight ?? weightHalfPoints,
        candidates: mentors.flatMap((_, m) => {
          // As much score for the same room, whoever has it: ties between people of different weights.
          const scoreMillionths = (byWeight ? weightHalfPoints : 1) * (scores[m] ?? 0)
          return scoreMillionths > 0 ? [{ mentorId: `m${m}`, scoreMillionths }] : []
        }),
      })),
      ...(maxPerMentor === null ? {} : { maxPerMentor }),
      timeBudgetMs,
    }),
  )

const fixed = { seed: 20_261_122, numRuns: 300 }

/** Total first, then how many of each place in line are assigned, then the load of the mentors, which counts against it. */
function rankOf({ waiting, mentors }: AssignmentProblem, pairs: readonly Pair[]): number[] {
  const places = [...waiting]
    .sort((a, b) => a.waitingSince - b.waitingSince || b.urgency - a.urgency)
    .map(({ waitingSince, urgency }) => `${waitingSince} ${urgency}`)
  const placeOf = new Map(waiting.map(({ id, waitingSince, urgency }) => [id, `${waitingSince} ${urgency}`]))
  const loadOf = new Map(mentors.map(({ id, loadHalfPoints }) => [id, loadHalfPoints]))
  return [
    pairs.reduce((sum, { scoreMillionths }) => sum + scoreMillionths, 0),
    ...[...new Set(places)].map(
      (place) => pairs.filter(({ waitingId }) => placeOf.get(waitingId) === place).length,
    ),
    pairs.reduce((sum, { mentorId }) => sum - (loadOf.get(mentorId) ?? 0), 0),
  ]
}

function isAbove(a: readonly number[], b: readonly number[]): boolean {
  const differs = a.findIndex((value, n) => value !== b[n])
  return differs >= 0 && (a[differs] ?? 0) > (b[differs] ?? 0)
}

/** The rank of the best of all assignments, found by trying them all. */
function bestRank(problem: AssignmentProblem): number[] {
  const left = new Map(
    problem.mentors.map(({ id, freeHalfPoints }) => [id, { room: freeHalfPoints, pairs: 0 }]),
  )
  let best = rankOf(problem, [])
  function assign(at: number, pairs: readonly Pair[]): void {
    const one = problem.waiting[at]
    if (!one) {
      const rank = rankOf(problem, pairs)
      if (isAbove(rank, best)) best = rank
      return
    }
    assign(at + 1, pairs)
    for (const candidate of one.candidates) {
      const there = left.get(candidate.mentorId)
      if (!there || there.room < one.weightHalfPoints || there.pairs >= (problem.maxPerMentor ?? Infinity))
        continue
      there.room -= one.weightHalfPoints
      there.pairs += 1
      assign(at + 1, [...pairs, { waitingId: one.id, ...candidate }])
      there.room += one.weightHalfPoints
      there.pairs -= 1
    }
  }
  assign(0, [])
  return best
}

/** Straight from the definition. */
function pairsThatBlock(problem: AssignmentProblem, pairs: readonly Pair[]): string[] {
  const weightOf = new Map(problem.waiting.map(({ id, weightHalfPoints }) => [id, weightHalfPoints]))
  const weightsOf = (held: readonly Pair[]) =>
    held.reduce((sum, { waitingId }) => sum + (weightOf.get(waitingId) ?? 0), 0)
  return problem.waiting.flatMap(({ id, weightHalfPoints, candidates }) => {
    const has = pairs.find(({ waitingId }) => waitingId === id)?.scoreMillionths ?? 0
    return candidates
      .filter(({ mentorId, scoreMillionths }) => {
        const free = problem.mentors.find((one) => one.id === mentorId)?.freeHalfPoints ?? 0
        const held = pairs.filter((pair) => pair.mentorId === mentorId)
        const takes = (others: readonly Pair[]) =>
          weightsOf(others) + weightHalfPoints <= free && others.length < (problem.maxPerMentor ?? Infinity)
        const rather = held.filter((pair) => pair.scoreMillionths < scoreMillionths)
        return (
          scoreMillionths > has && (takes(held) || rather.some((one) => takes(held.filter((q) => q !== one))))
        )
      })
      .map(({ mentorId }) => `${id}-${mentorId}`)
  })
}

/** A round as large as a network's: scores in steps of a hundredth, so that there are many ties. */
function waitlist(people: number, mentors: number, weights: readonly number[], seed = 1): AssignmentProblem {
  let state = seed
  const below = (max: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % max
  }
  const id = (n: number) => String(n).padStart(5, '0')
  return {
    mentors: Array.from({ length: mentors }, (_, n) => mentor(`m${id(n)}`, 2 + below(5), below(9))),
    waiting: Array.from({ length: people }, (_, n) => {
      const chosen = new Set(Array.from({ length: 8 }, () => below(mentors)))
      const scores = Object.fromEntries([...chosen].map((m) => [`m${id(m)}`, (30 + below(70)) * 10_000]))
      const weightHalfPoints = weights[below(weights.length)] ?? 2
      return person(`p${id(n)}`, scores, { waitingSince: below(400), weightHalfPoints })
    }),
    timeBudgetMs,
  }
}

t.test('no assignment is better: total, then wait and urgency, then load', async () => {
  await fc.assert(
    fc.asyncProperty(problems, async (problem) => {
      const answer = await solve(problem)
      const best = bestRank(problem)
      return (
        isDeepStrictEqual(rankOf(problem, answer.pairs), best) &&
        answer.totalMillionths === best[0] &&
        answer.boundMillionths === best[0] &&
        answer.gap === 0 &&
        answer.optimal &&
        answer.stoppedBy === 'optimal' &&
        answer.ties === 'settled' &&
        answer.totalMillionths >= answer.greedy.totalMillionths &&
        answer.pairs.length + answer.unassigned.length === problem.waiting.length
      )
    }),
    fixed,
  )
})

t.test('pairs that block are those of the definition', async () => {
  await fc.assert(
    fc.asyncProperty(problems, async (problem) => {
      const { pairs, blockingPairs, blockingPairCount } = await solve(problem)
      const expected = pairsThatBlock(problem, pairs)
      return (
        isDeepStrictEqual(made(blockingPairs).sort(), expected.sort()) &&
        blockingPairCount === expected.length
      )
    }),
    { ...fixed, numRuns: 100 },
  )
})

t.test('the order of the input makes no difference, to the bit', async (t) => {
  const shuffled = <T>(list: readonly T[]) => fc.shuffledSubarray([...list], { minLength: list.length })
  const twins = problems.chain((problem) =>
    fc.record({
      problem: fc.constant(problem),
      twin: fc.tuple(shuffled(problem.mentors), shuffled(problem.waiting)).map(([mentors, waiting]) => ({
        ...problem,
        mentors,
        waiting: waiting.map((one) => ({ ...one, candidates: one.candidates.toReversed() })),
      })),
    }),
  )
  await fc.assert(
    fc.asyncProperty(
      twins,
      async ({ problem, twin }) => JSON.stringify(await solve(twin)) === JSON.stringify(await solve(problem)),
    ),
    { ...fixed, numRuns: 100 },
  )
  for (const weights of [[2], [1, 2, 4]]) {
    const problem = waitlist(150, 70, weights)
    const twin = { ...problem, waiting: problem.waiting.toReversed(), mentors: problem.mentors.toReversed() }
    t.equal(JSON.stringify(await solve(twin)), JSON.stringify(await solve(problem)))
  }
})

t.test('a tie goes to whoever is first in line', async (t) => {
  const given = async (waiting: readonly Waiting[], mentors = [mentor('m', 2)]) =>
    made((await solve({ waiting, mentors, timeBudgetMs })).pairs)
  const equal = { m: 500_000 }
  t.strictSame(
    await given([
      person('a', equal, { waitingSince: 2, urgency: stat }),
      person('b', equal, { waitingSince: 1 }),
    ]),
    ['b-m'],
    'the longest wait',
  )
  t.strictSame(
    await given([person('a', equal, { urgency: urgent }), person('b', equal, { urgency: stat })]),
    ['b-m'],
    'then urgency',
  )
  t.strictSame(
    await given([person('a', { l: 7, m: 7 })], [mentor('l', 2, 6), mentor('m', 2, 4)]),
    ['a-m'],
    'then the mentor with the lower load',
  )
  t.strictSame(
    await given([person('b', equal), person('a', equal)]),
    ['a-m'],
    'then the lower id of the person',
  )
  t.strictSame(
    await given([person('b', { l: 7, m: 7 }), person('a', { l: 7, m: 7 })], [mentor('m', 2), mentor('l', 2)]),
    ['a-l', 'b-m'],
    'and of the mentor',
  )
  t.strictSame(
    await given([person('a', { m: 500_001 }, { waitingSince: 2 }), person('b', equal, { waitingSince: 1 })]),
    ['a-m'],
    'a millionth more is no tie',
  )
})

t.test('with several weights whoever waits longest comes first, alone or not', async (t) => {
  const given = async (wait: number) =>
    solve({
      waiting: [
        person('a', { m: 600_000 }, { waitingSince: wait, weightHalfPoints: 4 }),
        person('b', { m: 300_000 }, { waitingSince: 1 }),
        person('c', { m: 300_000 }, { waitingSince: 3 }),
      ],
      mentors: [mentor('m', 4)],
      timeBudgetMs,
    })
  t.strictSame(made((await given(0)).pairs), ['a-m'])
  t.strictSame(made((await given(2)).pairs), ['b-m', 'c-m'])
  t.equal((await given(2)).ties, 'settled')
})

t.test('two are better off when the first takes the second best', async (t) => {
  const waiting = [person('a', { l: 900_000, m: 800_000 }), person('b', { l: 700_000 })]
  const answer = await solve({ waiting, mentors: [mentor('l', 2), mentor('m', 2)], timeBudgetMs })
  t.strictSame(made(answer.pairs), ['a-m', 'b-l'])
  t.match(answer, {
    totalMillionths: 1_500_000,
    method: 'linear',
    greedy: { totalMillionths: 900_000, assigned: 1 },
    unassigned: [],
    blockingPairCount: 1,
    solver: { name: 'HiGHS' },
  })
  t.strictSame(answer.blockingPairs, [
    { waitingId: 'a', mentorId: 'l', scoreMillionths: 900_000, heldMillionths: 800_000, displacesId: 'b' },
  ])
})

t.test('a whole round is proven optimal', async (t) => {
  for (const [weights, method] of [
    [[2], 'linear'],
    [[1, 2, 4], 'integer'],
  ] as const) {
    const answer = await solve(waitlist(300, 120, weights))
    t.match(answer, { optimal: true, gap: 0, stoppedBy: 'optimal', method })
    t.equal(answer.totalMillionths, answer.boundMillionths)
    t.ok(answer.totalMillionths > answer.greedy.totalMillionths)
    t.ok(answer.unassigned.length > 0)
  }
})

t.test('without time the answer is the greedy one at least, and says what may be missing', async (t) => {
  const short = problems.map((problem) => ({ ...problem, timeBudgetMs: 0.001 }))
  await fc.assert(
    fc.asyncProperty(short, async (problem) => {
      const { totalMillionths, boundMillionths, greedy } = await solve(problem)
      const [best = 0] = bestRank(problem)
      return greedy.totalMillionths <= totalMillionths && totalMillionths <= best && best <= boundMillionths
    }),
    { ...fixed, numRuns: 100 },
  )
  const answer = await solve({ ...waitlist(300, 120, [1, 2, 4]), timeBudgetMs: 0.001 })
  t.match(answer, { optimal: false, stoppedBy: 'time_limit', method: 'greedy', ties: 'within_weights' })
  t.equal(answer.totalMillionths, answer.greedy.totalMillionths)
  t.equal(answer.gap, (answer.boundMillionths - answer.totalMillionths) / answer.boundMillionths)
})

t.test('a search that was cut short bounds what it did not find', async (t) => {
  for (const seed of [1, 2, 3]) {
    const problem = waitlist(60, 24, [1, 2, 4], seed)
    const { totalMillionths: best, optimal } = await solve(problem)
    t.ok(optimal)
    for (const timeBudgetMs of [5, 20, 80, 320]) {
      const short = await solve({ ...problem, timeBudgetMs })
      t.ok(short.greedy.totalMillionths <= short.totalMillionths && short.totalMillionths <= best)
      t.ok(best <= short.boundMillionths)
      t.equal(short.optimal, short.totalMillionths === short.boundMillionths)
    }
  }
})

t.test('a problem that makes no sense is refused', async (t) => {
  const mentors = [mentor('m', 2)]
  const refused = (waiting: readonly Waiting[], message: RegExp) =>
    t.rejects(solve({ waiting, mentors, timeBudgetMs }), { name: 'RangeError', message })
  await refused([person('a', { m: 0 })], /score of a is 0/)
  await refused([person('a', { m: 0.5 })], /score of a is 0.5/)
  await refused([person('a', { m: 1_000_001 })], /score of a/)
  await refused([person('a', { l: 1 })], /candidate of a is "l"/)
  await refused([person('a', { m: 1 }, { weightHalfPoints: 0 })], /weight of a/)
  await refused([person('a', { m: 1 }), person('a', { m: 1 })], /a twice/)
  const twice = person('a', { m: 1 })
  await refused([{ ...twice, candidates: [...twice.candidates, ...twice.candidates] }], /candidates of a/)
})

t.test('what breaks a limit is thrown and not returned', async (t) => {
  const waiting = [
    person('a', { m: 1 }),
    person('b', { m: 1 }),
    person('c', { m: 1 }, { weightHalfPoints: 1 }),
  ]
  const problem = { waiting, mentors: [mentor('m', 3), mentor('l', 3)], timeBudgetMs }
  const pair = (waitingId: string, mentorId = 'm', scoreMillionths = 1) => ({
    waitingId,
    mentorId,
    scoreMillionths,
  })
  t.doesNotThrow(() => verify(problem, [pair('a'), pair('c')]))
  t.throws(() => verify(problem, [pair('a'), pair('b')]), /more than there is room for/)
  t.throws(
    () => verify({ ...problem, maxPerMentor: 1 }, [pair('a'), pair('c')]),
    /more than there is room for/,
  )
  t.throws(() => verify(problem, [pair('c'), pair('c')]), /two mentors/)
  t.throws(() => verify(problem, [pair('a', 'l')]), /no candidate/)
  t.throws(() => verify(problem, [pair('a', 'm', 2)]), /no candidate/)
})

t.test('a thread of its own has the same answer, and leaves the event loop free', async (t) => {
  const problem = waitlist(300, 120, [1, 2, 4])
  const phases = new Set<string>()
  let turns = 0
  let turn = setImmediate(function again() {
    turns += 1
    turn = setImmediate(again)
  })
  const answer = await solveInWorker(problem, { onProgress: ({ phase }) => phases.add(phase) })
  clearImmediate(turn)
  t.strictSame(answer, await solve(problem))
  t.ok(turns > 100)
  t.strictSame([...phases], ['reading', 'greedy', 'equal_weights', 'mixed_weights', 'checking'])
})

t.test('a thread that is not wanted any more ends', async (t) => {
  const problem = waitlist(2_000, 800, [1, 2, 4])
  const reason = new Error('the round was called off')
  await t.rejects(solveInWorker(problem, { signal: AbortSignal.abort(reason) }), reason)
  const stopping = new AbortController()
  const onProgress = ({ phase }: { phase: string }) => {
    if (phase === 'mixed_weights') stopping.abort(reason)
  }
  await t.rejects(solveInWorker(problem, { signal: stopping.signal, onProgress }), reason)
})

t.test('what the thread refuses reaches the caller as it is', async (t) => {
  const problem = { waiting: [person('a', { m: 0 })], mentors: [mentor('m', 2)], timeBudgetMs }
  await t.rejects(solveInWorker(problem), { name: 'RangeError', message: /score of a is 0/ })
})
