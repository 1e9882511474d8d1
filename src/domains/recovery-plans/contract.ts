import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant, Text } from '../../core/primitives.ts'
import { companions, planDomains } from '../blueprints/codes.ts'
import { DataClass } from '../consents/codes.ts'
import { Disclosure } from '../disclosures/contract.ts'
import { milestoneKinds } from '../publications/codes.ts'
import { achievements, sharers, signers } from './codes.ts'

export const goalsMax = 100
const lines = () => z.array(Text(500)).max(20)

const Digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'Expected sha256: and 64 hex digits')
  .describe('Of the text as it is: what is signed.')

const goal = {
  domain: z.enum(planDomains),
  statement: Text(500)
    .describe('In the person’s own words.')
    .meta({ example: 'Sample: sleep in my own bed.' }),
  why: Text(1000),
  steps: z.array(Text(300)).max(20),
  targetOn: CalendarDate,
  achievement: z.enum(achievements).describe('As the person sees it. Nothing changes it by itself.'),
}

/** Left out where nobody has said anything of it: a text that was signed before keeps the digest that it has. */
const way = {
  with: z.array(z.enum(companions)).max(companions.length).optional().describe('With whom it is taken.'),
  after: z
    .array(Id)
    .max(goalsMax)
    .optional()
    .describe('Goals of the plan that come before, by their ids. Never in a circle.'),
}

const Source = z
  .object({ blueprintId: Id, number: z.int32(), step: z.string() })
  .meta({ id: 'GoalSource', description: 'From which version of a blueprint it was copied.' })

export const Goal = z
  .object({
    id: Id,
    ...goal,
    why: z.string().nullable(),
    targetOn: CalendarDate.nullable(),
    ...way,
    source: Source.nullable(),
  })
  .meta({ id: 'Goal' })
export type Goal = z.output<typeof Goal>

const GoalChange = z
  .strictObject({
    id: Id.optional().describe('Of a goal that is there; without it the goal is new.'),
    ...goal,
    why: goal.why.nullable().optional(),
    steps: goal.steps.default([]),
    targetOn: goal.targetOn.nullable().optional(),
    achievement: goal.achievement.default('in_progress'),
    ...way,
  })
  .meta({ id: 'GoalChange' })
export type GoalChange = z.output<typeof GoalChange>

const words = {
  vision: Text(2000)
    .describe('What the person wants, in their words.')
    .meta({ example: 'Sample: a quiet house.' }),
  strengths: lines(),
  barriers: lines(),
  supports: lines(),
  crisisPlan: Text(4000).describe(
    'What helps when it is hard, and whom to call. The service watches over nobody.',
  ),
  reviewOn: CalendarDate.describe('When the two look at it together again.'),
}

const content = {
  vision: z.string().nullable(),
  goals: z.array(Goal),
  strengths: z.array(z.string()),
  barriers: z.array(z.string()),
  supports: z.array(z.string()),
  crisisPlan: z.string().nullable(),
  reviewOn: CalendarDate.nullable(),
}
export const PlanContent = z.object(content)
export type PlanContent = z.output<typeof PlanContent>

const signed = {
  digest: Digest,
  signedByPatientAt: Instant.nullable(),
  signedByMentorAt: Instant.nullable(),
}

export const RecoveryPlan = z
  .object({
    id: Id,
    organizationId: Id.describe('Who accompanies the person, and keeps it.'),
    patientId: Id,
    ...content,
    number: z.int32().describe('Which version this text is, or will be once it is signed.'),
    currentNumber: z.int32().nullable().describe('The last version that both have signed.'),
    ...signed,
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
    redacted: z.array(DataClass).optional(),
    disclosure: Disclosure.optional(),
  })
  .meta({
    id: 'RecoveryPlan',
    description:
      'The person’s own plan. Whoever reads it under a consent reads what both have signed, never a draft.',
  })
export type RecoveryPlan = z.output<typeof RecoveryPlan>

export const PlanVersion = z
  .object({ number: z.int32(), ...content, ...signed, createdAt: Instant, disclosure: Disclosure.optional() })
  .meta({ id: 'RecoveryPlanVersion', description: 'What was signed. Never changed.' })
export type PlanVersion = z.output<typeof PlanVersion>

export const ById = z.strictObject({ id: Id })
export const OfPlan = z.strictObject({ ...PageArgs.shape, id: Id })

export const PlanFilter = z.strictObject({ ...PageArgs.shape, patientId: Id.optional() })

export const PlanChanges = z.strictObject({
  id: Id,
  vision: words.vision.nullable().optional(),
  goals: z.array(GoalChange).max(goalsMax).optional().describe('As a whole.'),
  strengths: words.strengths.optional(),
  barriers: words.barriers.optional(),
  supports: words.supports.optional(),
  crisisPlan: words.crisisPlan.nullable().optional(),
  reviewOn: words.reviewOn.nullable().optional(),
})
export type PlanChanges = z.output<typeof PlanChanges>

export const Adopt = z.strictObject({ id: Id, blueprintId: Id })

export const Sign = z.strictObject({
  id: Id,
  digest: Digest.optional().describe(
    'Of the plan that was read. Send it, or If-Match: what moved is not signed.',
  ),
})

export const Milestone = z
  .object({
    id: Id,
    planId: Id,
    kind: z.enum(milestoneKinds),
    note: z.string().nullable(),
    reachedOn: CalendarDate.nullable(),
    sharedWith: z.array(z.enum(sharers)),
    recordedBy: z.enum(signers),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
    redacted: z.array(DataClass).optional(),
    disclosure: Disclosure.optional(),
  })
  .meta({
    id: 'Milestone',
    description:
      'Private, unless the person shares it themselves. What a mentor writes down that mentor sees. Nothing takes it away again.',
  })
export type Milestone = z.output<typeof Milestone>

const personsWord = z
  .boolean()
  .optional()
  .describe('Required of a mentor: the person said so to them. A portal token of the person is their word.')

export const NewMilestone = z.strictObject({
  id: Id,
  kind: z.enum(milestoneKinds),
  note: Text(2000).optional(),
  reachedOn: CalendarDate.optional().describe('As the person says it.'),
  personsWord,
})

const shareWith = z.array(z.enum(sharers)).min(1).max(sharers.length)

export const Share = z.strictObject({ id: Id, with: shareWith.meta({ example: ['mentor'] }) })
export const Unshare = z.strictObject({
  id: Id,
  with: shareWith.optional().describe('Left out: with nobody any more.'),
  personsWord,
})
