import fc from 'fast-check'
import t from 'tap'
import { type BillingRule, countUnits, type Delivered, unitsOf } from '../../../src/domains/billing/rules.ts'

const rounding = fc
  .record({
    unitMinutes: fc.integer({ min: 1, max: 60 }),
    remainder: fc.double({ min: 0, max: 1, noNaN: true }),
    minimumMinutes: fc.integer({ min: 0, max: 40 }),
    unitsMax: fc.option(fc.integer({ min: 1, max: 20 })),
  })
  .map(({ remainder, ...rest }) => ({
    ...rest,
    roundUpFromMinutes: Math.max(1, Math.ceil(remainder * rest.unitMinutes)),
  }))

const rule = (changes: Partial<BillingRule> = {}): BillingRule => ({
  id: 'rule',
  revision: 1,
  networkWide: false,
  effectiveFrom: '2026-01-01',
  effectiveUntil: null,
  unitMinutes: 15,
  roundUpFromMinutes: 8,
  minimumMinutes: 0,
  unitsMax: null,
  aggregation: 'contact',
  modes: ['phone'],
  results: ['two_way'],
  mentorTypes: [],
  overlap: 'refused',
  ...changes,
})

const noon = Date.parse('2026-11-18T12:00:00Z')
let number = 0
const contact = (changes: Partial<Delivered> & { readonly after?: number } = {}): Delivered => {
  const { after = 0, ...members } = changes
  return {
    id: `c${String(++number).padStart(9, '0')}`,
    patientId: 'p1',
    mentorId: 'm1',
    mentorType: 'peer_certified',
    on: '2026-11-18',
    beganAt: new Date(noon + after * 60_000),
    mode: 'phone',
    result: 'two_way',
    minutes: 20,
    ...members,
  }
}

t.test('the 8-minute rule, rounding down and rounding up are one rule with another number', async (t) => {
  const units = (roundUpFromMinutes: number, ...minutes: number[]) =>
    minutes.map((some) =>
      unitsOf({ unitMinutes: 15, roundUpFromMinutes, minimumMinutes: 0, unitsMax: null }, some),
    )
  t.same(units(8, 0, 7, 8, 22, 23, 37, 38, 52, 53), [0, 0, 1, 1, 2, 2, 3, 3, 4])
  t.same(units(15, 14, 15, 29, 30), [0, 1, 1, 2])
  t.same(units(1, 0, 1, 15, 16), [0, 1, 1, 2])
})

t.test(
  'units never fall as minutes grow, never pass their cap, and are never a whole unit off',
  async (t) => {
    fc.assert(
      fc.property(rounding, fc.integer({ min: 0, max: 1440 }), (one, minutes) => {
        const units = unitsOf(one, minutes)
        const exact = minutes / one.unitMinutes
        const isFree = minutes >= one.minimumMinutes && (one.unitsMax === null || exact < one.unitsMax)
        return (
          Number.isInteger(units) &&
          units >= 0 &&
          unitsOf(one, minutes + 1) >= units &&
          units <= (one.unitsMax ?? units) &&
          (!isFree || Math.abs(units - exact) < 1)
        )
      }),
    )
    t.pass()
  },
)

const day = fc.array(
  fc.record({
    patientId: fc.constantFrom('p1', 'p2'),
    mentorId: fc.constantFrom('m1', 'm2', 'm3'),
    after: fc.integer({ min: -1400, max: 1400 }),
    minutes: fc.option(fc.integer({ min: 0, max: 200 })),
    result: fc.constantFrom('two_way' as const, 'no_answer' as const),
    mode: fc.constantFrom('phone' as const, 'text' as const),
  }),
  { maxLength: 30 },
)
const withDays = (all: readonly (Partial<Delivered> & { after: number })[]) =>
  all.map((one) => {
    const made = contact(one)
    return { ...made, on: made.beganAt.toISOString().slice(0, 10) }
  })

t.test('the units of contacts add up to those of what they are added up in', async (t) => {
  const sums = {
    person_mentor_day: ['patientId', 'mentorId', 'on'],
    person_day: ['patientId', 'on'],
  } as const
  fc.assert(
    fc.property(
      rounding,
      day,
      fc.constantFrom('person_mentor_day', 'person_day'),
      (one, all, aggregation) => {
        const contacts = withDays(all)
        const counted = countUnits([rule({ ...one, aggregation })], contacts)
        const keyOf = (of: Delivered) => sums[aggregation].map((member) => of[member]).join()
        return [...new Set(contacts.map(keyOf))].every((key) => {
          const lines = contacts.filter((of) => keyOf(of) === key).map(({ id }) => counted.get(id))
          const total = (member: 'units' | 'countedMinutes') =>
            lines.reduce((sum, line) => sum + (line?.[member] ?? Number.NaN), 0)
          return total('units') === unitsOf(one, total('countedMinutes'))
        })
      },
    ),
  )
  t.pass()
})

t.test('the order in which contacts are read changes nothing, and none is counted twice over', async (t) => {
  fc.assert(
    fc.property(day, (all) => {
      const contacts = withDays(all)
      const counted = countUnits([rule()], contacts)
      const backwards = countUnits([rule()], [...contacts].reverse())
      const inCount = contacts.filter(({ id }) => counted.get(id)?.countedMinutes)
      const end = (of: Delivered) => of.beganAt.getTime() + (of.minutes ?? 0) * 60_000
      const apart = inCount.every((a) =>
        inCount.every(
          (b) =>
            a === b ||
            a.mentorId !== b.mentorId ||
            end(a) <= b.beganAt.getTime() ||
            end(b) <= a.beganAt.getTime(),
        ),
      )
      return apart && contacts.every(({ id }) => counted.get(id)?.units === backwards.get(id)?.units)
    }),
  )
  t.pass()
})

t.test('each contact says why it counts, or why not', async (t) => {
  const reasonOf = (of: Delivered, changes: Partial<BillingRule> = {}, ...others: Delivered[]) =>
    countUnits([rule(changes)], [...others, of]).get(of.id)?.reason
  t.equal(reasonOf(contact()), 'counted')
  t.equal(reasonOf(contact({ on: '2025-12-31' })), 'no_rule_in_force')
  t.equal(reasonOf(contact({ result: 'no_show' })), 'result_not_counted')
  t.equal(reasonOf(contact({ mode: 'text' })), 'mode_not_counted')
  t.equal(reasonOf(contact(), { mentorTypes: ['peer_volunteer'] }), 'mentor_type_not_counted')
  t.equal(reasonOf(contact({ minutes: null })), 'minutes_not_recorded')
  t.equal(reasonOf(contact({ minutes: 7 })), 'below_rounding')
  t.equal(reasonOf(contact({ minutes: 9 }), { minimumMinutes: 10 }), 'below_minimum')
  const [first, later] = [contact(), contact({ after: 19, patientId: 'p2' })]
  t.equal(reasonOf(later, {}, first), 'overlaps_earlier_contact')
  t.equal(reasonOf(later, { overlap: 'counted' }, first), 'counted')
  t.equal(
    reasonOf(contact({ after: 20, patientId: 'p2' }), {}, first),
    'counted',
    'one ends as the other begins',
  )
  t.equal(
    reasonOf(contact({ after: 60 }), { aggregation: 'person_day', unitsMax: 1 }, first),
    'units_max_reached',
  )
})

t.test('a revision counts its own days, and an organization’s own stands before its network’s', async (t) => {
  const [january, march] = [
    rule({ id: 'jan', effectiveUntil: '2026-02-28', roundUpFromMinutes: 15 }),
    rule({ id: 'mar', effectiveFrom: '2026-03-01', roundUpFromMinutes: 1 }),
  ]
  const ofNetwork = rule({ id: 'network', networkWide: true, effectiveFrom: '2025-01-01' })
  const of = (on: string) => {
    const one = contact({ on, minutes: 16 })
    const { rule: by, units } = countUnits([ofNetwork, january, march], [one]).get(one.id) ?? {}
    return [by?.id, units]
  }
  t.same(
    [of('2025-06-01'), of('2026-02-28'), of('2026-03-01')],
    [
      ['network', 1],
      ['jan', 1],
      ['mar', 2],
    ],
  )
})
