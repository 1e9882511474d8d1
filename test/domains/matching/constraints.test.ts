import fc from 'fast-check'
import t from 'tap'
import {
  type Constraint,
  canBeOverridden,
  constraints,
  failedConstraints,
  isFeasible,
} from '../../../src/domains/matching/constraints.ts'
import type { MentorFacts, Seeker, Wished } from '../../../src/domains/matching/facts.ts'
import { type NearMiss, rank } from '../../../src/domains/matching/rank.ts'
import { weighingOf } from '../../../src/domains/matching/score.ts'
import { mentor, mentors, seeker } from './arbitrary.ts'

const weighing = weighingOf({})
const runs = { numRuns: 1_500 }

/** The hard constraints once more, written from their description and in another way: one plain question each. */
const holds: Readonly<Record<Constraint, (m: MentorFacts, s: Seeker) => boolean>> = {
  status: (m) => m.status === 'active',
  papers: (m) => m.eligible,
  capacity: (m, s) => m.capacity - m.load - s.points >= 0,
  conflict_of_interest: (m, s) =>
    ![...s.barred.keys()].includes(m.id) &&
    [...s.onPanelOf].every((one) => !m.practitionerReferences.includes(one)),
  mentor_type: (m, s) => s.program.mentorTypes.length === 0 || s.program.mentorTypes.includes(m.type),
  language: (m, s) => {
    if (s.interpreter) return true
    const wished = s.wishes.languages ?? []
    const spoken = wished.length > 0 ? wished : [s.language].filter((one) => one !== null)
    return spoken.length === 0 || spoken.filter((one) => m.languages.includes(one)).length > 0
  },
  mode: (m, s) =>
    [s.program.modes, s.wishes.modes ?? []].every(
      (asked) => asked.length === 0 || m.modes.filter((mode) => asked.includes(mode)).length > 0,
    ),
  service_area: (m, s) => {
    const { postalCode } = s
    return (
      postalCode === null ||
      m.serviceArea.length === 0 ||
      m.serviceArea.some((area) => postalCode.indexOf(area) === 0)
    )
  },
  must: (m, s) =>
    demandsOf(s.must).every(([member, values]) => {
      const has = valuesOf(m, member)
      const met = values.filter((value) => has.includes(value))
      return member === 'languages' ? met.length === values.length : met.length > 0
    }),
  must_not: (m, s) =>
    demandsOf(s.mustNot).every(
      ([member, values]) => !values.some((value) => valuesOf(m, member).includes(value)),
    ),
  mentor_must_not: (m, s) => {
    const wishedModes = s.wishes.modes ?? []
    if (m.mustNot.reasons?.some((reason) => s.reasons.includes(reason))) return false
    if (m.mustNot.substances?.some((one) => s.wishes.substances?.includes(one))) return false
    return wishedModes.length === 0 || wishedModes.some((mode) => !m.mustNot.modes?.includes(mode))
  },
  failed_pair: (m, s) => ![...s.failedWith, s.notAgain].includes(m.id),
  asked_already: (m, s) => ![...s.askedAlready].includes(m.id),
}

function demandsOf({ demographics, ...lists }: Wished): [string, readonly string[]][] {
  const said = Object.entries(demographics ?? {}).map(
    ([key, values]) => [`demographics.${key}`, values] as const,
  )
  return [...Object.entries(lists), ...said].flatMap(([member, values]) =>
    values && values.length > 0 ? [[member, values]] : [],
  )
}

function valuesOf(m: MentorFacts, member: string): readonly string[] {
  if (member === 'mentorTypes') return [m.type]
  const [, key] = member.split('.')
  if (key !== undefined) {
    const said = (m.demographics as Record<string, string> | null)?.[key]
    return said === undefined ? [] : [said]
  }
  return (m[member as keyof MentorFacts] as readonly string[] | null) ?? []
}

const naive = (m: MentorFacts, s: Seeker) => constraints.filter((constraint) => !holds[constraint](m, s))

t.test(
  'who is put before a person satisfies every constraint, and who satisfies every one is put',
  async (t) => {
    let feasible = 0
    fc.assert(
      fc.property(mentors, seeker, (all, person) => {
        const ranked = rank(all, person, weighing).ranked.map((one) => one.mentor.id)
        const expected = all.filter((one) => naive(one, person).length === 0).map(({ id }) => id)
        feasible += ranked.length
        return ranked.sort().join() === expected.sort().join()
      }),
      runs,
    )
    t.ok(feasible > 500, `the question was worth asking: ${feasible} pairs were feasible`)
  },
)

t.test('each constraint fails for what it says, and is named', async (t) => {
  const seen = new Set<Constraint>()
  fc.assert(
    fc.property(mentor, seeker, (one, person) => {
      const failed = failedConstraints(one, person)
      for (const constraint of failed) seen.add(constraint)
      return failed.join() === naive(one, person).join() && isFeasible(one, person) === (failed.length === 0)
    }),
    { numRuns: 4_000 },
  )
  t.same([...seen].sort(), [...constraints].sort(), 'every constraint was seen to fail')
})

t.test('the table of who was left out adds up', async () => {
  fc.assert(
    fc.property(mentors, seeker, (all, person) => {
      const { ranked, excluded } = rank(all, person, weighing)
      const failures = all.map((one) => naive(one, person)).filter((failed) => failed.length > 0)
      const expected = constraints
        .map((constraint) => ({
          constraint,
          mentors: failures.filter((failed) => failed.includes(constraint)).length,
          alone: failures.filter((failed) => failed.length === 1 && failed[0] === constraint).length,
        }))
        .filter(({ mentors }) => mentors > 0)
      const alone = excluded.reduce((sum, one) => sum + one.alone, 0)
      const together = failures.filter((failed) => failed.length > 1).length
      return (
        JSON.stringify(excluded) === JSON.stringify(expected) &&
        alone + together + ranked.length === all.length
      )
    }),
    runs,
  )
})

/** The pair as it would be if people decided otherwise in the one thing that is named. */
function without({ constraint, member, value }: NearMiss, m: MentorFacts, s: Seeker): [MentorFacts, Seeker] {
  switch (constraint) {
    case 'mentor_type':
      return [m, { ...s, program: { ...s.program, mentorTypes: [] } }]
    case 'language':
      return [m, { ...s, interpreter: true }]
    case 'service_area':
      return [m, { ...s, postalCode: null }]
    case 'must':
      return [m, { ...s, must: member === undefined ? {} : withoutDemand(s.must, member, value) }]
    case 'must_not':
      return [m, { ...s, mustNot: {} }]
    case 'mentor_must_not':
      return [{ ...m, mustNot: {} }, s]
    case 'failed_pair':
      return [m, { ...s, failedWith: new Set(), notAgain: null }]
    case 'asked_already':
      return [m, { ...s, askedAlready: new Set() }]
    default:
      throw new Error(`Nobody can decide ${constraint} otherwise`)
  }
}

function withoutDemand(must: Wished, member: string, value: string | undefined): Wished {
  const less = (values: readonly string[] | undefined) => values?.filter((one) => one !== value)
  const [group, key] = member.split('.')
  if (key === undefined) return { ...must, [member]: less(must[member as keyof Wished] as readonly string[]) }
  const said = must.demographics as Record<string, readonly string[] | undefined> | undefined
  return { ...must, [group ?? '']: { ...said, [key]: less(said?.[key]) } }
}

t.test('a near miss is one: without what it names, as many more fit as it says', async (t) => {
  const named = new Set<string>()
  fc.assert(
    fc.property(mentors, seeker, (all, person) => {
      const { nearMisses } = rank(all, person, weighing)
      return nearMisses.every((miss) => {
        named.add(miss.member === undefined ? miss.constraint : `${miss.constraint} ${miss.member}`)
        const more = all.filter((one) => {
          // What a mentor does not take on looks at the same wish, so that here the wish stays.
          if (miss.constraint === 'mode') return naive(one, person).join() === 'mode'
          const [relaxed, asking] = without(miss, one, person)
          return naive(one, person).length > 0 && naive(relaxed, asking).length === 0
        }).length
        // A demand of several values stands without its name; without it those fit too who lack only one.
        return miss.constraint === 'must' && miss.member === undefined
          ? more >= miss.mentors
          : more === miss.mentors
      })
    }),
    { numRuns: 4_000 },
  )
  for (const miss of [
    'language',
    'mode',
    'service_area',
    'must',
    'must_not',
    'mentor_must_not',
    'must languages',
    'must substances',
  ])
    t.ok(named.has(miss), miss)
})

t.test('what nobody can decide otherwise is no near miss', async () => {
  fc.assert(
    fc.property(mentors, seeker, (all, person) =>
      rank(all, person, weighing).nearMisses.every(({ constraint }) => canBeOverridden(constraint)),
    ),
    runs,
  )
})

t.test('status, papers, room and another relation are the four that no reason opens', async (t) => {
  t.same(
    constraints.filter((constraint) => !canBeOverridden(constraint)),
    ['status', 'papers', 'capacity', 'conflict_of_interest'],
  )
})

t.test('what a mentor did not release meets no demand, and offends against none', async () => {
  const released = ['substances', 'pathways', 'lifeSituations', 'interests', 'demographics'] as const
  fc.assert(
    fc.property(mentor, seeker, fc.constantFrom(...released), (one, person, member) => {
      const silent = { ...one, [member]: null }
      const empty = { ...one, [member]: member === 'demographics' ? {} : [] }
      return failedConstraints(silent, person).join() === failedConstraints(empty, person).join()
    }),
    runs,
  )
})
