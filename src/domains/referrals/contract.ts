import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, evenWhenMalformed, fault, Instant, Language, Text } from '../../core/primitives.ts'
import { NextActionCode, OwnerRole, Priority } from '../clocks/contract.ts'
import { DataClass } from '../consents/codes.ts'
import { InlineConsent, sampleConsent } from '../consents/contract.ts'
import { Disclosure } from '../disclosures/contract.ts'
import { WishedTime, wishedTimes } from '../mentors/availability.ts'
import { demographicKeys, MentorType } from '../mentors/codes.ts'
import { NewPatient } from '../patients/contract.ts'
import { ContactMode } from '../programs/contract.ts'
import {
  businessStatuses,
  cancelReasons,
  failReasons,
  holdReasons,
  outcomes,
  referralReasons,
  referralStatuses,
  rejectReasons,
} from './codes.ts'
import { referralCommands } from './rules.ts'

export const ReferralStatus = z.enum(referralStatuses)

const Code = z.string().regex(/^[a-z0-9_]{1,50}$/, 'Expected a code such as twelve_step')
const codes = () => z.array(Code).max(20)

const wishes = {
  mentorTypes: z.array(MentorType).max(7).optional(),
  substances: codes()
    .optional()
    .meta({ example: ['alcohol'] }),
  pathways: codes()
    .optional()
    .meta({ example: ['twelve_step'] }),
  languages: z.array(Language).max(10).optional(),
  modes: z.array(ContactMode).max(6).optional(),
  lifeSituations: codes()
    .optional()
    .meta({ example: ['parenting'] }),
  interests: codes().optional(),
  demographics: z
    .partialRecord(z.enum(demographicKeys), codes().min(1))
    .optional()
    .describe('Compared with what mentors chose to say of themselves, any of the values.'),
}

export const Preferences = z
  .strictObject({
    ...wishes,
    must: z.strictObject(wishes).optional().describe('Without these no mentor fits.'),
    mustNot: z.strictObject(wishes).optional().describe('With any of these no mentor fits.'),
    availability: z
      .array(WishedTime)
      .max(wishedTimes.length)
      .optional()
      .describe('In the person’s own time zone.')
      .meta({ example: ['weekday_evening'] }),
    interpreter: z.boolean().optional().describe('An interpreter is arranged: no language need be shared.'),
  })
  .meta({
    id: 'Preferences',
    description: 'What the person wishes of a mentor. Wishes are weighed; `must` and `mustNot` are not.',
  })
export type Preferences = z.output<typeof Preferences>

const sampleReferral = {
  placerId: 'EHR-ORDER-4711',
  patient: {
    identifier: { system: 'https://clinic.example/mrn', value: '889900' },
    name: 'Sample Patient',
    birthDate: '1991-04-12',
    language: 'en',
    timeZone: 'America/Denver',
    postalCode: '80205',
    contactPoints: [
      { system: 'phone', value: '+13035550142', permissions: ['call', 'text'], preferred: true },
    ],
  },
  reason: ['transition_of_care'],
  priority: 'urgent',
  preferences: {
    mentorTypes: ['peer_certified'],
    substances: ['alcohol'],
    languages: ['en'],
    modes: ['phone'],
    must: { languages: ['en'] },
  },
  consent: sampleConsent,
  note: 'Prefers calls after work.',
} as const

export const NewReferral = z
  .strictObject({
    placerId: Text(200)
      .optional()
      .describe(
        'Your own order number, unique in your organization. Sent again, it answers 200 with the referral that is there.',
      ),
    patient: NewPatient.optional().describe('Instead of patientId.'),
    patientId: Id.optional().describe('Instead of patient: one of your own.'),
    programId: Id.optional().describe('The program that is asked.'),
    organizationId: Id.optional().describe(
      'The organization that is asked, where the program is left to the network.',
    ),
    reason: z.array(z.enum(referralReasons)).min(1).max(referralReasons.length),
    priority: Priority.default('routine'),
    preferences: Preferences.default({}),
    consent: InlineConsent.optional().describe(
      'Instead of consentId. Another organization is asked only under a consent.',
    ),
    consentId: Id.optional().describe(
      'Instead of consent: one in force that names the receiving organization.',
    ),
    note: Text(4000).optional(),
  })
  .check(
    evenWhenMalformed((payload) => {
      const body = payload.value as Record<string, unknown> | null
      if (body === null || typeof body !== 'object' || Array.isArray(body)) return
      const refuse = (code: string, member: string, message: string) =>
        payload.issues.push({ ...fault(code, [member], message), input: undefined })
      if (body.patient === undefined && body.patientId === undefined)
        refuse('required', 'patient', 'Send patient or patientId.')
      if (body.patient !== undefined && body.patientId !== undefined)
        refuse('conflicting_members', 'patientId', 'Send patient or patientId, not both.')
      if (body.consent !== undefined && body.consentId !== undefined)
        refuse('conflicting_members', 'consentId', 'Send consent or consentId, not both.')
    }),
  )
  .meta({ id: 'NewReferral', example: sampleReferral })
export type NewReferral = z.output<typeof NewReferral>

export const Referral = z
  .object({
    id: Id,
    placerId: z.string().nullable().optional(),
    status: ReferralStatus.optional(),
    businessStatus: z
      .enum(businessStatuses)
      .optional()
      .describe('Detail below the status (BSeR, and ours after acceptance).'),
    statusReason: z.object({ code: z.string(), text: z.string().nullable() }).nullable().optional(),
    outcome: z.enum(outcomes).nullable().optional(),
    patientId: Id,
    programId: Id.nullable(),
    organizationId: Id.describe('The organization that sent it.'),
    receivingOrganizationId: Id,
    reason: z.array(z.enum(referralReasons)).optional(),
    priority: Priority.optional(),
    preferences: Preferences.optional(),
    note: z.string().nullable().optional(),
    consentId: Id.nullable(),
    agreementId: Id.nullable().describe(
      'Where it goes to a qualified service organization, without a consent.',
    ),
    replacesId: Id.nullable().describe('The closed referral that this one follows.'),
    owner: z
      .object({ organizationId: Id, role: OwnerRole })
      .nullable()
      .optional()
      .describe('Whose turn it is. Null only when closed.'),
    nextAction: z
      .object({ code: NextActionCode, dueAt: Instant })
      .nullable()
      .optional()
      .describe('What has to happen next, and by when. Null only when closed.'),
    resumeBy: CalendarDate.nullable().optional(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
    redacted: z.array(DataClass).optional().describe('Data classes left out because no consent covers them.'),
    disclosure: Disclosure.optional().describe('Present when the data is another organization’s.'),
  })
  .meta({ id: 'Referral', description: 'A request for mentorship and its closed loop.' })
export type Referral = z.output<typeof Referral>

/** The data class of each member that may cross organizations. */
export const referralClasses = {
  placerId: 'referral_status',
  status: 'referral_status',
  businessStatus: 'referral_status',
  statusReason: 'referral_status',
  outcome: 'referral_status',
  priority: 'referral_status',
  owner: 'referral_status',
  nextAction: 'referral_status',
  resumeBy: 'referral_status',
  reason: 'referral_reason',
  preferences: 'referral_reason',
  note: 'referral_reason',
} as const satisfies Partial<Record<keyof Referral, DataClass>>

export const ReferralFilter = z.strictObject({
  ...PageArgs.shape,
  status: ReferralStatus.optional(),
  placerId: Text(200).optional(),
  patientId: Id.optional(),
  programId: Id.optional(),
  consentId: Id.optional().describe('Those that rest on this consent.'),
  modifiedSince: Instant.optional().describe(
    'Changed at or after; the list is then ordered by change, oldest first.',
  ),
})

export const ReferralTransition = z
  .object({
    at: Instant,
    command: z.string(),
    fromStatus: ReferralStatus.nullable(),
    status: ReferralStatus,
    businessStatus: z.enum(businessStatuses),
    reason: z.string().nullable(),
    text: z.string().nullable(),
    actorOrganizationId: Id,
  })
  .meta({ id: 'ReferralTransition' })

export const ReferralHistory = z
  .object({
    data: z.array(ReferralTransition),
    nextCursor: z.string().nullable(),
    disclosure: Disclosure.optional(),
  })
  .meta({ id: 'ReferralHistory' })

export const AllowedTransitions = z
  .object({
    status: ReferralStatus,
    transitions: z.array(
      z.object({
        command: z.enum(referralCommands),
        to: ReferralStatus,
        requires: z
          .object({ member: z.enum(['reason', 'outcome']), codes: z.array(z.string()) })
          .nullable()
          .describe('The member that the command needs, and its codes.'),
      }),
    ),
    version: z.int32(),
    disclosure: Disclosure.optional(),
  })
  .meta({ id: 'AllowedTransitions', description: 'What you may do from here, now.' })

const text = Text(1000).optional().describe('For people. Required with the reason `other`.')

const otherNeedsText = evenWhenMalformed((payload: z.core.ParsePayload<unknown>) => {
  const body = payload.value as { reason?: unknown; text?: unknown } | null
  if (body?.reason === 'other' && body.text === undefined) {
    payload.issues.push({
      ...fault('required', ['text'], 'The reason `other` needs a text.'),
      input: undefined,
    })
  }
})

export const AcceptReferral = z.strictObject({ id: Id })
export const RejectReferral = z
  .strictObject({ id: Id, reason: z.enum(rejectReasons), text })
  .check(otherNeedsText)
export const CancelReferral = z.strictObject({ id: Id, reason: z.enum(cancelReasons), text })
export const HoldReferral = z.strictObject({
  id: Id,
  reason: z.enum(holdReasons),
  text,
  resumeBy: CalendarDate.describe('When somebody looks again. Every hold has an end.'),
})
export const ResumeReferral = z.strictObject({ id: Id })
export const WaitlistReferral = z.strictObject({
  id: Id,
  reviewBy: CalendarDate.describe('Nobody waits without a day on which somebody looks again.'),
})
export const CompleteReferral = z.strictObject({
  id: Id,
  outcome: z.enum(outcomes),
  nextSupport: Text(500).optional().describe('What comes next for the person, in words.'),
})
export const FailReferral = z.strictObject({ id: Id, reason: z.enum(failReasons), text })
export const EnterInError = z.strictObject({ id: Id, text })
export const ReopenReferral = z.strictObject({
  id: Id,
  placerId: NewReferral.shape.placerId,
  programId: NewReferral.shape.programId,
  organizationId: NewReferral.shape.organizationId,
  reason: NewReferral.shape.reason.optional(),
  priority: Priority.optional(),
  preferences: Preferences.optional(),
  consent: NewReferral.shape.consent,
  consentId: NewReferral.shape.consentId,
  note: NewReferral.shape.note,
})
