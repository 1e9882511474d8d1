import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, evenWhenMalformed, fault, Instant, Text } from '../../core/primitives.ts'
import { MentorType, mentorTypes } from '../mentors/codes.ts'
import {
  checklistItems,
  credentialStatuses,
  decisions,
  finalDecisions,
  itemReasons,
  requirementItems,
  resultClasses,
  ScreeningKind,
  screeningKinds,
  Verification,
} from './codes.ts'

const Code = z
  .string()
  .regex(/^[a-z0-9_]{1,100}$/, 'Expected a code such as icrc_pr')
  .meta({ example: 'icrc_pr' })

type Payload = Parameters<Parameters<typeof evenWhenMalformed<unknown>>[0]>[0]
type Faults = readonly ReturnType<typeof fault>[]

/** Holds members against one another, whatever else is wrong with them. */
const together = (faultsOf: (members: Record<string, unknown>) => Faults) =>
  evenWhenMalformed(({ value, issues }: Payload) => {
    const found = faultsOf((value ?? {}) as Record<string, unknown>)
    issues.push(...found.map((one) => ({ ...one, input: undefined })))
  })

/** Dates of one form compare as texts; what is no date is named as that already. */
const notAfter = (start: unknown, end: unknown, path: string) =>
  typeof start === 'string' && typeof end === 'string' && end <= start
    ? [fault('expires_before_start', [path], 'It would run out before it began to hold.')]
    : []

const changed = { version: z.int32(), createdAt: Instant, updatedAt: Instant }
const ofMentor = { id: Id, organizationId: Id, mentorId: Id }

const requirement = {
  item: z.enum(requirementItems),
  code: Code.describe('Of a screening its `kind`, of a credential its `code`, of a course its `code`.'),
  mentorTypes: z
    .array(MentorType)
    .max(mentorTypes.length)
    .describe('Of which kinds of mentor it is demanded; empty means of all.')
    .meta({ example: ['peer_certified'] }),
  validMonths: z
    .int()
    .min(1)
    .max(240)
    .describe(
      'How long an item counts from the day on which it was performed or issued, if it does not run out earlier by itself.',
    )
    .meta({ example: 24 }),
  leastVerification: Verification.describe(
    'Of a credential only. Left out, the mentor’s own word is enough.',
  ),
  source: Text(500)
    .describe('Where the demand comes from: a rule, a contract, a policy.')
    .meta({ example: 'Sample Recovery Community, volunteer policy of 2026, section 4' }),
}

export const MentorRequirement = z
  .object({
    id: Id,
    organizationId: Id,
    ...requirement,
    code: z.string(),
    validMonths: z.int32().nullable(),
    leastVerification: Verification.nullable(),
    source: z.string().nullable(),
    endedAt: Instant.nullable().describe('Null while it is in force.'),
    ...changed,
  })
  .meta({ id: 'MentorRequirement', description: 'What an organization demands of its mentors.' })
export type MentorRequirement = z.output<typeof MentorRequirement>

export const NewMentorRequirement = z
  .strictObject({
    ...requirement,
    mentorTypes: requirement.mentorTypes.default([]),
    validMonths: requirement.validMonths.optional(),
    leastVerification: requirement.leastVerification.optional(),
    source: requirement.source.optional(),
  })
  .check(
    together(({ item, code, leastVerification }) => {
      if (item !== 'screening' && item !== 'course') return []
      return [
        ...(item === 'screening' &&
        typeof code === 'string' &&
        !(screeningKinds as readonly string[]).includes(code)
          ? [fault('invalid_code', ['code'], `Of a screening, expected one of ${screeningKinds.join('|')}`)]
          : []),
        ...(leastVerification === undefined
          ? []
          : [fault('conflicting_members', ['leastVerification'], 'Only a credential is verified.')]),
      ]
    }),
  )
  .meta({ id: 'NewMentorRequirement' })

export const RequirementFilter = z.strictObject({
  ...PageArgs.shape,
  item: z.enum(requirementItems).optional(),
})

const screening = {
  kind: ScreeningKind,
  resultClass: z
    .enum(resultClasses)
    .describe('The class of the result: all that is kept of a report. The report itself has no place here.'),
  decision: z
    .enum(decisions)
    .describe(
      'What somebody concluded. No class of result decides by itself: `adverse` is looked at by a person.',
    ),
  rationale: Text(1000)
    .describe(
      'Why, in terms of what a mentor does. Never what the report says: no charge, conviction, diagnosis, substance or treatment, and nobody’s words about them.',
    )
    .meta({ example: 'Reviewed with the mentor; nothing that bears on accompanying people.' }),
  decidedBy: Text(200).describe('Who answers for the decision, or will while it is `pending`.').meta({
    example: 'Sample Coordinator',
  }),
  performedOn: CalendarDate.describe('Not in the future.'),
  expiresOn: CalendarDate.describe('The last day on which it counts.'),
}

export const Screening = z
  .object({
    ...ofMentor,
    ...screening,
    rationale: z.string().nullable(),
    expiresOn: CalendarDate.nullable(),
    enteredInError: z.boolean().describe('True when it was recorded by mistake: it counts for nothing.'),
    ...changed,
  })
  .meta({ id: 'Screening', description: 'The class of a result and what was decided; never the report.' })
export type Screening = z.output<typeof Screening>

export const NewScreening = z
  .strictObject({
    id: Id,
    ...screening,
    decision: screening.decision.default('pending'),
    rationale: screening.rationale.optional(),
    expiresOn: screening.expiresOn.optional(),
  })
  .check(together(({ performedOn, expiresOn }) => notAfter(performedOn, expiresOn, 'expiresOn')))

export const DecideScreening = z.strictObject({
  id: Id,
  decision: z.enum(finalDecisions),
  rationale: screening.rationale.optional(),
  decidedBy: screening.decidedBy,
})

const credential = {
  code: Code,
  issuer: Text(200).meta({ example: 'Sample Certification Board' }),
  jurisdiction: z
    .string()
    .regex(/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/, 'Expected an ISO 3166 code such as US-DE')
    .describe('ISO 3166 country or subdivision.')
    .meta({ example: 'US-DE' }),
  number: Text(100),
  issuedOn: CalendarDate.describe('The first day on which it holds. Not in the future.'),
  expiresOn: CalendarDate.describe('The last day on which it holds.'),
  verification: Verification,
  verifiedBy: Text(200).meta({ example: 'Sample Coordinator' }),
  verifiedOn: CalendarDate.describe('Not in the future.'),
}

export const Credential = z
  .object({
    ...ofMentor,
    ...credential,
    jurisdiction: z.string().nullable(),
    number: z.string().nullable(),
    expiresOn: CalendarDate.nullable(),
    verifiedOn: CalendarDate.nullable(),
    verifiedBy: z.string().nullable(),
    status: z
      .enum(credentialStatuses)
      .describe('Only an `active` one counts; whether it has run out is told by its dates.'),
    ...changed,
  })
  .meta({
    id: 'Credential',
    description: 'A certificate, licence or title that somebody issued to a mentor.',
  })
export type Credential = z.output<typeof Credential>

export const NewCredential = z
  .strictObject({
    id: Id,
    ...credential,
    jurisdiction: credential.jurisdiction.optional(),
    number: credential.number.optional(),
    expiresOn: credential.expiresOn.optional(),
    verification: credential.verification.default('self_declared'),
    verifiedBy: credential.verifiedBy.optional().describe('Demanded unless it is `self_declared`.'),
    verifiedOn: credential.verifiedOn
      .optional()
      .describe('Demanded unless it is `self_declared`. Not in the future.'),
  })
  .check(
    together(({ issuedOn, expiresOn, verification = 'self_declared', ...verified }) => [
      ...notAfter(issuedOn, expiresOn, 'expiresOn'),
      ...(['verifiedBy', 'verifiedOn'] as const).flatMap((member) => {
        const isSaid = verified[member] !== undefined
        if (isSaid === (verification !== 'self_declared')) return []
        return isSaid
          ? [fault('conflicting_members', [member], 'What is self_declared was verified by nobody.')]
          : [fault('required', [member], 'Who saw it, and when, is required unless it is self_declared.')]
      }),
    ]),
  )

export const VerifyCredential = z.strictObject({
  id: Id,
  verification: Verification.exclude(['self_declared']),
  verifiedBy: credential.verifiedBy,
  verifiedOn: credential.verifiedOn,
})

export const OfMentor = z.strictObject({ id: Id, ...PageArgs.shape })
export const ById = z.strictObject({ id: Id })

export const MentorEligibility = z
  .object({
    mentorId: Id,
    eligible: z
      .boolean()
      .describe('Whether every item is met. Only an `active` mentor who is eligible takes new people.'),
    eligibleUntil: Instant.nullable().describe(
      'When the first item runs out. Null: none does. In the past: an item has run out or was never there.',
    ),
    items: z
      .array(
        z.object({
          item: z.enum(checklistItems).describe('`onboarding`: asked of every clinician.'),
          code: z.string(),
          required: z.literal(true),
          met: z.boolean(),
          until: Instant.nullable().describe(
            'When the screening, credential or completion behind it ends or ended; null when it never does, or when there is none.',
          ),
          reason: z.enum(itemReasons),
          evidenceId: Id.nullable().describe(
            'The screening, credential, enrolment or acceptance that the answer rests on.',
          ),
        }),
      )
      .describe(
        'One for each requirement in force that applies to this kind of mentor, and what is asked of every clinician.',
      ),
  })
  .meta({
    id: 'MentorEligibility',
    description: 'What an organization demands of a mentor, and what is there of it.',
  })
export type MentorEligibility = z.output<typeof MentorEligibility>
