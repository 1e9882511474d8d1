import fc from 'fast-check'
import t from 'tap'
import { factCodes, facts, smallestGroup } from '../../../src/domains/recognition/facts.ts'
import {
  initialsOf,
  judge,
  masked,
  monthsAfter,
  outcomeOf,
  type Rule,
  waive,
} from '../../../src/domains/recognition/rules.ts'

const rules = fc
  .record({
    fact: fc.constantFrom(...factCodes),
    comparison: fc.constantFrom('at_least' as const, 'at_most' as const),
    threshold: fc.double({ min: 0, max: 1, noNaN: true }),
    minimumGroup: fc.option(fc.integer({ min: 1, max: 30 })),
  })
  .map((said): Rule => ({ ...said, windowDays: null, accreditation: null }))
const measured = fc
  .record({ group: fc.nat(60), part: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ group, part }) => {
    const counted = Math.floor(group * part)
    return { value: group === 0 ? null : counted / group, group, counted }
  })
const grouped = rules.filter(({ fact }) => facts[fact].group !== 'none')

t.test('nothing is ever told of a group of fewer than eleven, whatever a rule says', async () => {
  fc.assert(
    fc.property(grouped, measured, (rule, found) => {
      const { value, group, counted, met, reason } = judge(rule, found)
      if (found.group >= Math.max(smallestGroup, rule.minimumGroup ?? 0))
        return met !== null && value !== null
      return [value, group, counted, met].every((told) => told === null) && reason === 'group_too_small'
    }),
  )
})

t.test('another organization can work out no number from one to ten', async () => {
  fc.assert(
    fc.property(grouped, measured, (rule, found) => {
      const { value, group, counted } = masked(judge(rule, found))
      if (value === null) return group === null && counted === null
      const left = (group ?? 0) - (counted ?? 0)
      return [group ?? 0, counted ?? 0, left].every((cell) => cell === 0 || cell >= smallestGroup)
    }),
  )
})

t.test(
  'an outcome is met when every fact is, and one that is not met outweighs what was not measured',
  async () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(grouped, measured), { minLength: 1, maxLength: 6 }), (pairs) => {
        const judged = pairs.map(([rule, found]) => judge(rule, found))
        const outcome = outcomeOf(judged)
        const expected = judged.some(({ met }) => met === false)
          ? 'not_met'
          : judged.every(({ met }) => met === true)
            ? 'met'
            : 'not_measurable'
        const [first] = judged
        const after = first ? waive(judged, first.fact) : []
        return (
          outcome === expected &&
          after.filter(({ fact }) => fact === first?.fact).every(({ met }) => met === true)
        )
      }),
    )
  },
)

t.test('a credential ends on the same day of the month, or on its last', async (t) => {
  const iso = (from: string, months: number) => monthsAfter(new Date(from), months).toISOString()
  t.equal(iso('2026-11-18T19:00:00Z', 12), '2027-11-18T19:00:00.000Z')
  t.equal(iso('2026-08-31T10:00:00Z', 6), '2027-02-28T10:00:00.000Z')
  t.equal(iso('2027-12-31T10:00:00Z', 2), '2028-02-29T10:00:00.000Z')
  fc.assert(
    fc.property(
      fc.date({ min: new Date('2020-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }),
      fc.integer({ min: 1, max: 36 }),
      (from, months) => {
        const days = (monthsAfter(from, months).getTime() - from.getTime()) / 86_400_000
        // The database refuses a credential of more than 1101 days.
        return days >= months * 28 && days <= 1_101
      },
    ),
  )
})

t.test('initials tell no more than the first letters of three words', async (t) => {
  t.equal(initialsOf('Sample Mentor'), 'S. M.')
  t.equal(initialsOf('  élan  de la Cruz '), 'É. D. L.')
  t.equal(initialsOf('💩 Name'), '💩. N.')
  t.equal(initialsOf(''), '.')
})
