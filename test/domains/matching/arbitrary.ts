import fc from 'fast-check'
import { barringKinds, cautionKinds } from '../../../src/domains/conflicts/contract.ts'
import type { MentorFacts, Seeker, Wished } from '../../../src/domains/matching/facts.ts'
import { mentorStatuses, mentorTypes } from '../../../src/domains/mentors/codes.ts'

/** Few words of each kind, so that pairs often meet and as often miss. */
export const words = {
  substances: ['alcohol', 'opioids', 'cannabis'],
  pathways: ['twelve_step', 'smart', 'faith'],
  languages: ['en', 'es', 'vi'],
  modes: ['phone', 'video', 'in_person'],
  lifeSituations: ['parenting', 'veteran'],
  interests: ['gardening', 'music'],
  reasons: ['post_overdose', 'isolation', 'other'],
} as const
const types = mentorTypes.slice(0, 3)
const ids = Array.from({ length: 8 }, (_, n) => `01938f3e-7c00-7aaa-8bbb-00000000000${n}`)
const references = ['npi|1', 'npi|2']

const some = <Value>(values: readonly Value[], minLength = 0) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength, maxLength: values.length })
const perhaps = <Value>(arbitrary: fc.Arbitrary<Value>, freq = 3) =>
  fc.option(arbitrary, { nil: undefined, freq })
const known = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: null, freq: 4 })

const hours = fc.array(fc.nat({ max: 167 }), { maxLength: 12 }).map((marked) => {
  const mask = new Uint32Array(6)
  for (const hour of marked) mask[hour >>> 5] = (mask[hour >>> 5] ?? 0) | (1 << (hour & 31))
  return mask
})

const demographics = fc.record(
  { gender: fc.constantFrom('female', 'male'), faith: fc.constantFrom('none', 'catholic') },
  { requiredKeys: [] },
)

const wished: fc.Arbitrary<Wished> = fc.record(
  {
    mentorTypes: some(types),
    substances: some(words.substances),
    pathways: some(words.pathways),
    languages: some(words.languages),
    modes: some(words.modes),
    lifeSituations: some(words.lifeSituations),
    interests: some(words.interests),
  },
  { requiredKeys: [] },
)
/** Demands are rare, or nobody would ever fit. */
const demanded: fc.Arbitrary<Wished> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Wished>({}) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        wished,
        fc.constantFrom('substances', 'languages', 'modes', 'mentorTypes', 'pathways', 'interests'),
      )
      .map(([all, member]): Wished => ({ [member]: all[member as keyof Wished] })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record(
        { gender: some(['female', 'male'], 1), faith: some(['none', 'catholic'], 1) },
        { requiredKeys: [] },
      )
      .map((said): Wished => ({ demographics: said })),
  },
  { weight: 1, arbitrary: wished },
)

const offset = fc.constantFrom(-480, -420, -300, 0, 60, 330)

export const mentorOf = (id: fc.Arbitrary<string>): fc.Arbitrary<MentorFacts> =>
  fc.record({
    id,
    type: fc.constantFrom(...types),
    status: fc.oneof(
      { weight: 9, arbitrary: fc.constant('active' as const) },
      { weight: 1, arbitrary: fc.constantFrom(...mentorStatuses) },
    ),
    eligible: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.boolean() }),
    capacity: fc.nat({ max: 6 }),
    load: fc.nat({ max: 8 }).map((halves) => halves / 2),
    languages: some(words.languages, 1),
    spoken: known(some(words.languages, 1)),
    modes: some(words.modes, 1),
    serviceArea: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: some(['802', '10']) },
    ),
    offsetMinutes: offset,
    mustNot: fc.oneof(
      { weight: 2, arbitrary: fc.constant({}) },
      {
        weight: 1,
        arbitrary: fc.record(
          {
            reasons: perhaps(some(words.reasons), 3),
            substances: perhaps(some(words.substances), 3),
            modes: perhaps(some(words.modes), 3),
          },
          { requiredKeys: [] },
        ),
      },
    ),
    practitionerReferences: fc.oneof(
      { weight: 5, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: some(references) },
    ),
    substances: known(some(words.substances)),
    pathways: known(some(words.pathways)),
    lifeSituations: known(some(words.lifeSituations)),
    interests: known(some(words.interests)),
    demographics: known(demographics),
    hours: known(hours),
  })

export const mentor = mentorOf(fc.constantFrom(...ids))
export const mentors: fc.Arbitrary<MentorFacts[]> = fc
  .uniqueArray(fc.constantFrom(...ids), { minLength: 1, maxLength: ids.length })
  .chain((chosen) => fc.tuple(...chosen.map((id) => mentorOf(fc.constant(id)))))

const few = fc.oneof(
  { weight: 3, arbitrary: fc.constant<string[]>([]) },
  { weight: 1, arbitrary: some(ids.slice(0, 2)) },
)
const kinds = (all: readonly string[]) =>
  few.map((chosen) => new Map(chosen.map((id) => [id, [all[0]]]))) as fc.Arbitrary<Seeker['barred']>

export const seeker: fc.Arbitrary<Seeker> = fc.record({
  wishes: wished,
  must: demanded,
  mustNot: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: demanded }),
  language: known(fc.constantFrom(...words.languages)),
  interpreter: fc.oneof(
    { weight: 3, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  hours: known(hours),
  offsetMinutes: known(offset),
  postalCode: known(fc.constantFrom('80205', '10001', '99999')),
  reasons: some(words.reasons, 1),
  program: fc.record({
    mentorTypes: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: some(types) }),
    modes: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: some(words.modes) }),
  }),
  points: fc.constantFrom(0.5, 1, 2),
  barred: kinds(barringKinds),
  cautions: kinds(cautionKinds),
  onPanelOf: fc
    .oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: some(references) })
    .map((chosen) => new Set(chosen)),
  failedWith: few.map((chosen) => new Set(chosen)),
  wellWith: some(ids).map((chosen) => new Set(chosen)),
  askedAlready: few.map((chosen) => new Set(chosen)),
  notAgain: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(...ids) },
  ),
})

/** One who has not been given less room than they carry: of them a score is asked. */
export const withRoom: fc.Arbitrary<MentorFacts> = mentor.map((one) => ({
  ...one,
  load: Math.min(one.load, one.capacity),
}))
