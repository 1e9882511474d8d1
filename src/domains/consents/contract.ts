import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, evenWhenMalformed, Instant, Text } from '../../core/primitives.ts'
import { missingElements } from './elements.ts'

/** Kinds that cannot be combined: one row is one kind (42 CFR 2.31(b) and (d), 2.35). */
export const consentKinds = [
  'specific_disclosure',
  'tpo_single',
  'counseling_notes',
  'proceedings',
  'criminal_justice',
  'research',
] as const

export const consentStatuses = ['active', 'revoked', 'expired', 'entered_in_error'] as const

/** What a consent covers is said class by class; every field that can cross organizations belongs to one. */
export const dataClasses = [
  'identity',
  'contact',
  'referral_reason',
  'referral_status',
  'engagement_status',
  'contact_summary',
  'contact_notes',
  'recovery_plan',
  'assessment_scores',
  'assessment_answers',
  'milestones',
  'incident',
  'location',
  'safety',
] as const
export const DataClass = z.enum(dataClasses)
export type DataClass = z.output<typeof DataClass>

export const purposes = [
  'treatment',
  'payment',
  'operations',
  'patient_request',
  'research',
  'legal_proceeding',
] as const
export const Purpose = z.enum(purposes)
export type Purpose = z.output<typeof Purpose>

const Discloser = z.strictObject({ organizationId: Id })

const Recipient = z
  .strictObject({
    designation: z.enum(['named', 'class']).default('named').describe('By name, or as a class of persons.'),
    organizationId: Id.optional(),
    description: Text(500).optional().describe('Required for a class: who belongs to it.'),
  })
  .refine(({ designation, organizationId }) => designation !== 'named' || organizationId !== undefined, {
    path: ['organizationId'],
    error: 'A named recipient needs its organizationId.',
    params: { code: 'consent_recipient_missing' },
  })
  .refine(({ designation, description }) => designation !== 'class' || description !== undefined, {
    path: ['description'],
    error: 'A class of recipients needs a description.',
    params: { code: 'consent_recipient_missing' },
  })

const Signature = z.strictObject({
  role: z.enum(['patient', 'parent', 'guardian', 'personal_representative']),
  name: Text(200),
  method: z.enum(['electronic', 'handwritten', 'scanned']).default('electronic'),
  authorityBasis: Text(500)
    .optional()
    .describe('Why somebody other than the patient may sign (42 CFR 2.14, 2.15).'),
  signedAt: Instant,
  evidenceHash: z
    .string()
    .regex(/^sha256:[0-9A-Za-z+/=_-]{1,128}$/, 'Expected sha256: and the digest of the signed document')
    .optional()
    .meta({ example: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' }),
})
export type Signature = z.output<typeof Signature>

const Expiration = z
  .strictObject({
    on: CalendarDate.optional().describe('Last day on which it holds, in UTC.'),
    event: Text(500).optional().meta({ example: 'End of the mentorship' }),
    none: z
      .literal(true)
      .optional()
      .describe('Only where every purpose is treatment, payment or operations.'),
  })
  .describe('42 CFR 2.31(a)(7): exactly one of the three.')

const Statements = z.strictObject({
  rightToRevoke: z.boolean().optional().describe('42 CFR 2.31(a)(6)'),
  redisclosurePotential: z
    .boolean()
    .optional()
    .describe('42 CFR 2.31(a)(10)(i), for treatment, payment, operations'),
  refusalConsequences: z
    .boolean()
    .optional()
    .describe('42 CFR 2.31(a)(10)(ii), for treatment, payment, operations'),
})

/**
 * Each element is optional to the shape and demanded by `missingElements`, so that an absent one is refused
 * by its own code and section rather than as a missing member among others.
 */
const elements = {
  kind: z.enum(consentKinds).default('specific_disclosure'),
  patientNameAsSigned: Text(200).optional().describe('42 CFR 2.31(a)(1)'),
  disclosers: z
    .array(Discloser)
    .max(20)
    .optional()
    .describe('42 CFR 2.31(a)(2): who may disclose. Default: the calling organization.'),
  recipients: z
    .array(Recipient)
    .max(50)
    .optional()
    .describe('42 CFR 2.31(a)(4): who may receive. Default inside a referral: the receiving organization.'),
  bothDirections: z
    .boolean()
    .default(false)
    .describe('The recipients may also disclose back to the disclosers. Reading engagement needs it.'),
  dataClasses: z
    .array(DataClass)
    .max(dataClasses.length)
    .optional()
    .describe('42 CFR 2.31(a)(3): what may be disclosed, by class.'),
  informationDescription: Text(2000)
    .optional()
    .describe('42 CFR 2.31(a)(3): the same in words, specific and meaningful.'),
  purposes: z.array(Purpose).max(purposes.length).optional().describe('42 CFR 2.31(a)(5)'),
  purposeText: Text(1000).optional(),
  expiration: Expiration.optional(),
  statements: Statements.optional(),
  revocationInstructions: Text(1000).optional().describe('42 CFR 2.31(a)(6): how to revoke in writing.'),
  signatures: z.array(Signature).max(5).optional().describe('42 CFR 2.31(a)(8)'),
  signedOn: CalendarDate.optional().describe('42 CFR 2.31(a)(9)'),
}

/** Plainly a sample; the examples of the documentation and the demo network are made of it. */
export const sampleConsent = {
  kind: 'specific_disclosure',
  patientNameAsSigned: 'Sample Patient',
  bothDirections: true,
  dataClasses: [
    'identity',
    'contact',
    'referral_reason',
    'referral_status',
    'engagement_status',
    'contact_summary',
  ],
  informationDescription: 'That I was referred to a mentor, how to reach me, and whether we are in contact.',
  purposes: ['treatment'],
  expiration: { on: '2027-06-30' },
  statements: { rightToRevoke: true, redisclosurePotential: true, refusalConsequences: true },
  revocationInstructions: 'Write to the front desk of Sample Clinic.',
  signatures: [
    { role: 'patient', name: 'Sample Patient', method: 'electronic', signedAt: '2026-11-20T15:00:00Z' },
  ],
  signedOn: '2026-11-20',
} as const

/** A consent inside a referral, whose patient and recipient the referral names. */
export const InlineConsent = z
  .strictObject(elements)
  .check(evenWhenMalformed((payload) => missingElements(payload, { recipientsRequired: false })))
  .meta({
    id: 'InlineConsent',
    description: 'A written consent with every element of 42 CFR 2.31.',
    example: sampleConsent,
  })
export type InlineConsent = z.output<typeof InlineConsent>

export const NewConsent = z
  .strictObject({ patientId: Id, ...elements })
  .check(evenWhenMalformed((payload) => missingElements(payload, { recipientsRequired: true })))
  .meta({ id: 'NewConsent', description: 'A written consent with every element of 42 CFR 2.31.' })

export const Consent = z
  .object({
    id: Id,
    organizationId: Id.describe('The organization that holds it.'),
    patientId: Id,
    kind: z.enum(consentKinds),
    status: z.enum(consentStatuses).describe('`expired` is computed at the moment of the request.'),
    patientNameAsSigned: z.string(),
    disclosers: z.array(z.object({ organizationId: Id })),
    recipients: z.array(
      z.object({
        designation: z.enum(['named', 'class']),
        organizationId: Id.nullable(),
        description: z.string().nullable(),
      }),
    ),
    bothDirections: z.boolean(),
    dataClasses: z.array(DataClass),
    informationDescription: z.string(),
    purposes: z.array(Purpose),
    purposeText: z.string().nullable(),
    expiration: z.object({ on: CalendarDate.nullable(), event: z.string().nullable(), none: z.boolean() }),
    statements: z.object({
      rightToRevoke: z.boolean(),
      redisclosurePotential: z.boolean(),
      refusalConsequences: z.boolean(),
    }),
    revocationInstructions: z.string(),
    signatures: z.array(Signature.extend({ authorityBasis: z.string().optional() })),
    signedOn: CalendarDate,
    documentSha256: z.string().describe('Digest of the consent as stored; disclosures quote it.'),
    revokedAt: Instant.nullable(),
    revocationReason: z.string().nullable(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'Consent' })
export type Consent = z.output<typeof Consent>

export const ConsentFilter = z.strictObject({
  ...PageArgs.shape,
  patientId: Id.optional(),
  status: z.enum(consentStatuses).optional(),
})

export const RevokeConsent = z.strictObject({
  id: Id,
  reason: Text(1000).optional(),
})

export const CheckConsent = z
  .strictObject({
    patientId: Id,
    recipient: z.strictObject({ organizationId: Id }),
    purpose: Purpose.default('treatment'),
    dataClasses: z.array(DataClass).min(1).max(dataClasses.length),
  })
  .meta({ id: 'CheckConsent' })

export const obligations = ['part2_notice', 'consent_scope', 'no_redisclosure', 'ledger'] as const

export const ConsentDecision = z
  .object({
    decision: z.enum(['permit', 'permit_redacted', 'deny']),
    permittedClasses: z.array(DataClass),
    reasons: z.array(z.string()).describe('Why not everything is permitted; empty for `permit`.'),
    consentIds: z.array(Id),
    obligations: z.array(z.enum(obligations)),
    ruleVersion: z.string(),
  })
  .meta({ id: 'ConsentDecision' })
