import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { CalendarDate, Instant, Text } from '../../core/primitives.ts'
import { Credits } from '../courses/codes.ts'
import { certificateForms, certificateStatuses, revocationReasons } from './codes.ts'

export const Certificate = z
  .object({
    id: Id,
    organizationId: Id,
    learnerId: Id,
    enrolmentId: Id,
    creditAwardId: Id.nullable(),
    number: z
      .string()
      .describe('Whoever has it can verify the certificate at `/education/certificates/{number}`.'),
    learnerName: z.string().describe('As it was when it was issued.'),
    courseTitle: z.string(),
    form: z.enum(certificateForms),
    signer: z.string(),
    completedOn: CalendarDate,
    issuedOn: CalendarDate,
    expiresOn: CalendarDate.nullable().describe('The last day on which it is valid.'),
    credits: Credits.nullable().describe('As awarded; null where none were.'),
    creditType: z.string().nullable(),
    body: z
      .string()
      .nullable()
      .describe('Who accredited it, with the numbers and the words that belong on it.'),
    providerNumber: z.string().nullable(),
    activityNumber: z.string().nullable(),
    statement: z.string().nullable(),
    status: z.enum(certificateStatuses),
    revokedAt: Instant.nullable(),
    revokedBecause: z.enum(revocationReasons).nullable(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'Certificate' })
export type Certificate = z.output<typeof Certificate>

export const NewCertificate = z.strictObject({
  id: Id.describe('The enrolment: a completed one.'),
  signer: Text(200)
    .describe('Who signs it. Sealed at rest.')
    .meta({ example: 'Sample Director of Training' }),
  form: z.enum(certificateForms).default('live'),
})

export const RevokeCertificate = z.strictObject({ id: Id, reason: z.enum(revocationReasons) })

export const ById = z.strictObject({ id: Id })

/** All that anybody learns who has the number: what it is of stands on the certificate in their hand. */
export interface Verification {
  readonly status: (typeof certificateStatuses)[number]
  readonly initials: string
}
