import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant, Language, Text } from '../../core/primitives.ts'
import { clinicianTerms, MentorType } from '../mentors/codes.ts'
import { checklistItems, itemReasons } from '../qualifications/codes.ts'
import { acceptanceMethods, remedies } from './codes.ts'

export const TermsKind = z
  .enum(clinicianTerms)
  .describe(
    '`licence_duties`: what the licence goes on asking (mandated reporting, impaired colleagues, fitness to practise); `dual_role`: whom one does not mentor, and that one says so; `record_separation`: that a mentor neither reads nor writes the clinical record.',
  )

const terms = {
  kind: TermsKind,
  language: Language,
  text: Text(10_000)
    .describe(
      'In your words: what it asks differs by licence and state. Never changed; a change is another revision.',
    )
    .meta({
      example:
        'Sample: my licence goes on asking of me what it asks of me at work. I have read which duties those are.',
    }),
}

export const ClinicianTerms = z
  .object({
    id: Id,
    organizationId: Id,
    ...terms,
    language: z.string(),
    text: z.string(),
    revision: z.int32(),
    supersededAt: Instant.nullable().describe('Null while it is what clinicians accept.'),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'ClinicianTerms', description: 'What a clinician is shown, and accepts, before they mentor.' })
export type ClinicianTerms = z.output<typeof ClinicianTerms>

export const NewClinicianTerms = z.strictObject({ ...terms, language: terms.language.default('en') })

export const ClinicianTermsFilter = z.strictObject({
  ...PageArgs.shape,
  kind: TermsKind.optional(),
  inForce: z
    .enum(['true', 'false'])
    .optional()
    .describe('Only what is accepted now, or only what was before.'),
})

export const ClinicianAcceptance = z
  .object({
    id: Id,
    organizationId: Id,
    mentorId: Id,
    termsId: Id,
    kind: TermsKind,
    revision: z.int32(),
    acceptedAt: Instant,
    method: z.enum(acceptanceMethods),
    evidenceHash: z.string().nullable(),
    withdrawnAt: Instant.nullable(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'ClinicianAcceptance', description: 'Who accepted which words, and when.' })
export type ClinicianAcceptance = z.output<typeof ClinicianAcceptance>

export const NewClinicianAcceptance = z.strictObject({
  id: Id.describe('The mentor.'),
  termsId: Id.describe('What was shown: the revision in force.'),
  signedAt: Instant.optional().describe('On paper: when. With the mentor’s own token it is now.'),
  evidenceHash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'Expected sha256: and 64 hexadecimal digits')
    .optional()
    .describe('On paper: the hash of what was signed. The original stays with you.'),
})

export const ById = z.strictObject({ id: Id })
export const OfMentor = z.strictObject({ id: Id, ...PageArgs.shape })

export const MentorReadiness = z
  .object({
    mentorId: Id,
    mentorType: MentorType,
    ready: z
      .boolean()
      .describe('Whether every item is met. Who is not ready is no candidate, and takes nobody new.'),
    readyUntil: Instant.nullable().describe('When the first item runs out; null when none does.'),
    rules: z.string(),
    items: z.array(
      z.object({
        item: z.enum(checklistItems),
        code: z.string(),
        met: z.boolean(),
        reason: z.enum(itemReasons),
        until: Instant.nullable(),
        evidenceId: Id.nullable(),
        remedy: z
          .enum(remedies)
          .nullable()
          .describe('What would meet it, and whose move that is; null where it is met.'),
      }),
    ),
  })
  .meta({
    id: 'MentorReadiness',
    description: 'Whether a mentor may take people, item by item: why, or why not, and what would meet it.',
  })
export type MentorReadiness = z.output<typeof MentorReadiness>
