import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { Instant } from '../../core/primitives.ts'
import { DataClass } from '../consents/contract.ts'
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
  'contact_overdue',
  'contact_long_overdue',
  'contact_after_lapse',
  'second_contact_after_lapse',
  'mentorship_paused',
  'referral_on_hold',
  'referral_closed',
  'mentorship_closed',
] as const

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
        'At day N of the first mentorship: was there a two-way contact in its last 14 days? Null: too early to say.',
      ),
    openAlerts: z.array(z.object({ code: z.enum(['clock_overdue']), action: z.string(), since: Instant })),
    redacted: z.array(DataClass).optional(),
    disclosure: Disclosure.optional().describe('Present when the data is another organization’s.'),
  })
  .meta({
    id: 'Engagement',
    description: 'Whether the person is being accompanied: computed, never set by hand, without content.',
  })
export type Engagement = z.output<typeof Engagement>

/** The data class of each member that may cross organizations, beside the status itself. */
export const engagementClasses = {
  firstContactAt: 'contact_summary',
  lastTwoWayContactAt: 'contact_summary',
  contactsLast30Days: 'contact_summary',
} as const satisfies Partial<Record<keyof Engagement, DataClass>>
