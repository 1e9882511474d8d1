import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { evenWhenMalformed, fault, Instant, Text } from '../../core/primitives.ts'
import {
  appealDecisions,
  appealStatuses,
  comparisons,
  credentialStates,
  factReasons,
  occasions,
  outcomes,
  revocationReasons,
  Subject,
} from './codes.ts'
import { type FactCode, factCodes, factOf, facts, smallestGroup } from './facts.ts'

export const rulesMax = 20
const windowDaysMax = 730

const Fact = z.enum(factCodes).describe(factCodes.map((code) => `\`${code}\`: ${facts[code].says}`).join(' '))

const Code = z
  .string()
  .regex(/^[a-z0-9_]{1,100}$/, 'Expected a code such as mentorship_ready')
  .meta({ example: 'mentorship_ready' })

const rule = {
  fact: Fact,
  comparison: z.enum(comparisons),
  threshold: z
    .number()
    .min(0)
    .max(100_000)
    .describe('A share is a number from 0 to 1.')
    .meta({ example: 0.9 }),
  minimumGroup: z
    .int()
    .min(1)
    .max(100_000)
    .describe(
      `Of how many people, or mentors, a fact must speak before it is looked at. Never fewer than ${smallestGroup}; ${smallestGroup} where nothing is said. Of a fact about the subject alone there is no group.`,
    )
    .meta({ example: 11 }),
  windowDays: z
    .int()
    .min(1)
    .max(windowDaysMax)
    .describe('How far back it looks. Of a fact about how things are now there is no window.')
    .meta({ example: 90 }),
  accreditation: Code.describe('Of `accreditation_held`: its code.'),
}

export const RecognitionRule = z
  .object({
    ...rule,
    threshold: z.number(),
    minimumGroup: z.int32().nullable(),
    windowDays: z.int32().nullable(),
    accreditation: z.string().nullable(),
  })
  .meta({ id: 'RecognitionRule', description: 'A fact, and what it is held against.' })

const NewRule = z.strictObject({
  ...rule,
  minimumGroup: rule.minimumGroup.optional(),
  windowDays: rule.windowDays.optional(),
  accreditation: rule.accreditation.optional(),
})

const scheme = {
  code: Code.describe(
    'Names the scheme. Publishing it again makes the next revision and ends the one before.',
  ),
  name: Text(200).meta({ example: 'Mentorship-ready' }),
  description: Text(2000)
    .describe('What it says of whoever has it, in words that are published with every credential.')
    .meta({ example: 'Supervision is kept, papers are in order, and people are called soon.' }),
  subject: Subject,
  validMonths: z.int().min(1).max(36).describe('For how long a credential is good.').meta({ example: 12 }),
}

export const RecognitionScheme = z
  .object({
    id: Id,
    ...scheme,
    code: z.string(),
    name: z.string(),
    description: z.string(),
    validMonths: z.int32(),
    revision: z.int32(),
    rules: z.array(RecognitionRule),
    retiredAt: Instant.nullable().describe('Null while it is in force.'),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'RecognitionScheme', description: 'A published revision of a scheme. Its rules never change.' })
export type RecognitionScheme = z.output<typeof RecognitionScheme>

interface SaidRule {
  readonly fact?: unknown
  readonly minimumGroup?: unknown
  readonly windowDays?: unknown
  readonly accreditation?: unknown
  readonly threshold?: unknown
}

const isFact = (code: unknown): code is FactCode => factCodes.some((known) => known === code)

/** What a rule says against what its fact is. */
function faultsOfRule(said: SaidRule, subject: unknown, at: number) {
  const faultAt = (code: string, member: string, detail: string) => [
    fault(code, ['rules', at, member], detail),
  ]
  if (!isFact(said.fact)) return []
  const fact = factOf(said.fact)
  const grouped = fact.group !== 'none'
  const least = said.minimumGroup
  return [
    ...(subject === 'organization' || subject === 'mentor'
      ? fact.of === subject
        ? []
        : faultAt('fact_of_another_subject', 'fact', `This is a fact of ${fact.of}s.`)
      : []),
    ...(grouped && typeof least === 'number' && least < smallestGroup
      ? faultAt('group_too_small', 'minimumGroup', `No rule reads a group of fewer than ${smallestGroup}.`)
      : []),
    ...(!grouped && least !== undefined
      ? faultAt('conflicting_members', 'minimumGroup', 'This fact is about the subject alone.')
      : []),
    ...(fact.looksBack && said.windowDays === undefined
      ? faultAt('required', 'windowDays', 'This fact looks back: say how far.')
      : []),
    ...(!fact.looksBack && said.windowDays !== undefined
      ? faultAt('conflicting_members', 'windowDays', 'This fact is about how things are now.')
      : []),
    ...((said.fact === 'accreditation_held') === (said.accreditation !== undefined)
      ? []
      : said.accreditation === undefined
        ? faultAt('required', 'accreditation', 'Say which accreditation.')
        : faultAt('conflicting_members', 'accreditation', 'Only accreditation_held has one.')),
    ...(fact.unit === 'share' && typeof said.threshold === 'number' && said.threshold > 1
      ? faultAt('too_large', 'threshold', 'A share is a number from 0 to 1.')
      : []),
  ]
}

export const NewRecognitionScheme = z
  .strictObject({ ...scheme, rules: z.array(NewRule).min(1).max(rulesMax) })
  .check(
    evenWhenMalformed(({ value, issues }) => {
      const { rules, subject } = (value ?? {}) as { rules?: unknown; subject?: unknown }
      if (!Array.isArray(rules)) return
      const named = rules.map((one: SaidRule | null) => one?.fact)
      const found = rules.flatMap((one: SaidRule | null, at) => [
        ...(one !== null && typeof one === 'object' ? faultsOfRule(one, subject, at) : []),
        ...(named[at] !== undefined && named.indexOf(named[at]) < at
          ? [fault('duplicate', ['rules', at, 'fact'], 'A scheme reads each fact once.')]
          : []),
      ])
      issues.push(...found.map((one) => ({ ...one, input: undefined })))
    }),
  )
  .meta({ id: 'NewRecognitionScheme' })

export const SchemeFilter = z.strictObject({
  ...PageArgs.shape,
  code: Code.optional(),
  inForce: z
    .enum(['true', 'false'])
    .optional()
    .describe('Only those that are in force, or only those that are not.'),
})

export const ById = z.strictObject({ id: Id })

export const RecognitionFact = z
  .object({
    ...RecognitionRule.shape,
    value: z.number().nullable().describe('Null where it is suppressed.'),
    group: z.int32().nullable().describe('Of how many people or mentors it speaks.'),
    counted: z.int32().nullable().describe('Of a share: how many of them it counts.'),
    met: z.boolean().nullable().describe('Null where it was not measured.'),
    reason: z.enum(factReasons),
  })
  .meta({ id: 'RecognitionFact', description: 'What came of one rule.' })

export const RecognitionEvaluation = z
  .object({
    id: Id,
    organizationId: Id,
    schemeId: Id,
    schemeCode: z.string(),
    subject: Subject,
    mentorId: Id.nullable(),
    occasion: z.enum(occasions),
    outcome: z
      .enum(outcomes)
      .describe('`not_measurable`: nothing speaks against it, but a group is too small to be looked at.'),
    facts: z.array(RecognitionFact),
    credentialId: Id.nullable().describe('The credential that it led to.'),
    nextAt: Instant.nullable().describe('When it is made again by itself. Null for one that was.'),
    version: z.int32(),
    createdAt: Instant,
  })
  .meta({ id: 'RecognitionEvaluation', description: 'A scheme, looked at fact by fact.' })
export type RecognitionEvaluation = z.output<typeof RecognitionEvaluation>

export const EvaluateRecognition = z.strictObject({
  id: Id.describe('The scheme.'),
  mentorId: Id.optional().describe(
    'Of a scheme for mentors: a mentor of your organization, who has agreed to it.',
  ),
})

export const EvaluationFilter = z.strictObject({
  ...PageArgs.shape,
  schemeCode: Code.optional(),
  mentorId: Id.optional(),
})

export const NewAppeal = z.strictObject({
  id: Id.describe('The evaluation.'),
  grounds: Text(2000).describe(
    'What is wrong with it, in terms of how your organization works. Nobody who is accompanied is named or described here.',
  ),
})

export const DecideAppeal = z
  .strictObject({
    id: Id,
    decision: z.enum(appealDecisions).describe('`upheld`: the evaluation is made again.'),
    reason: Text(2000).describe('Told to whoever appealed.'),
    waives: Fact.optional().describe('Of an upheld appeal: the one fact that counts as met this once.'),
  })
  .refine(({ decision, waives }) => decision === 'upheld' || waives === undefined, {
    path: ['waives'],
    error: 'A dismissed appeal waives nothing.',
    params: { code: 'conflicting_members' },
  })

export const RecognitionAppeal = z
  .object({
    id: Id,
    organizationId: Id,
    evaluationId: Id,
    grounds: z.string(),
    status: z.enum(appealStatuses),
    decisionReason: z.string().nullable(),
    waives: z.enum(factCodes).nullable(),
    decidedAt: Instant.nullable(),
    resultId: Id.nullable().describe('The evaluation that an upheld appeal led to.'),
    facts: z
      .array(RecognitionFact)
      .describe(
        'Those of the evaluation. To the network’s office without any value that tells of one to ten people.',
      ),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'RecognitionAppeal' })
export type RecognitionAppeal = z.output<typeof RecognitionAppeal>

export const AppealFilter = z.strictObject({
  ...PageArgs.shape,
  status: z.enum(appealStatuses).optional(),
})

export const RecognitionCredential = z
  .object({
    id: Id,
    organizationId: Id,
    schemeId: Id,
    schemeCode: z.string(),
    evaluationId: Id,
    subject: Subject,
    holder: z
      .string()
      .describe('The name of the organization, or the initials of the mentor: all that is public.'),
    state: z.enum(credentialStates),
    validFrom: Instant,
    validUntil: Instant,
    revokedAt: Instant.nullable(),
    revokedBecause: z.enum(revocationReasons).nullable(),
    barLiftedAt: Instant.nullable().describe(
      'Of one that was revoked for `misuse`: when the network’s office let another be issued. Null: until then none is, whatever is met.',
    ),
    path: z
      .string()
      .describe('Where anybody gets it as a signed credential; with `/verify`, what is true of it now.'),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({
    id: 'RecognitionCredential',
    description: 'Recognition that was earned, as an Open Badges 3.0 credential that anybody can verify.',
  })
export type RecognitionCredential = z.output<typeof RecognitionCredential>

export const CredentialFilter = z.strictObject({
  ...PageArgs.shape,
  schemeCode: Code.optional(),
  organizationId: Id.optional(),
})

export const RevokeCredential = z.strictObject({
  id: Id,
  because: z
    .enum(revocationReasons)
    .describe(
      'The holder withdraws it as `withdrawn_by_holder`; every other reason is the network’s office’s.',
    ),
})
