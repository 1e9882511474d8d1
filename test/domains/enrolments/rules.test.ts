import fc from 'fast-check'
import t from 'tap'
import { type Asked, type Fact, progressOf } from '../../../src/domains/enrolments/rules.ts'

const at = fc.integer({ min: 0, max: 600 }).map((minute) => new Date(Date.UTC(2026, 10, 17, 8, minute)))
const attended = fc.record<Fact>({
  kind: fc.constant('attendance'),
  moduleCode: fc.constantFrom('one', 'two'),
  at,
  minutes: fc.integer({ min: 1, max: 90 }),
  score: fc.constant(null),
})
const tried = fc.record<Fact>({
  kind: fc.constant('attempt'),
  moduleCode: fc.constant('quiz'),
  at,
  minutes: fc.constant(null),
  score: fc.integer({ min: 0, max: 100 }),
})
const evaluated = fc.record<Fact>({
  kind: fc.constant('evaluation'),
  moduleCode: fc.constant(null),
  at,
  minutes: fc.constant(null),
  score: fc.constant(null),
})
const facts = fc.array(fc.oneof(attended, tried, evaluated), { maxLength: 12 })
const asked = fc.record<Asked>({
  modules: fc.tuple(
    fc.record({
      code: fc.constant('one'),
      kind: fc.constant('live'),
      minutes: fc.integer({ min: 0, max: 120 }),
      required: fc.boolean(),
      passMark: fc.constant(null),
    }),
    fc.record({
      code: fc.constant('quiz'),
      kind: fc.constant('quiz'),
      minutes: fc.constant(0),
      required: fc.boolean(),
      passMark: fc.integer({ min: 0, max: 100 }),
    }),
  ),
  attemptsMax: fc.integer({ min: 1, max: 4 }),
  evaluationRequired: fc.boolean(),
  validMonths: fc.constant(null),
})

t.test('how far a learner is follows from what happened, in whatever order it was recorded', async () => {
  fc.assert(
    fc.property(asked, facts, fc.infiniteStream(fc.nat()), (version, done, order) => {
      const shuffled = done
        .map((fact) => ({ fact, key: order.next().value ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ fact }) => fact)
      t.same(progressOf(version, shuffled), progressOf(version, done))
    }),
  )
})

t.test(
  'a course is completed exactly when nothing is missing, and never by an hour counted twice',
  async () => {
    fc.assert(
      fc.property(asked, facts, (version, done) => {
        const progress = progressOf(version, done)
        t.equal(progress.status === 'completed', progress.missing.length === 0)
        for (const { code, minutesAttended } of progress.modules) {
          const own = done.filter(({ moduleCode, kind }) => moduleCode === code && kind === 'attendance')
          // Minute by minute, as somebody would who watched the clock.
          const seen = new Set(
            own.flatMap(({ at: from, minutes }) =>
              Array.from({ length: minutes ?? 0 }, (_, minute) => from.getTime() / 60_000 + minute),
            ),
          )
          t.equal(minutesAttended, seen.size)
        }
        t.same(
          progressOf(version, [...done, ...done]).modules.map(({ minutesAttended }) => minutesAttended),
          progress.modules.map(({ minutesAttended }) => minutesAttended),
        )
      }),
    )
  },
)

t.test('more presence takes no completion away', async () => {
  fc.assert(
    fc.property(asked, facts, attended, (version, done, more) => {
      if (progressOf(version, done).status === 'completed')
        t.equal(progressOf(version, [...done, more]).status, 'completed')
    }),
  )
})
