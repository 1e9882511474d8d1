import type { z } from 'zod'
import type { Priority } from '../domains/clocks/contract.ts'
import type { ConflictKind } from '../domains/conflicts/contract.ts'
import type { ContactResult } from '../domains/mentorships/contract.ts'

/** One step of a sample referral's past, so many days before today. Mentors are named by their number. */
export type Step = { readonly day: number } & (
  | {
      readonly do:
        | 'accept'
        | 'start'
        | 'decline'
        | 'recuse'
        | 'pause'
        | 'hold'
        | 'complete'
        | 'reject'
        | 'cancel'
    }
  | { readonly do: 'waitlist' | 'auto_offer' | 'agree' | 'closing_voices' }
  | { readonly do: 'offer'; readonly mentor: number; readonly handOver?: true }
  | { readonly do: 'mentor_pauses'; readonly mentor: number }
  | { readonly do: 'shortlist'; readonly mentors: readonly number[] }
  | { readonly do: 'choose'; readonly mentor: number }
  | { readonly do: 'contact'; readonly result: ContactResult; readonly introduces?: number }
  | { readonly do: 'correct'; readonly result: ContactResult }
  | { readonly do: 'declare'; readonly mentor: number; readonly kind: ConflictKind }
)

export interface Story {
  /** Days ago on which it was requested. */
  readonly requested: number
  readonly by: 'clinic' | 'otherClinic'
  readonly priority?: z.output<typeof Priority>
  readonly steps: readonly Step[]
}

const spoke = (...days: number[]): Step[] => days.map((day) => ({ day, do: 'contact', result: 'two_way' }))
const tried = (...days: number[]): Step[] => days.map((day) => ({ day, do: 'contact', result: 'no_answer' }))
const matched = (day: number, mentor: number): Step[] => [
  { day, do: 'accept' },
  { day: day - 0.2, do: 'offer', mentor },
  { day: day - 0.4, do: 'start' },
]

/** Who pauses after a while, and leaves the people of two stories to be looked after. */
const mentorWhoPauses = 13

/** Whose clinic has the person of this story on their panel, so that the two are never matched. */
export const storyOfPanel = 23
/** Whose person walks a blueprint, as a recovery plan of their own. */
export const storyOfPlan = 7
/** Whose person lets a student be there: when they were called nine days ago, and four. */
export const storyOfPlacement = 20

/** Sample referrals in every state that a clinic and a coordinator can meet. */
export const stories: readonly Story[] = [
  { requested: 0.5, by: 'clinic', priority: 'urgent', steps: [] },
  { requested: 1, by: 'otherClinic', steps: [] },
  {
    requested: 2,
    by: 'clinic',
    steps: [
      { day: 1.5, do: 'accept' },
      { day: 1.2, do: 'declare', mentor: 1, kind: 'sponsor' },
    ],
  },
  {
    requested: 2,
    by: 'clinic',
    priority: 'urgent',
    steps: [
      { day: 1.5, do: 'accept' },
      { day: 0.3, do: 'offer', mentor: 0 },
    ],
  },
  { requested: 3, by: 'clinic', steps: matched(1, 4) },
  {
    requested: 4,
    by: 'otherClinic',
    steps: [...matched(3, 5), ...tried(2, 1), { day: 0.9, do: 'correct', result: 'voicemail' }],
  },
  { requested: 6, by: 'clinic', priority: 'urgent', steps: [...matched(5, 2), ...spoke(2)] },
  {
    requested: 40,
    by: 'clinic',
    steps: [...matched(39, 7), ...spoke(37), { day: 36, do: 'agree' }, ...spoke(28, 14, 7, 2)],
  },
  { requested: 60, by: 'otherClinic', steps: [...matched(58, 8), ...spoke(56, 45, 30, 13)] },
  { requested: 90, by: 'clinic', steps: [...matched(88, 11), ...spoke(86, 70, 40)] },
  { requested: 100, by: 'clinic', steps: [...matched(98, 10), ...spoke(96, 80, 3)] },
  { requested: 30, by: 'clinic', steps: [...matched(29, 12), ...spoke(27, 20), { day: 5, do: 'pause' }] },
  {
    requested: 20,
    by: 'otherClinic',
    steps: [
      { day: 19, do: 'accept' },
      { day: 4, do: 'hold' },
    ],
  },
  {
    requested: 120,
    by: 'clinic',
    steps: [
      ...matched(118, 15),
      ...spoke(116, 95, 30),
      { day: 10, do: 'complete' },
      { day: 9, do: 'closing_voices' },
    ],
  },
  { requested: 15, by: 'clinic', steps: [{ day: 14, do: 'reject' }] },
  { requested: 12, by: 'otherClinic', steps: [{ day: 11, do: 'cancel' }] },
  {
    requested: 9,
    by: 'clinic',
    steps: [
      { day: 8.5, do: 'accept' },
      { day: 8, do: 'waitlist' },
    ],
  },
  { requested: 26, by: 'otherClinic', steps: [...matched(25, mentorWhoPauses), ...spoke(22, 8)] },
  {
    requested: 3,
    by: 'clinic',
    steps: [
      { day: 2.5, do: 'accept' },
      { day: 1, do: 'shortlist', mentors: [1, 6, 14] },
    ],
  },
  {
    requested: 12,
    by: 'otherClinic',
    steps: [
      { day: 11, do: 'accept' },
      { day: 10, do: 'shortlist', mentors: [16, 17, 20] },
      { day: 9.5, do: 'choose', mentor: 16 },
      { day: 9.2, do: 'start' },
      ...spoke(8, 4, 1),
    ],
  },
  {
    requested: 52,
    by: 'clinic',
    steps: [
      ...matched(50, 17),
      ...spoke(48, 40, 26),
      { day: 12, do: 'contact', result: 'two_way', introduces: 20 },
      { day: 11.8, do: 'offer', mentor: 20, handOver: true },
      { day: 11.6, do: 'start' },
      ...spoke(9, 4),
    ],
  },
  {
    requested: 22,
    by: 'otherClinic',
    steps: [...matched(20, 23), ...spoke(18, 14), { day: 0.5, do: 'recuse' }],
  },
  {
    requested: 37,
    by: 'clinic',
    steps: [
      ...matched(35, mentorWhoPauses),
      ...spoke(33, 20, 5),
      { day: 0.6, do: 'mentor_pauses', mentor: mentorWhoPauses },
    ],
  },
  {
    requested: 2,
    by: 'otherClinic',
    steps: [
      { day: 1.8, do: 'accept' },
      { day: 0.5, do: 'declare', mentor: 4, kind: 'case_management' },
      { day: 0.3, do: 'auto_offer' },
      { day: 0.2, do: 'decline' },
    ],
  },
]
