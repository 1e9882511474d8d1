import fc from 'fast-check'
import t from 'tap'
import type { MentorFacts, Seeker } from '../../../src/domains/matching/facts.ts'
import { rank } from '../../../src/domains/matching/rank.ts'
import {
  defaultWeights,
  explain,
  millionths,
  scoreOf,
  weighingOf,
} from '../../../src/domains/matching/score.ts'
import { overlapHours } from '../../../src/domains/mentors/availability.ts'
import { type MatchWeights, matchCriteria } from '../../../src/domains/programs/contract.ts'
import { withRoom as mentor, mentors, seeker, words } from './arbitrary.ts'

const weights: fc.Arbitrary<MatchWeights> = fc.dictionary(
  fc.constantFrom(...matchCriteria),
  fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 100, noNaN: true }), fc.nat({ max: 5 })),
)
const runs = { numRuns: 2_000 }
const rounding = 0.000_05

t.test('a score lies between nothing and everything, in whole millionths', async () => {
  fc.assert(
    fc.property(mentor, seeker, weights, (one, person, own) => {
      const score = scoreOf(one, person, weighingOf(own))
      return Number.isInteger(score) && score >= 0 && score <= millionths
    }),
    runs,
  )
})

t.test('the explanation adds up to the score, and its weights to the whole', async () => {
  fc.assert(
    fc.property(mentor, seeker, weights, (one, person, own) => {
      const criteria = explain(one, person, weighingOf(own))
      const sum = (member: 'weight' | 'contribution') =>
        criteria.reduce((total, row) => total + row[member], 0)
      const slack = rounding * (criteria.length + 1)
      const score = scoreOf(one, person, weighingOf(own)) / millionths
      return (
        Math.abs(sum('contribution') - score) <= slack &&
        (criteria.length === 0 ? score === 0 : Math.abs(sum('weight') - 1) <= slack) &&
        criteria.every(({ value, weight, contribution }) => {
          // Each of the three is rounded by itself, and the two factors carry their rounding into the product.
          const error = rounding * (1 + value + weight) + 1e-8
          return value >= 0 && value <= 1 && Math.abs(contribution - value * weight) <= error
        })
      )
    }),
    runs,
  )
})

/** Making each of these unknown, on either side. */
const silences = {
  shared_experience: (m: MentorFacts, s: Seeker) => [{ ...m, substances: null }, s] as const,
  pathway: (m: MentorFacts, s: Seeker) => [m, { ...s, wishes: { ...s.wishes, pathways: [] } }] as const,
  life_situation: (m: MentorFacts, s: Seeker) => [{ ...m, lifeSituations: [] }, s] as const,
  interests: (m: MentorFacts, s: Seeker) => [{ ...m, interests: null }, s] as const,
  availability: (m: MentorFacts, s: Seeker) => [m, { ...s, hours: null }] as const,
  time_zone: (m: MentorFacts, s: Seeker) => [m, { ...s, offsetMinutes: null }] as const,
  mentor_type: (m: MentorFacts, s: Seeker) =>
    [m, { ...s, wishes: { ...s.wishes, mentorTypes: undefined } }] as const,
  mode: (m: MentorFacts, s: Seeker) => [m, { ...s, wishes: { ...s.wishes, modes: [] } }] as const,
  continuity: (m: MentorFacts, s: Seeker) => [m, { ...s, wellWith: new Set<string>() }] as const,
  language: (m: MentorFacts, s: Seeker) => [{ ...m, spoken: null }, s] as const,
  load: (m: MentorFacts, s: Seeker) => [{ ...m, capacity: 0 }, s] as const,
}

t.test(
  'what is not known counts neither way: the rest weighs the more, and nothing stands in the middle',
  async (t) => {
    t.same(Object.keys(silences).sort(), [...matchCriteria].sort(), 'each criterion can be silent')
    fc.assert(
      fc.property(
        mentor,
        seeker,
        weights,
        fc.constantFrom(...matchCriteria),
        (one, person, own, criterion) => {
          const [m, s] = silences[criterion](one, person)
          const rest = weighingOf({ ...own, [criterion]: 0 })
          return (
            scoreOf(m, s, weighingOf(own)) === scoreOf(m, s, rest) &&
            !explain(m, s, weighingOf(own)).some((row) => row.criterion === criterion)
          )
        },
      ),
      { numRuns: 4_000 },
    )
  },
)

t.test('of whom nothing at all is known there is nothing to say: nought, and no criterion', async (t) => {
  fc.assert(
    fc.property(mentor, seeker, (one, person) => {
      let pair: readonly [MentorFacts, Seeker] = [one, person]
      for (const silence of Object.values(silences)) pair = silence(...pair)
      return scoreOf(...pair, weighingOf({})) === 0 && explain(...pair, weighingOf({})).length === 0
    }),
    { numRuns: 300 },
  )
  t.pass()
})

t.test('more of what was wished for is never worse', async (t) => {
  const shared = [
    ['substances', 'substances'],
    ['pathways', 'pathways'],
    ['lifeSituations', 'lifeSituations'],
    ['interests', 'interests'],
    ['modes', 'modes'],
  ] as const
  let better = 0
  fc.assert(
    fc.property(mentor, seeker, weights, fc.constantFrom(...shared), (one, person, own, [member, wish]) => {
      const has: readonly string[] | null = one[member]
      const wanted: readonly string[] = person.wishes[wish] ?? []
      fc.pre(has !== null && has.length > 0 && wanted.length > 0)
      const more = { ...one, [member]: [...new Set([...(has ?? []), wanted[0] ?? '']).values()] }
      const [before, after] = [one, more].map((m) => scoreOf(m as MentorFacts, person, weighingOf(own)))
      better += Number((after ?? 0) > (before ?? 0))
      return (after ?? 0) >= (before ?? 0)
    }),
    { numRuns: 1_500 },
  )
  t.ok(better > 50, `in ${better} cases it was better`)
})

t.test('the first language is worth more than another, and another more than none', async () => {
  const [en, es, vi] = words.languages
  fc.assert(
    fc.property(mentor, seeker, (one, person) => {
      const asks = { ...person, language: 'de', wishes: { ...person.wishes, languages: [en, es] } }
      const score = (languages: readonly string[]) =>
        scoreOf({ ...one, spoken: languages }, asks, weighingOf({ language: 5 }))
      const [first, second, third, none] = [score([en, vi]), score([vi, en]), score([vi, es]), score([vi])]
      return first > second && second > third && third > none
    }),
    { numRuns: 300 },
  )
})

t.test(
  'a mentor with more room is never worse, and neither is more time in common, nor a nearer zone',
  async () => {
    fc.assert(
      fc.property(mentor, seeker, weights, mentor, (one, person, own, other) => {
        const weighing = weighingOf(own)
        const score = (changes: Partial<MentorFacts>) => scoreOf({ ...one, ...changes }, person, weighing)
        const [less, more] = [Math.min(one.load, other.load), Math.max(one.load, other.load)]
        fc.pre(more <= one.capacity)
        const room = one.capacity === 0 || score({ load: less }) >= score({ load: more })
        const hours = [one.hours, other.hours]
        const known = person.hours
        const time =
          !known ||
          !hours[0] ||
          !hours[1] ||
          (overlapHours(hours[0], known) - overlapHours(hours[1], known)) *
            (score({ hours: hours[0] }) - score({ hours: hours[1] })) >=
            0
        const far = (offset: number) => Math.abs(offset - (person.offsetMinutes ?? 0))
        const zones =
          person.offsetMinutes === null ||
          (far(other.offsetMinutes) - far(one.offsetMinutes)) *
            (score({ offsetMinutes: one.offsetMinutes }) - score({ offsetMinutes: other.offsetMinutes })) >=
            0
        return room && time && zones
      }),
      { numRuns: 3_000 },
    )
  },
)

t.test(
  'a criterion that weighs everything is the score; one that weighs nothing is not looked at',
  async () => {
    fc.assert(
      fc.property(mentor, seeker, fc.constantFrom(...matchCriteria), (one, person, criterion) => {
        const none = Object.fromEntries(matchCriteria.map((name) => [name, 0]))
        const only = weighingOf({ ...none, [criterion]: 7 })
        const [row, ...others] = explain(one, person, only)
        const score = scoreOf(one, person, only) / millionths
        return (
          others.length === 0 &&
          (row === undefined ? score === 0 : row.weight === 1 && Math.abs(score - row.value) <= rounding)
        )
      }),
      runs,
    )
  },
)

t.test('a program’s weights go before the defaults, one by one', async (t) => {
  const asMap = (own: MatchWeights) =>
    new Map(weighingOf(own).map(({ criterion, weight }) => [criterion, weight]))
  t.same(Object.fromEntries(asMap({})), defaultWeights)
  fc.assert(
    fc.property(weights, (own) => {
      const inForce = asMap(own)
      return matchCriteria.every(
        (criterion) => (inForce.get(criterion) ?? 0) === (own[criterion] ?? defaultWeights[criterion]),
      )
    }),
  )
  t.notOk(asMap({ load: 0 }).has('load'), 'nought leaves it out')
})

t.test('the same facts in any order give the same ranking, to the millionth', async () => {
  fc.assert(
    fc.property(
      mentors.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      seeker,
      weights,
      ([all, shuffled], person, own) => {
        const turned = <Value>(values: readonly Value[] | undefined) => values && [...values].reverse()
        const { wishes } = person
        const asAlso: Seeker = {
          ...person,
          wishes: {
            ...wishes,
            substances: turned(wishes.substances),
            pathways: turned(wishes.pathways),
            modes: turned(wishes.modes),
            lifeSituations: turned(wishes.lifeSituations),
            interests: turned(wishes.interests),
            mentorTypes: turned(wishes.mentorTypes),
          },
          reasons: [...person.reasons].reverse(),
          wellWith: new Set([...person.wellWith].reverse()),
        }
        const turnedWeights = Object.fromEntries(Object.entries(own).reverse())
        const one = rank(all, person, weighingOf(own))
        const other = rank(shuffled, asAlso, weighingOf(turnedWeights))
        const plain = ({ ranked, excluded }: typeof one) =>
          JSON.stringify([ranked.map(({ mentor, score }) => [mentor.id, score]), excluded])
        return plain(one) === plain(other)
      },
    ),
    runs,
  )
})

t.test('near misses come in one order too, whatever the order of the mentors', async () => {
  fc.assert(
    fc.property(
      mentors.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      seeker,
      ([all, shuffled], person) => {
        const weighing = weighingOf({})
        return (
          JSON.stringify(rank(all, person, weighing).nearMisses) ===
          JSON.stringify(rank(shuffled, person, weighing).nearMisses)
        )
      },
    ),
    runs,
  )
})

t.test('better first; of two as good, who has more room; of two with as much, the older', async () => {
  fc.assert(
    fc.property(mentors, seeker, weights, (all, person, own) => {
      const { ranked } = rank(all, person, weighingOf(own))
      return ranked.every((one, index) => {
        const next = ranked[index + 1]
        if (!next) return true
        if (one.score !== next.score) return one.score > next.score
        if (one.mentor.load !== next.mentor.load) return one.mentor.load < next.mentor.load
        return one.mentor.id < next.mentor.id
      })
    }),
    runs,
  )
})

t.test('whether others are there changes nothing between two', async () => {
  fc.assert(
    fc.property(mentors, seeker, (all, person) => {
      const order = (some: readonly MentorFacts[]) =>
        rank(some, person, weighingOf({})).ranked.map((one) => one.mentor.id)
      const whole = order(all)
      const [leftOut] = whole
      return order(all.filter(({ id }) => id !== leftOut)).join() === whole.slice(1).join()
    }),
    { numRuns: 500 },
  )
})
