import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, evenWhenMalformed, Instant, Text } from '../../core/primitives.ts'
import { relationships } from '../decisions/facts.ts'
import { Disclosure } from '../disclosures/contract.ts'
import {
  consentKinds,
  consentStatuses,
  DataClass,
  dataClasses,
  documentTypes,
  Purpose,
  purposes,
  revocationForms,
  suspensionReasons,
} from './codes.ts'
import { isSha256, membersOf, missingElements, recipientFaults } from './elements.ts'
import { statementVersions } from './statements.ts'

const recipientsMax = 50

const Discloser = z.strictObject({ organizationId: Id })

const member = z.strictObject({ organizationId: Id })

const Recipient = z
  .strictObject({
    designation: z
      .enum(['named', 'class', 'general', 'intermediary'])
      .default('named')
      .describe(
        'By name; as a class of persons; `general`: whoever treats the patient, for treatment, payment and operations; or an intermediary with its members (42 CFR 2.31(a)(4)).',
      ),
    organizationId: Id.optional().describe('Required for `named` and `intermediary`.'),
    description: Text(500).optional().describe('Required for a class: who belongs to it.'),
    members: z
      .array(member)
      .max(50)
      .optional()
      .describe('Organizations that belong to the class, or receive through the intermediary.'),
    treatingParticipants: z
      .boolean()
      .optional()
      .describe(
        'For an intermediary: whichever of its participants treats the patient. Each disclosure asks whether it does.',
      ),
  })
  .check(evenWhenMalformed(recipientFaults))

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
    .max(200)
    .refine(isSha256, {
      error: 'Expected sha256: and the digest of the signed document, 32 bytes in hex or base64',
      params: { code: 'consent_evidence_hash_malformed' },
    })
    .optional()
    .describe('Digest of the signed document. Where the document is sent along, it has to be its digest.')
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
  hipaaRedisclosure: z
    .boolean()
    .optional()
    .describe(
      '42 CFR 2.31(a)(4)(iii), where a recipient is a covered entity or business associate. Default: as redisclosurePotential.',
    ),
  textVersion: z
    .enum(statementVersions)
    .optional()
    .describe('Which wording of the statements was signed. Default: the present one.'),
})

const SignedDocument = z
  .strictObject({
    mediaType: z.enum(documentTypes),
    content: z.base64().max(180_000).describe('The signed document, in base64.'),
  })
  .describe('Kept sealed, and given back with the copy of the consent.')

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
  jurisdiction: z
    .string()
    .regex(/^[A-Z]{2}$/, 'Expected the two letters of a state')
    .optional()
    .describe(
      'State whose law says who signs for a minor (42 CFR 2.14). Unknown: the minor and a parent sign, and somebody reviews.',
    )
    .meta({ example: 'CO' }),
  document: SignedDocument.optional(),
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

/** Every element of a consent that stands by itself, present and in order. */
export const WholeConsent = z
  .strictObject(elements)
  .check(evenWhenMalformed((payload) => missingElements(payload, { recipientsRequired: true })))

export const NewConsent = z
  .strictObject({
    patientId: Id,
    draft: z
      .boolean()
      .default(false)
      .describe('True: kept as a draft, whatever is missing still. It permits nothing until it is signed.'),
    supersedesId: Id.optional().describe(
      'A consent of the same patient that this one takes the place of, in the moment in which it becomes active.',
    ),
    ...elements,
  })
  .check(
    evenWhenMalformed((payload) => {
      const { draft } = membersOf(payload.value)
      if (draft !== true) missingElements(payload, { recipientsRequired: true })
    }),
  )
  .meta({
    id: 'NewConsent',
    description: 'A written consent with every element of 42 CFR 2.31, or a draft of one.',
  })
export type NewConsent = z.output<typeof NewConsent>

/** Members of a draft that are to be other than they are; members left out stay. */
export const ConsentChanges = z.strictObject({
  id: Id,
  ...elements,
  kind: z.enum(consentKinds).optional(),
  bothDirections: z.boolean().optional(),
})

export const SignConsent = z.strictObject({
  id: Id,
  signatures: elements.signatures,
  signedOn: elements.signedOn,
  document: elements.document,
})

const nullableText = z.string().nullable()

export const Consent = z
  .object({
    id: Id,
    organizationId: Id.describe('The organization that holds it.'),
    patientId: Id,
    kind: z.enum(consentKinds),
    status: z.enum(consentStatuses).describe('`expired` is computed at the moment of the request.'),
    review: z
      .enum(['not_needed', 'pending', 'approved', 'rejected'])
      .describe('`pending`: signed, and active only after somebody has reviewed who signed for a minor.'),
    patientNameAsSigned: z.string().nullable().optional(),
    disclosers: z.array(z.object({ organizationId: Id })),
    recipients: z.array(
      z.object({
        designation: z.enum(['named', 'class', 'general', 'intermediary']),
        organizationId: Id.nullable(),
        description: nullableText,
        members: z.array(z.object({ organizationId: Id, revokedAt: Instant.nullable() })),
        treatingParticipants: z.boolean(),
        revokedAt: Instant.nullable().describe('Since when nothing goes to this recipient any more.'),
      }),
    ),
    bothDirections: z.boolean(),
    dataClasses: z.array(DataClass).describe('As signed.'),
    revokedDataClasses: z.array(DataClass).describe('Those of them that were revoked since.'),
    informationDescription: nullableText,
    purposes: z.array(Purpose),
    purposeText: nullableText,
    expiration: z.object({ on: CalendarDate.nullable(), event: nullableText, none: z.boolean() }),
    statements: z.object({
      rightToRevoke: z.boolean(),
      redisclosurePotential: z.boolean(),
      refusalConsequences: z.boolean(),
      hipaaRedisclosure: z.boolean(),
      textVersion: z.enum(statementVersions),
    }),
    revocationInstructions: nullableText,
    signatures: z.array(Signature.extend({ authorityBasis: z.string().optional() })).optional(),
    signedOn: CalendarDate.nullable(),
    jurisdiction: nullableText,
    documentSha256: z.string().describe('Digest of the consent as stored; disclosures quote it.'),
    supersedesId: Id.nullable(),
    activatedAt: Instant.nullable(),
    suspendedAt: Instant.nullable(),
    suspensionReason: z.enum(suspensionReasons).nullable(),
    expiredAt: Instant.nullable().describe('When its expiration event was said to have occurred.'),
    revokedAt: Instant.nullable(),
    revocationReason: nullableText,
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
    redacted: z.array(DataClass).optional().describe('Data classes left out because no consent covers them.'),
    disclosure: Disclosure.optional(),
  })
  .meta({ id: 'Consent' })
export type Consent = z.output<typeof Consent>

/** Names of people; the rest of a consent is its scope, which accompanies every disclosure. */
export const consentClasses = {
  patientNameAsSigned: 'identity',
  signatures: 'identity',
} as const satisfies Partial<Record<keyof Consent, DataClass>>

export const ConsentFilter = z.strictObject({
  ...PageArgs.shape,
  patientId: Id.optional(),
  status: z.enum(consentStatuses).optional(),
})

export const RevokeConsent = z.strictObject({
  id: Id,
  reason: Text(1000).optional(),
  form: z
    .enum(revocationForms)
    .default('written')
    .describe('How it was received. An oral one counts at once; obtain the writing afterwards.'),
  scope: z
    .strictObject({
      recipientOrganizationIds: z.array(Id).min(1).max(recipientsMax).optional(),
      dataClasses: z.array(DataClass).min(1).max(dataClasses.length).optional(),
    })
    .refine(
      ({ recipientOrganizationIds, dataClasses: classes }) =>
        (recipientOrganizationIds === undefined) !== (classes === undefined),
      { error: 'Name recipients or data classes, one of the two.', params: { code: 'conflicting_members' } },
    )
    .optional()
    .describe('Only this much of it; the rest stays in force. Left out: the whole consent.'),
  continueAsSelfReferral: z
    .boolean()
    .default(false)
    .describe(
      'The person goes on with their mentor without the clinic: what is open under the consent goes on as a self-referral held by the organization that accompanies.',
    ),
})

export const SuspendConsent = z.strictObject({ id: Id, reason: z.enum(suspensionReasons) })
export const ConsentCommand = z.strictObject({ id: Id })
export const ReviewConsent = z.strictObject({
  id: Id,
  outcome: z.enum(['approved', 'rejected']),
})

export const ConsentRevocation = z
  .object({
    id: Id,
    at: Instant,
    form: z.enum(revocationForms),
    byPatient: z.boolean(),
    recipientOrganizationIds: z.array(Id).max(recipientsMax).describe('Empty: all.'),
    dataClasses: z.array(DataClass).describe('Empty: all.'),
    reason: nullableText,
  })
  .meta({ id: 'ConsentRevocation' })
export type ConsentRevocation = z.output<typeof ConsentRevocation>

export const ConsentRevocations = z
  .object({ data: z.array(ConsentRevocation) })
  .meta({ id: 'ConsentRevocations' })

export const ConsentDocument = z
  .object({
    consentId: Id,
    text: z.string().describe('The consent written out, with the statements in the words that were signed.'),
    sha256: z.string().describe('Digest of the consent as stored: the one that disclosures quote.'),
    signed: z
      .object({ mediaType: z.enum(documentTypes), content: z.string(), sha256: z.string() })
      .nullable()
      .describe('The signed document itself, for the organization that holds it.'),
    disclosure: Disclosure.optional(),
  })
  .meta({ id: 'ConsentDocument' })
export type ConsentDocument = z.output<typeof ConsentDocument>

export const CheckConsent = z
  .strictObject({
    patientId: Id,
    recipient: z.strictObject({ organizationId: Id }),
    at: Instant.optional().describe('Another moment than now: whether it would be permitted then.'),
    purpose: Purpose.default('treatment'),
    dataClasses: z.array(DataClass).min(1).max(dataClasses.length),
  })
  .meta({ id: 'CheckConsent' })

export const obligations = ['part2_notice', 'consent_scope', 'no_redisclosure', 'ledger'] as const

export const ConsentDecision = z
  .object({
    decision: z.enum(['permit', 'permit_redacted', 'deny']),
    relationship: z
      .enum(relationships)
      .describe('What the recipient is to you in this disclosure; it says which rule was asked.'),
    permittedClasses: z.array(DataClass),
    reasons: z.array(z.string()).describe('Why not everything is permitted; empty for `permit`.'),
    consentIds: z.array(Id),
    agreementIds: z.array(Id),
    obligations: z.array(z.enum(obligations)),
    ruleVersion: z.string(),
  })
  .meta({ id: 'ConsentDecision' })
