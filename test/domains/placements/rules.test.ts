import fc from 'fast-check'
import t from 'tap'
import { mentorTypes } from '../../../src/domains/mentors/codes.ts'
import {
  type Hour,
  isPeer,
  lackingOf,
  maySign,
  minutesOf,
  withSigned,
} from '../../../src/domains/placements/rules.ts'

const codes = ['a', 'b', 'c']
const hour = fc
  .record({
    from: fc.nat(10_000),
    lasts: fc.integer({ min: 1, max: 600 }),
    competencies: fc.subarray(codes),
    hasReflection: fc.boolean(),
  })
  .map(
    ({ from, lasts, ...rest }): Hour => ({
      ...rest,
      beganAt: new Date(from * 60_000),
      endedAt: new Date((from + lasts) * 60_000),
    }),
  )
const none = { recordedMinutes: 0, signedMinutes: 0, signedReflections: 0, evidenced: [] }
const required = fc.record({
  requiredMinutes: fc.integer({ min: 1, max: 2_000 }),
  reflectionsRequired: fc.nat(4),
  competencies: fc.subarray(codes, { minLength: 1 }),
})

t.test('hours count the same in whatever order they are signed', async (t) => {
  fc.assert(
    fc.property(fc.array(hour, { maxLength: 8 }), (hours) => {
      t.same(hours.reduce(withSigned, none), hours.toReversed().reduce(withSigned, none))
    }),
  )
})

t.test(
  'a placement lacks nothing exactly when minutes, reflections and competencies are there',
  async (t) => {
    fc.assert(
      fc.property(required, fc.array(hour, { maxLength: 8 }), (asked, hours) => {
        const minutes = hours.reduce((sum, one) => sum + minutesOf(one), 0)
        const isThere =
          minutes >= asked.requiredMinutes &&
          hours.filter(({ hasReflection }) => hasReflection).length >= asked.reflectionsRequired &&
          asked.competencies.every((code) => hours.some(({ competencies }) => competencies.includes(code)))
        t.equal(lackingOf(asked, hours.reduce(withSigned, none)).isNothing, isThere)
      }),
    )
  },
)

t.test('one kind of person signs: the named supervisor, a peer, active', async (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...mentorTypes),
      fc.constantFrom('active', 'paused', 'ended', 'applicant'),
      fc.constantFrom('one', 'two'),
      (type, status, id) => {
        t.equal(
          maySign({ id, type, status }, { supervisorId: 'one' }),
          id === 'one' && status === 'active' && isPeer({ type }),
        )
      },
    ),
  )
})
