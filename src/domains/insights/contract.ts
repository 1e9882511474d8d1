import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { Instant } from '../../core/primitives.ts'

export const periodMaxDays = 366

export const defaultDays = 30

export const UnaccompaniedFilter = z.strictObject({
  from: Instant.optional().describe(`The period begins; left out, ${defaultDays} days before its end.`),
  to: Instant.optional().describe(
    `The period ends, up to ${periodMaxDays} days after it begins; left out, now. What lies in the future has no hours yet.`,
  ),
  programId: Id.optional().describe(
    'One of your own programs; left out, all that your organization received.',
  ),
})

const Hours = z.number().min(0)

export const UnaccompaniedHours = z
  .object({
    from: Instant,
    to: Instant,
    asOf: Instant.describe('The moment of the request; hours are counted up to it.'),
    programId: Id.nullable(),
    referrals: z
      .int32()
      .describe('Referrals that your organization received and that were open at some time of the period.'),
    openHours: Hours.describe(
      'Hours of the period during which a referral was open, from the request to its close, and not on hold; summed over the referrals.',
    ),
    unaccompaniedHours: Hours.describe(
      'Those of `openHours` during which nobody was accompanying the person: no mentorship was living, or the one that lived waited for another mentor because its own was away. A paused mentorship lives.',
    ),
    waitingForFirstMentorHours: Hours.describe(
      'The part before the first mentorship of the referral began, or all of it where none has.',
    ),
    betweenMentorsHours: Hours.describe('The part after it had begun.'),
    people: z.int32().describe('Patients with any such hour in the period, each counted once.'),
    medianHours: Hours.nullable().describe(
      'The median of their unaccompanied hours in the period, over all their referrals; null when there are none.',
    ),
    longestHours: Hours.nullable().describe('The most of one of them; null when there are none.'),
    longestStretchHours: Hours.nullable().describe(
      'The longest time without a break for which one referral was unaccompanied within the period.',
    ),
  })
  .meta({
    id: 'UnaccompaniedHours',
    description:
      'How long people waited alone. It is your own organization’s data, so small numbers are not suppressed: a count below 11 can point at a person, treat the answer like the records it is made of. Hours are exact to a hundredth.',
  })
export type UnaccompaniedHours = z.output<typeof UnaccompaniedHours>
