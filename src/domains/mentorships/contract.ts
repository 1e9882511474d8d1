import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant, Text } from '../../core/primitives.ts'
import { DataClass } from '../consents/codes.ts'
import { Disclosure } from '../disclosures/contract.ts'
import { MentorType } from '../mentors/codes.ts'
import { Cadence, ContactMode } from '../programs/contract.ts'
import { outcomes } from '../referrals/codes.ts'
import { Intensity } from './intensity.ts'

export const mentorshipStatuses = ['active', 'paused', 'closed'] as const

/** Both are heard at the end. */
export const voices = ['patient', 'mentor'] as const
export const feltAccompanied = ['yes', 'partly', 'no', 'prefer_not_to_say'] as const

/** What a person needs beside the conversation, as codes; what is done about it belongs to the clinic's systems. */
export const contactNeeds = [
  'housing',
  'food',
  'transport',
  'employment',
  'education',
  'health_care',
  'treatment',
  'medication',
  'legal',
  'childcare',
  'safety',
  'identity_documents',
  'benefits',
  'other',
] as const

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
    nextSupportDeclined: z.boolean().optional().describe('The person wanted nothing named that comes next.'),
    closedBecause: z
      .string()
      .nullable()
      .optional()
      .describe(
        'Beside the outcome, to the mentor’s organization only: `recused`, `mentor_ended`, `reassigned`, `handed_over`.',
      ),
    intensity: Intensity.optional(),
    plannedEndOn: CalendarDate.nullable().optional(),
    reviewDueOn: CalendarDate.nullable().optional(),
    continuityOfId: Id.nullable().optional().describe('The mentorship that this one took over from.'),
    reassignSince: Instant.nullable()
      .optional()
      .describe('Since when its mentor is away and somebody has to find the next.'),
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
  nextSupportDeclined: 'engagement_status',
  intensity: 'engagement_status',
  plannedEndOn: 'engagement_status',
  reviewDueOn: 'engagement_status',
  continuityOfId: 'engagement_status',
  reassignSince: 'engagement_status',
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
    mentorType: MentorType.describe('In what role: a clinician mentor is no clinician here.'),
    roleNotice: z
      .string()
      .nullable()
      .describe('Of a clinician, in words to show beside the contact; null of others.'),
    at: Instant.optional(),
    mode: ContactMode.optional(),
    direction: z.enum(['outgoing', 'incoming']).optional(),
    result: ContactResult.optional(),
    minutes: z.int32().nullable().optional(),
    summary: z.string().nullable().optional(),
    needs: z.array(z.enum(contactNeeds)).optional(),
    introducesMentorId: Id.nullable()
      .optional()
      .describe('A warm handover: the mentor whom this contact introduced.'),
    enteredInError: z.boolean().describe('It never happened; it counts for nothing.'),
    recordedAt: Instant,
    correctedAt: Instant.nullable(),
    version: z.int32(),
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
  needs: 'contact_notes',
} as const satisfies Partial<Record<keyof Contact, DataClass>>

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
  patientId: Id.optional(),
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
  needs: z.array(z.enum(contactNeeds)).max(contactNeeds.length).default([]),
  introducesMentorId: Id.optional().describe(
    'A warm handover: the active mentor of your organization whom this contact introduced.',
  ),
})

/** A correction says the whole contact anew; the version before stays readable. */
export const CorrectContact = z.strictObject({
  id: Id,
  at: Instant.optional(),
  mode: ContactMode.optional(),
  direction: z.enum(['outgoing', 'incoming']).optional(),
  result: ContactResult.optional(),
  minutes: z.int().min(0).max(1440).nullable().optional(),
  summary: Text(4000).nullable().optional(),
  needs: z.array(z.enum(contactNeeds)).max(contactNeeds.length).optional(),
  enteredInError: z.boolean().optional().describe('True: it never happened, and counts for nothing.'),
})

export const ContactVersion = z
  .object({
    version: z.int32(),
    at: Instant,
    mode: ContactMode,
    direction: z.enum(['outgoing', 'incoming']),
    result: ContactResult,
    minutes: z.int32().nullable(),
    summary: z.string().nullable(),
    recordedAt: Instant,
  })
  .meta({ id: 'ContactVersion' })

export const ContactVersions = z
  .object({ id: Id, data: z.array(ContactVersion).describe('The present one first.') })
  .meta({ id: 'ContactVersions' })

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
  nextSupportDeclined: z
    .boolean()
    .optional()
    .describe(
      'The person wanted nothing to be named. Without either the engagement shows an alert: unaccompanied.',
    ),
})

export const MentorshipChanges = z.strictObject({
  id: Id,
  cadence: Cadence.optional().describe('The person can change it; the new rhythm counts from now.'),
  intensity: Intensity.optional().describe('Takes or frees capacity points of the mentor.'),
  plannedEndOn: CalendarDate.optional(),
  reviewDueOn: CalendarDate.optional(),
})

export const RecuseMentorship = z.strictObject({ id: Id })

export const Agreement = z
  .object({
    id: Id,
    mentorshipId: Id,
    version: z.int32(),
    goals: z.array(z.string()),
    frequency: z.string().nullable(),
    modes: z.array(ContactMode),
    hours: z.string().nullable(),
    emergencyPlan: z.string().nullable(),
    signedByMentorAt: Instant.nullable(),
    signedByPatientAt: Instant.nullable(),
    createdAt: Instant,
  })
  .meta({ id: 'Agreement', description: 'What mentor and person agreed. Each agreement is a new version.' })
export type Agreement = z.output<typeof Agreement>

export const NewAgreement = z.strictObject({
  id: Id,
  goals: z.array(Text(500)).max(10).default([]).describe('In the person’s own words.'),
  frequency: Text(500).optional(),
  modes: z.array(ContactMode).max(6).default([]),
  hours: Text(500).optional(),
  emergencyPlan: Text(2000)
    .optional()
    .describe('What to do when nobody can be reached. The service watches over nobody.'),
  signedByMentorAt: Instant.optional(),
  signedByPatientAt: Instant.optional(),
})

export const AgreementFilter = z.strictObject({ ...PageArgs.shape, id: Id })

export const ClosingVoice = z
  .object({
    mentorshipId: Id,
    voice: z.enum(voices),
    feltAccompanied: z.enum(feltAccompanied).nullable(),
    wouldAgain: z.boolean().nullable(),
    text: z.string().nullable(),
    saidAt: Instant,
  })
  .meta({ id: 'ClosingVoice', description: 'What one of the two says at the end, in their own words.' })
export type ClosingVoice = z.output<typeof ClosingVoice>

export const SayClosingVoice = z.strictObject({
  id: Id,
  voice: z.enum(voices).optional().describe('Whose; with a portal token it is that person’s own.'),
  feltAccompanied: z.enum(feltAccompanied).optional(),
  wouldAgain: z.boolean().optional(),
  text: Text(2000).optional(),
})

export const ClosingVoices = z
  .object({ id: Id, data: z.array(ClosingVoice), disclosure: Disclosure.optional() })
  .meta({ id: 'ClosingVoices' })
