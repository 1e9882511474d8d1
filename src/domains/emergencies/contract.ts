import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant, Text } from '../../core/primitives.ts'
import { Priority } from '../clocks/contract.ts'
import { Engagement, engagementStatuses } from '../engagement/contract.ts'
import { mentorshipStatuses } from '../mentorships/contract.ts'
import { referralReasons } from '../referrals/codes.ts'
import { ReferralStatus } from '../referrals/contract.ts'
import { emergencyReasons, emergencyStatuses, medicalRoles, reviewOutcomes } from './codes.ts'

const reasonCode = z.enum(emergencyReasons).describe('What kind of medical emergency it is.')

const personnel = {
  name: Text(200).meta({ example: 'Dr. Sample' }),
  affiliation: Text(200)
    .optional()
    .describe('The health care facility that they belong to, if any.')
    .meta({ example: 'Sample General Hospital, emergency department' }),
}

export const OpenEmergency = z.strictObject({
  id: Id.describe('The patient.'),
  reasonCode,
  explanation: Text(2000).describe('What has happened, as far as you know.'),
  medicalPersonnel: z.strictObject({
    ...personnel,
    role: z
      .string()
      .regex(/^[a-z][a-z_]{1,49}$/, 'Expected a code such as nurse')
      .describe(
        `One of ${medicalRoles.join(', ')}. Anybody else is refused as \`not_medical_personnel\`, and the attempt is kept.`,
      )
      .meta({ example: 'physician' }),
  }),
  whyConsentNotObtainable: Text(500)
    .describe('Why the person cannot consent in writing before.')
    .meta({ example: 'Unconscious on arrival.' }),
  discloserName: Text(200).describe('Who discloses, or looks.').meta({ example: 'Sample Nurse on duty' }),
})

export const DocumentEmergency = z.strictObject({
  id: Id,
  medicalPersonnel: z.strictObject(personnel).describe('Who received the information: 42 CFR 2.51(c)(1).'),
  discloserName: Text(200).describe('Who made the disclosure: 42 CFR 2.51(c)(2).'),
  disclosedAt: Instant.describe('When it was made: 42 CFR 2.51(c)(3).'),
  nature: Text(2000).describe('The nature of the emergency: 42 CFR 2.51(c)(4).'),
})

export const ReviewEmergency = z.strictObject({
  id: Id,
  outcome: z
    .enum(reviewOutcomes)
    .describe('`needs_follow_up` leaves it in the queue; the other two are the last word.'),
  text: Text(2000).describe('What was looked at, and why you conclude so.'),
})

export const EmergencyFilter = z.strictObject({
  ...PageArgs.shape,
  status: z.enum(emergencyStatuses).optional(),
  patientId: Id.optional(),
})

const summary = {
  id: Id,
  patientId: Id,
  organizationId: Id.describe('The organization that holds the patient’s record.'),
  status: z
    .enum(emergencyStatuses)
    .describe(
      '`open` while the record may be read; `undocumented` when that is over and nothing is in writing; `documented` waits for its review; `in_follow_up` was reviewed, and waits for its last word.',
    ),
  reasonCode,
  openedAt: Instant,
  expiresAt: Instant.describe('Until then the record may be read, unless it is documented before.'),
  openedBy: z.object({ organizationId: Id }),
  medicalRole: z.enum(medicalRoles),
  documentedAt: Instant.nullable(),
  outcome: z.enum(reviewOutcomes).nullable().describe('Of the latest review.'),
  version: z.int32(),
}

export const EmergencySummary = z.object(summary).meta({
  id: 'EmergencySummary',
  description: 'A disclosure without consent in a medical emergency (42 CFR 2.51), without its free text.',
})
export type EmergencySummary = z.output<typeof EmergencySummary>

const personnelOut = { name: z.string(), affiliation: z.string().nullable() }

export const Emergency = z
  .object({
    ...summary,
    explanation: z.string(),
    whyConsentNotObtainable: z.string(),
    discloserName: z.string(),
    medicalPersonnel: z.object({ ...personnelOut, role: z.enum(medicalRoles) }),
    documentation: z
      .object({
        medicalPersonnel: z.object(personnelOut),
        discloserName: z.string(),
        disclosedAt: Instant,
        nature: z.string(),
      })
      .nullable()
      .describe('The four elements of 42 CFR 2.51(c). Once written, they stay as they are.'),
    reviews: z
      .array(z.object({ outcome: z.enum(reviewOutcomes), text: z.string(), at: Instant }))
      .optional()
      .describe('Oldest first; shown to the organization that holds the record.'),
  })
  .meta({
    id: 'Emergency',
    description: 'A disclosure without consent in a medical emergency (42 CFR 2.51).',
  })
export type Emergency = z.output<typeof Emergency>

export const SafetyRecord = z
  .object({
    id: Id.describe('The emergency.'),
    asOf: Instant,
    expiresAt: Instant,
    disclosureIds: z
      .array(Id)
      .describe(
        'The rows of the ledger, one for each organization whose data this is. Every look writes its own.',
      ),
    redisclosure: z.object({ allowed: z.literal(false), text: z.string() }),
    patient: z.object({
      id: Id,
      name: z.string().nullable(),
      birthDate: CalendarDate.nullable(),
      language: z.string().nullable(),
      timeZone: z.string().nullable(),
      postalCode: z.string().nullable(),
      contactPoints: z.array(
        z.object({
          system: z.string(),
          value: z.string(),
          permissions: z.array(z.string()),
          preferred: z.boolean(),
        }),
      ),
    }),
    referrals: z
      .array(
        z.object({
          id: Id,
          status: ReferralStatus,
          reason: z.array(z.enum(referralReasons)),
          priority: Priority,
          requestedAt: Instant,
          organizationId: Id,
          receivingOrganizationId: Id,
          languages: z.array(z.string()),
          interpreter: z.boolean().describe('An interpreter was arranged for.'),
          engagementStatus: z.enum(engagementStatuses),
          lastTwoWayContactAt: Instant.nullable(),
          openAlerts: Engagement.shape.openAlerts,
        }),
      )
      .describe('The open ones and the latest, five at most.'),
    mentorship: z
      .object({
        id: Id,
        status: z.enum(mentorshipStatuses),
        startedAt: Instant,
        organization: z
          .object({ id: Id, name: z.string(), url: z.string().nullable() })
          .describe('Who accompanies; the mentor is not named.'),
        emergencyPlan: z
          .string()
          .nullable()
          .describe('What mentor and person agreed to do when nobody can be reached.'),
      })
      .nullable(),
  })
  .meta({
    id: 'SafetyRecord',
    description:
      'What this service knows that may help in a medical emergency. It holds no diagnoses, medications or allergies, and watches over nobody.',
  })
