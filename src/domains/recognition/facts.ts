import type { Subject } from './codes.ts'

/**
 * Fewer people than this are no group: a share or a median of them can point at one of them (the cell policy of the
 * Centers for Medicare & Medicaid Services suppresses 1 to 10).
 */
export const smallestGroup = 11

interface Fact {
  readonly of: Subject
  readonly unit: 'share' | 'hours' | 'count'
  /** Whose number counts as the size of the group; none where the fact is about the subject alone. */
  readonly group: 'people' | 'mentors' | 'none'
  /** Whether it looks back over a window, or at how things are now. */
  readonly looksBack: boolean
  readonly says: string
}

/**
 * What a rule can read. Each is measured here, in one statement, and speaks of how an organization works: none of how
 * people fare. An outcome is no fact, so that nobody is recognized for whom they turned away.
 */
export const facts = {
  supervision_kept: {
    of: 'organization',
    unit: 'share',
    group: 'mentors',
    looksBack: false,
    says: 'The share of active mentors whose supervision is not overdue.',
  },
  papers_current: {
    of: 'organization',
    unit: 'share',
    group: 'mentors',
    looksBack: false,
    says: 'The share of active mentors whose required training, checks and credentials are all in order.',
  },
  hours_to_first_contact: {
    of: 'organization',
    unit: 'hours',
    group: 'people',
    looksBack: true,
    says: 'The median of the hours from a referral to the first two-way contact. Whoever still waits counts with the hours so far.',
  },
  closures_with_both_voices: {
    of: 'organization',
    unit: 'share',
    group: 'people',
    looksBack: true,
    says: 'Of the people whose mentorships closed, the share of whom both mentor and person were heard each time.',
  },
  closures_with_next_support: {
    of: 'organization',
    unit: 'share',
    group: 'people',
    looksBack: true,
    says: 'Of the people whose mentorships closed, the share for whom the next support was named, or declined by the person, each time.',
  },
  accreditation_held: {
    of: 'organization',
    unit: 'count',
    group: 'none',
    looksBack: false,
    says: 'How many accreditations of the code hold today that the network’s office has confirmed.',
  },
  own_supervision_kept: {
    of: 'mentor',
    unit: 'count',
    group: 'none',
    looksBack: false,
    says: '1 when the mentor’s supervision is not overdue, else 0.',
  },
  own_papers_current: {
    of: 'mentor',
    unit: 'count',
    group: 'none',
    looksBack: false,
    says: '1 when the mentor’s required training, checks and credentials are all in order, else 0.',
  },
  own_supervision_sessions: {
    of: 'mentor',
    unit: 'count',
    group: 'none',
    looksBack: true,
    says: 'At how many supervision sessions the mentor was.',
  },
} as const satisfies Record<string, Fact>

export type FactCode = keyof typeof facts
export const factCodes = Object.keys(facts) as [FactCode, ...FactCode[]]
export const factOf = (code: FactCode): Fact => facts[code]
