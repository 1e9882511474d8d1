import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { evenWhenMalformed, fault, Instant, Language, Text } from '../../core/primitives.ts'
import { Priority, priorities } from '../clocks/contract.ts'
import { ClockSpans } from '../clocks/rules.ts'
import { MentorType } from '../mentors/codes.ts'
import { Intensity } from '../mentorships/intensity.ts'
import { referralReasons } from '../referrals/codes.ts'

export const contactModes = ['in_person', 'phone', 'video', 'text', 'chat', 'group'] as const
export const ContactMode = z.enum(contactModes)

/** How often mentor and person expect to talk; the intervals are in mentorships/cadence.ts. */
export const cadences = [
  'stepped_default',
  'telephone_weekly_12',
  'post_overdose_90',
  'checkup_quarterly',
  'checkup_adaptive',
  'mentoring_4h_month',
] as const
export const Cadence = z.enum(cadences)

export const programStatuses = ['active', 'paused', 'closed'] as const

const agesMax = 120

/** Whom a program accompanies. What is unknown of a person excludes nobody: it is asked when they meet. */
export const Eligibility = z
  .strictObject({
    minimumAge: z.int().min(0).max(agesMax).optional(),
    maximumAge: z.int().min(0).max(agesMax).optional(),
    reasons: z
      .array(z.enum(referralReasons))
      .min(1)
      .max(referralReasons.length)
      .optional()
      .describe('It takes referrals for at least one of these reasons; left out, for any.'),
    priorities: z.array(Priority).min(1).max(priorities.length).optional(),
  })
  .check(
    evenWhenMalformed((payload) => {
      const { minimumAge, maximumAge } = (payload.value ?? {}) as Record<string, unknown>
      if (typeof minimumAge === 'number' && typeof maximumAge === 'number' && minimumAge > maximumAge)
        payload.issues.push({
          ...fault(
            'age_range_empty',
            ['maximumAge'],
            'Nobody is at least minimumAge and at most maximumAge.',
          ),
          input: undefined,
        })
    }),
  )
  .meta({ id: 'Eligibility', example: { minimumAge: 18 } })
export type Eligibility = z.output<typeof Eligibility>

/** What a candidate's score is made of. The rules behind each are in matching/score.ts. */
export const matchCriteria = [
  'mentor_type',
  'shared_experience',
  'pathway',
  'language',
  'mode',
  'availability',
  'life_situation',
  'interests',
  'time_zone',
  'load',
  'continuity',
] as const
export type MatchCriterion = (typeof matchCriteria)[number]

/** A program's own weights; what is left out keeps the default weight. They are compared, so they need not sum to 1. */
export const MatchWeights = z
  .partialRecord(z.enum(matchCriteria), z.number().min(0).max(100))
  .meta({ id: 'MatchWeights', example: { shared_experience: 3, load: 0.5 } })
export type MatchWeights = z.output<typeof MatchWeights>

/** With what intensity a mentorship begins, by the priority of its referral; what is left out begins as standard. */
export const StartingIntensity = z
  .partialRecord(Priority, Intensity)
  .meta({ id: 'StartingIntensity', example: { stat: 'high' } })
export type StartingIntensity = z.output<typeof StartingIntensity>

export const capacityStatuses = [
  'capacity',
  'no_capacity',
  'waitlist',
  'additional_assessment_required',
] as const

const fields = {
  name: Text(200).describe('Unique in its organization.').meta({ example: 'Sample Peer Line' }),
  description: Text(2000).optional(),
  modes: z
    .array(ContactMode)
    .min(1)
    .max(6)
    .describe('Ways in which its mentors meet people.')
    .meta({ example: ['phone', 'video'] }),
  languages: z
    .array(Language)
    .min(1)
    .max(20)
    .meta({ example: ['en', 'es'] }),
  cadence: Cadence.describe('The rhythm that its mentorships start with.'),
  serviceArea: z
    .array(Text(20))
    .max(500)
    .describe('Postal code prefixes; empty means everywhere.')
    .meta({ example: ['802'] }),
  mentorTypes: z.array(MentorType).max(7).describe('The kinds of mentor it matches; empty means every kind.'),
  eligibility: Eligibility,
  clockSpans: ClockSpans,
  matchWeights: MatchWeights,
  startingIntensity: StartingIntensity,
  termWeeks: z.int().min(1).max(520).describe('How long its mentorships are planned for.'),
  reviewWeeks: z.int().min(1).max(104).describe('After how many weeks a mentorship is looked at together.'),
}

/** The last thing the program said about its room, while that is fresh. */
export const ProgramCapacity = z
  .object({
    programId: Id,
    status: z
      .enum([...capacityStatuses, 'unknown'])
      .describe('`unknown` when nothing was reported or the report is stale: never taken for room.'),
    openSlots: z.int32().nullable(),
    waitlistLength: z.int32().nullable(),
    medianWaitDays: z.int32().nullable(),
    asOf: Instant.nullable(),
    freshUntil: Instant.nullable(),
    stale: z.boolean().describe('True when a report is there but has run out.'),
  })
  .meta({ id: 'ProgramCapacity' })
export type ProgramCapacity = z.output<typeof ProgramCapacity>

/** A report holds for at most a month: older than that nobody knows. */
const freshHoursMax = 24 * 31

export const ReportCapacity = z.strictObject({
  id: Id,
  status: z.enum(capacityStatuses),
  openSlots: z.int().min(0).max(100_000).optional(),
  waitlistLength: z.int().min(0).max(100_000).optional(),
  medianWaitDays: z.int().min(0).max(3_650).optional(),
  freshForHours: z
    .int()
    .min(1)
    .max(freshHoursMax)
    .default(24 * 7)
    .describe('After so many hours the report counts as unknown.'),
})

export const Program = z
  .object({
    id: Id,
    organizationId: Id,
    ...fields,
    description: z.string().nullable(),
    capacity: ProgramCapacity.optional().describe('With a single program; lists leave it out.'),
    status: z.enum(programStatuses).describe('Only an `active` program takes referrals.'),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'Program', description: 'A mentorship program run by an organization.' })
export type Program = z.output<typeof Program>

export const NewProgram = z
  .strictObject({
    ...fields,
    languages: fields.languages.default(['en']),
    cadence: fields.cadence.default('stepped_default'),
    serviceArea: fields.serviceArea.default([]),
    mentorTypes: fields.mentorTypes.default([]),
    eligibility: fields.eligibility.default({}),
    clockSpans: fields.clockSpans.default({}),
    matchWeights: fields.matchWeights.default({}),
    startingIntensity: fields.startingIntensity.default({}),
    termWeeks: fields.termWeeks.default(26),
    reviewWeeks: fields.reviewWeeks.default(13),
  })
  .meta({ id: 'NewProgram' })

export const ProgramChanges = z.strictObject({
  id: Id,
  name: fields.name.optional(),
  description: fields.description.nullable(),
  modes: fields.modes.optional(),
  languages: fields.languages.optional(),
  cadence: fields.cadence.optional(),
  serviceArea: fields.serviceArea.optional(),
  mentorTypes: fields.mentorTypes.optional(),
  eligibility: fields.eligibility.optional(),
  clockSpans: fields.clockSpans.optional(),
  matchWeights: fields.matchWeights.optional(),
  startingIntensity: fields.startingIntensity.optional(),
  termWeeks: fields.termWeeks.optional(),
  reviewWeeks: fields.reviewWeeks.optional(),
  status: z.enum(programStatuses).optional(),
})

export const ProgramFilter = z.strictObject({
  ...PageArgs.shape,
  organizationId: Id.optional(),
  status: z.enum(programStatuses).optional(),
  mentorId: Id.optional().describe(
    'Those that match this mentor of your organization, by the kinds they take.',
  ),
})
