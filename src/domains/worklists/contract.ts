import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant } from '../../core/primitives.ts'
import { NextActionCode, OwnerRole, Priority } from '../clocks/contract.ts'
import { Disclosure } from '../disclosures/contract.ts'

const clockFilters = {
  ...PageArgs.shape,
  mentorId: Id.optional().describe('Of the mentorship that lives.'),
  programId: Id.optional(),
  priority: Priority.optional(),
  ownerRole: OwnerRole.optional(),
}
export const ClockWorklistFilter = z.strictObject(clockFilters)

export const ReferralWork = z
  .object({
    referralId: Id,
    mentorshipId: Id.nullable(),
    mentorId: Id.nullable(),
    patientId: Id,
    programId: Id.nullable(),
    priority: Priority,
    waitingSince: Instant.describe('When the referral was requested.'),
    owner: z.object({ role: OwnerRole }),
    reason: z
      .object({
        code: NextActionCode.describe('What has to happen next.'),
        since: Instant,
        dueAt: Instant,
        overdue: z.boolean(),
        level: z
          .enum(['none', 'reminder', 'coordinator', 'organization_lead', 'referrer_and_hub'])
          .describe('How far the clock has climbed the escalation ladder.'),
      })
      .describe('Why the row is here.'),
    disclosure: Disclosure.optional(),
  })
  .meta({
    id: 'ReferralWork',
    description: 'A referral that waits for somebody of your organization, most urgent first.',
  })
export type ReferralWork = z.output<typeof ReferralWork>

export const SupervisionWorklistFilter = z.strictObject({ ...PageArgs.shape })

export const SupervisionWork = z
  .object({
    mentorId: Id,
    reason: z.object({
      code: z.literal('supervision_due'),
      dueAt: Instant,
      lastSessionAt: Instant.nullable(),
      overdue: z.boolean(),
    }),
  })
  .meta({ id: 'SupervisionWork' })

/** A quarter ahead is as far as renewals are planned. */
const aheadMax = 366

export const CredentialWorklistFilter = z.strictObject({
  ...PageArgs.shape,
  withinDays: z.coerce.number().int().min(0).max(aheadMax).default(60).meta({
    type: 'integer',
    minimum: 0,
    maximum: aheadMax,
    description: 'How far ahead to look.',
    example: 60,
  }),
})

export const CredentialWork = z
  .object({
    mentorId: Id,
    credentialId: Id,
    reason: z.object({
      code: z.enum(['credential_expiring', 'credential_expired']),
      credential: z.string(),
      expiresOn: CalendarDate,
    }),
  })
  .meta({ id: 'CredentialWork' })
