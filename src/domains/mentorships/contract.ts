import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant, Text } from '../../core/primitives.ts'
import { DataClass } from '../consents/contract.ts'
import { Disclosure } from '../disclosures/contract.ts'
import { MentorType } from '../mentors/codes.ts'
import { Cadence, ContactMode } from '../programs/contract.ts'
import { outcomes } from '../referrals/codes.ts'

export const mentorshipStatuses = ['active', 'paused', 'closed'] as const

export const Mentorship = z
  .object({
    id: Id,
    organizationId: Id.describe('The organization whose mentor it is.'),
    referralId: Id,
    patientId: Id,
    mentorId: Id.optional(),
    mentorType: MentorType.optional(),
    status: z.enum(mentorshipStatuses).optional(),
    cadence: Cadence.optional(),
    startedAt: Instant.optional(),
    resumeBy: CalendarDate.nullable().optional(),
    closedAt: Instant.nullable().optional(),
    outcome: z.enum(outcomes).nullable().optional(),
    nextSupport: z.string().nullable().optional(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
    redacted: z.array(DataClass).optional(),
    disclosure: Disclosure.optional(),
  })
  .meta({ id: 'Mentorship', description: 'The relationship between one mentor and one patient.' })
export type Mentorship = z.output<typeof Mentorship>

/** The data class of each member that may cross organizations. Who the mentor is stays with their organization. */
export const mentorshipClasses = {
  mentorType: 'engagement_status',
  status: 'engagement_status',
  cadence: 'engagement_status',
  startedAt: 'engagement_status',
  resumeBy: 'engagement_status',
  closedAt: 'engagement_status',
  outcome: 'engagement_status',
  nextSupport: 'contact_notes',
} as const satisfies Partial<Record<keyof Mentorship, DataClass>>

export const contactResults = [
  'two_way',
  'voicemail',
  'no_answer',
  'message_left',
  'wrong_number',
  'declined',
  'no_show',
  'cancelled_by_person',
  'cancelled_by_mentor',
] as const
export const ContactResult = z.enum(contactResults)
export type ContactResult = z.output<typeof ContactResult>

export const Contact = z
  .object({
    id: Id,
    mentorshipId: Id,
    at: Instant.optional(),
    mode: ContactMode.optional(),
    direction: z.enum(['outgoing', 'incoming']).optional(),
    result: ContactResult.optional(),
    minutes: z.int32().nullable().optional(),
    summary: z.string().nullable().optional(),
    recordedAt: Instant,
  })
  .meta({ id: 'Contact', description: 'One attempt or one conversation, with its result.' })
export type Contact = z.output<typeof Contact>

/** The data class of each member that may cross organizations. */
export const contactClasses = {
  at: 'contact_summary',
  mode: 'contact_summary',
  direction: 'contact_summary',
  result: 'contact_summary',
  minutes: 'contact_summary',
  summary: 'contact_notes',
} as const satisfies Partial<Record<keyof Contact, DataClass>>

export const ContactRecorded = Contact.extend({ version: z.int32() }).meta({ id: 'ContactRecorded' })

export const ContactPage = z
  .object({
    data: z.array(Contact),
    nextCursor: z.string().nullable(),
    redacted: z.array(DataClass).optional(),
    disclosure: Disclosure.optional(),
  })
  .meta({ id: 'ContactPage' })

export const MentorshipFilter = z.strictObject({
  ...PageArgs.shape,
  status: z.enum(mentorshipStatuses).optional(),
  mentorId: Id.optional(),
  referralId: Id.optional(),
})

export const NewContact = z.strictObject({
  id: Id,
  at: Instant.describe('Not in the future, not before the mentorship began.'),
  mode: ContactMode,
  direction: z.enum(['outgoing', 'incoming']).default('outgoing'),
  result: ContactResult,
  minutes: z.int().min(0).max(1440).optional(),
  summary: Text(4000)
    .optional()
    .describe('Stays with the organization unless a consent covers `contact_notes`.'),
})

export const ContactFilter = z.strictObject({ ...PageArgs.shape, id: Id })

export const PauseMentorship = z.strictObject({
  id: Id,
  resumeBy: CalendarDate.describe('Every pause has an end.'),
})
export const ResumeMentorship = z.strictObject({ id: Id })
export const CloseMentorship = z.strictObject({
  id: Id,
  outcome: z.enum(outcomes),
  nextSupport: Text(500).optional().describe('What comes next for the person, in words.'),
})
