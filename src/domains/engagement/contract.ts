import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { evenWhenMalformed, fault, Instant } from '../../core/primitives.ts'
import { DataClass } from '../consents/codes.ts'
import { Disclosure } from '../disclosures/contract.ts'
import { MentorType } from '../mentors/codes.ts'
import { outcomes } from '../referrals/codes.ts'

export const engagementStatuses = [
  'awaiting_match',
  'awaiting_first_contact',
  'attempting',
  'connected',
  'engaged',
  'at_risk',
  'lapsed',
  're_engaged',
  'paused',
  'ended',
] as const
export const EngagementStatus = z.enum(engagementStatuses)
export type EngagementStatus = z.output<typeof EngagementStatus>

export const reasonCodes = [
  'no_mentor_yet',
  'mentor_assigned',
  'contact_attempted',
  'two_way_contact',
  'three_contacts_in_34_days',
  'further_contacts_in_time',
  'contact_overdue',
  'contact_long_overdue',
  'contact_after_lapse',
  'second_contact_after_lapse',
  'mentorship_paused',
  'referral_on_hold',
  'referral_closed',
  'mentorship_closed',
] as const

/** Alerts that engagement itself finds; `clock_overdue` is the referral's clock. */
export const ownAlertCodes = ['needs_reassignment', 'unaccompanied'] as const
export type OwnAlertCode = (typeof ownAlertCodes)[number]

const Retained = z.boolean().nullable()

export const Engagement = z
  .object({
    referralId: Id,
    status: EngagementStatus,
    since: Instant.describe('When this status began.'),
    asOf: Instant.describe('The instant for which it was computed.'),
    ruleSet: z.string().describe('The version of the rules that made it so.'),
    reasons: z
      .array(z.object({ code: z.enum(reasonCodes), at: Instant }))
      .describe('The facts that made it so.'),
    outcome: z
      .enum(outcomes)
      .nullable()
      .describe('How it ended; null while it has not, or when no outcome was given.'),
    mentorship: z
      .object({ id: Id, mentorType: MentorType, startedOn: z.iso.date() })
      .nullable()
      .describe('The one that lives, or the last one.'),
    firstContactAt: Instant.nullable().optional().describe('First two-way contact.'),
    lastTwoWayContactAt: Instant.nullable().optional(),
    contactsLast30Days: z.int32().optional().describe('Two-way contacts in the 30 days before `asOf`.'),
    nextExpectedBy: Instant.nullable().describe(
      'When the next contact is due; null when nothing is expected.',
    ),
    retention: z
      .object({ day30: Retained, day60: Retained, day90: Retained })
      .describe(
        'At day N of the first mentorship: was there a two-way contact in the days up to it (14 in eng-1)? Null: too early to say.',
      ),
    openAlerts: z
      .array(
        z.object({
          code: z.enum(['clock_overdue', ...ownAlertCodes]),
          action: z.string().describe('What somebody has to do.'),
          since: Instant,
        }),
      )
      .describe(
        '`clock_overdue`: the next action is late. `needs_reassignment`: the mentor is away and the next one is not found. `unaccompanied`: the last mentorship ended, no next support was named or declined, and the person neither died nor was handed over nor entered in error; it goes when somebody accompanies the person again, or the referral is followed by another that you can see.',
      ),
    redacted: z.array(DataClass).optional(),
    disclosure: Disclosure.optional().describe('Present when the data is another organization’s.'),
  })
  .meta({
    id: 'Engagement',
    description: 'Whether the person is being accompanied: computed, never set by hand, without content.',
  })
export type Engagement = z.output<typeof Engagement>

export const EngagementFilter = z.strictObject({
  ...PageArgs.shape,
  modifiedSince: Instant.optional().describe(
    'What changed at or after this instant, oldest change first: a fact moved, time alone moved the status, or a retention day was over.',
  ),
  status: EngagementStatus.optional().describe(
    'Those whose status is this one at the moment of the request.',
  ),
})

/** The data class of each member that may cross organizations, beside the status itself. */
export const engagementClasses = {
  firstContactAt: 'contact_summary',
  lastTwoWayContactAt: 'contact_summary',
  contactsLast30Days: 'contact_summary',
} as const satisfies Partial<Record<keyof Engagement, DataClass>>

export const timelineTypes = [
  'referral.moved',
  'mentorship.started',
  'mentorship.paused',
  'mentorship.resumed',
  'mentorship.needs_reassignment',
  'mentorship.closed',
  'contact.made',
  'engagement.changed',
] as const
export type TimelineType = (typeof timelineTypes)[number]

export const TimelineEntry = z
  .object({
    at: Instant,
    type: z.enum(timelineTypes),
    codes: z
      .record(z.string(), z.string())
      .describe(
        'Codes only. Of a referral `command`, `status`, `businessStatus` and `reason`; of a mentorship `mentorType` and, at its end, `outcome`; of a contact `mode` and `result`; of engagement `from`, `status` and `ruleSet`.',
      ),
  })
  .meta({ id: 'TimelineEntry' })
export type TimelineEntry = z.output<typeof TimelineEntry>

export const Timeline = z
  .object({
    data: z.array(TimelineEntry),
    nextCursor: z.string().nullable(),
    redacted: z.array(DataClass).optional().describe('Data classes whose entries no consent lets you see.'),
    disclosure: Disclosure.optional(),
  })
  .meta({ id: 'Timeline', description: 'What happened to one person’s accompaniment, without content.' })

/** The data class that the entries of each type need to cross organizations. */
export const timelineClasses = {
  'referral.moved': 'referral_status',
  'mentorship.started': 'engagement_status',
  'mentorship.paused': 'engagement_status',
  'mentorship.resumed': 'engagement_status',
  'mentorship.needs_reassignment': 'engagement_status',
  'mentorship.closed': 'engagement_status',
  'contact.made': 'contact_summary',
  'engagement.changed': 'engagement_status',
} as const satisfies Record<TimelineType, DataClass>

export const TimelineFilter = z.strictObject({ ...PageArgs.shape, id: Id })

const Limit = z.strictObject({
  intervals: z
    .number()
    .min(1)
    .max(50)
    .describe('Multiples of the interval at which a conversation is expected.'),
  leastDays: z.number().min(1).max(366).describe('And never before so many days.'),
})

/** Retention at day 30 looks back over days of the mentorship only. */
const retentionWindowMax = 30

type Members = Readonly<Record<string, unknown>> | null | undefined

export const RuleParameters = z
  .strictObject({
    engagedWithinDays: z.int().min(1).max(366).describe('Days after the first two-way contact.'),
    engagedFurtherContacts: z
      .int()
      .min(1)
      .max(50)
      .describe('Further two-way contacts in those days that make a person `engaged`.'),
    atRisk: Limit.describe('How old the last two-way contact is when a person is `at_risk`.'),
    lapsed: Limit.describe('The same for `lapsed`; both numbers are larger.'),
    retentionWindowDays: z.int().min(1).max(retentionWindowMax),
  })
  .check(
    evenWhenMalformed((payload) => {
      const { atRisk, lapsed } = (payload.value ?? {}) as unknown as Record<string, Members>
      for (const member of ['intervals', 'leastDays']) {
        const [early, late] = [atRisk?.[member], lapsed?.[member]]
        if (typeof early !== 'number' || typeof late !== 'number' || late > early) continue
        const refused = fault('lapsed_before_at_risk', ['lapsed', member], 'Must be above that of atRisk.')
        payload.issues.push({ ...refused, input: undefined })
      }
    }),
  )
  .meta({
    id: 'EngagementRuleParameters',
    example: {
      engagedWithinDays: 34,
      engagedFurtherContacts: 2,
      atRisk: { intervals: 1.5, leastDays: 10 },
      lapsed: { intervals: 3, leastDays: 28 },
      retentionWindowDays: 14,
    },
  })
export type RuleParameters = z.output<typeof RuleParameters>

export const RuleSetName = z
  .string()
  .regex(/^eng-[a-z0-9-]{1,40}$/, 'Expected a name such as eng-2027')
  .meta({ example: 'eng-2027' })

export const NewRuleSet = z
  .strictObject({ name: RuleSetName, parameters: RuleParameters })
  .meta({ id: 'NewEngagementRuleSet' })

export const EngagementRuleSet = z
  .object({
    id: Id,
    name: RuleSetName,
    parameters: RuleParameters,
    builtIn: z.boolean(),
    active: z.boolean().describe('The one that answers are computed with. Always exactly one.'),
    activatedAt: Instant.nullable().describe('When it was switched on last.'),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'EngagementRuleSet', description: 'The numbers behind the engagement status, under a name.' })
export type EngagementRuleSet = z.output<typeof EngagementRuleSet>

export const simulatedReferralsMax = 2_000
export const simulationStepsMax = 60
const differingMax = 100

export const SimulateRuleSet = z.strictObject({
  id: Id,
  from: Instant,
  to: Instant.describe('After `from`, and not in the future. Always a step of its own.'),
  stepDays: z.int().min(1).max(366).default(7),
})

const Counts = z
  .partialRecord(EngagementStatus, z.int32())
  .describe('Referrals by status; a status that nobody has is left out.')

export const Simulation = z
  .object({
    ruleSet: z.string().describe('The proposed one.'),
    presentRuleSet: z.string().describe('The one that is switched on.'),
    asOf: Instant,
    referrals: z.int32().describe('How many were looked at.'),
    cut: z
      .boolean()
      .describe(`True when more than ${simulatedReferralsMax} were open: the newest were looked at.`),
    steps: z.array(
      z.object({
        at: Instant,
        present: Counts,
        proposed: Counts,
        moves: z
          .array(z.object({ from: EngagementStatus, to: EngagementStatus, referrals: z.int32() }))
          .describe('Those whose status differs: under the present set, under the proposed one, how many.'),
      }),
    ),
    differing: z.array(Id).max(differingMax).describe('Referrals whose status differs at `to`, the newest.'),
    differingCut: z.boolean(),
  })
  .meta({
    id: 'EngagementSimulation',
    description:
      'What a rule set would have said of the referrals that your organization received and that were open in the period, from the facts as they are known today. Nothing changes.',
  })
export type Simulation = z.output<typeof Simulation>
export { differingMax }
