/** One step of a sample referral's past, so many days before today. */
export type Step =
  | {
      readonly day: number
      readonly do: 'accept' | 'offer' | 'start' | 'pause' | 'hold' | 'complete' | 'reject' | 'cancel'
    }
  | { readonly day: number; readonly do: 'contact'; readonly result: 'two_way' | 'no_answer' | 'voicemail' }

export interface Story {
  /** Days ago on which it was requested. */
  readonly requested: number
  readonly by: 'clinic' | 'otherClinic'
  readonly steps: readonly Step[]
}

const spoke = (...days: number[]): Step[] => days.map((day) => ({ day, do: 'contact', result: 'two_way' }))
const tried = (...days: number[]): Step[] => days.map((day) => ({ day, do: 'contact', result: 'no_answer' }))
const matched = (day: number): Step[] => [
  { day, do: 'accept' },
  { day: day - 0.2, do: 'offer' },
  { day: day - 0.4, do: 'start' },
]

/** Sample referrals in every state that a clinic can meet. */
export const stories: readonly Story[] = [
  { requested: 0.5, by: 'clinic', steps: [] },
  { requested: 1, by: 'otherClinic', steps: [] },
  { requested: 2, by: 'clinic', steps: [{ day: 1.5, do: 'accept' }] },
  {
    requested: 2,
    by: 'clinic',
    steps: [
      { day: 1.5, do: 'accept' },
      { day: 0.3, do: 'offer' },
    ],
  },
  { requested: 3, by: 'clinic', steps: matched(1) },
  { requested: 4, by: 'otherClinic', steps: [...matched(3), ...tried(2, 1)] },
  { requested: 6, by: 'clinic', steps: [...matched(5), ...spoke(2)] },
  { requested: 40, by: 'clinic', steps: [...matched(39), ...spoke(37, 33, 28, 21, 14, 7, 2)] },
  { requested: 60, by: 'otherClinic', steps: [...matched(58), ...spoke(56, 52, 45, 30, 13)] },
  { requested: 90, by: 'clinic', steps: [...matched(88), ...spoke(86, 80, 70, 40)] },
  { requested: 100, by: 'clinic', steps: [...matched(98), ...spoke(96, 90, 80, 3)] },
  { requested: 30, by: 'clinic', steps: [...matched(29), ...spoke(27, 20), { day: 5, do: 'pause' }] },
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
    steps: [...matched(118), ...spoke(116, 109, 95, 60, 30), { day: 10, do: 'complete' }],
  },
  { requested: 15, by: 'clinic', steps: [{ day: 14, do: 'reject' }] },
  { requested: 12, by: 'otherClinic', steps: [{ day: 11, do: 'cancel' }] },
]
