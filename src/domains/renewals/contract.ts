import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { CalendarDate, Instant, Text } from '../../core/primitives.ts'
import { Code, Credits, TopicCredits, topicsMax } from '../courses/codes.ts'

const rule = {
  code: Code.describe('Of the credential that is renewed.').meta({ example: 'icrc_pr' }),
  windowMonths: z.int().min(1).max(120).meta({ example: 24 }),
  credits: Credits.describe('Altogether.').meta({ example: '20.00' }),
  topics: TopicCredits.describe('Of them at least so many in each of these topics.'),
  creditTypes: z.array(Code).max(topicsMax).describe('Which types count; empty: every type.'),
  carryOverMax: Credits.describe(
    'How much of a surplus of the window before counts towards the total. Towards no topic.',
  ),
  source: Text(500).meta({ example: 'IC&RC Peer Recovery: 20 hours in two years, 6 of them ethics' }),
}

export const RenewalRule = z
  .object({
    id: Id,
    organizationId: Id,
    ...rule,
    windowMonths: z.int32(),
    topics: z.array(z.object({ topic: z.string(), credits: Credits })),
    creditTypes: z.array(z.string()),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({
    id: 'RenewalRule',
    description: 'What the renewal of a credential asks for, as data: boards differ.',
  })
export type RenewalRule = z.output<typeof RenewalRule>

export const NewRenewalRule = z
  .strictObject({
    ...rule,
    topics: rule.topics.default([]),
    creditTypes: rule.creditTypes.default([]),
    carryOverMax: rule.carryOverMax.default('0.00'),
  })
  .meta({ id: 'NewRenewalRule' })

export const RenewalRuleFilter = z.strictObject({ ...PageArgs.shape })
export const ById = z.strictObject({ id: Id })

export const RenewalQuestion = z.strictObject({
  ...PageArgs.shape,
  id: Id.describe('The learner.'),
  ruleId: Id.optional().describe('By this rule only.'),
  beganOn: CalendarDate.optional().describe(
    'When the window began: the day on which the credential was issued or renewed. Left out: the window that ends today.',
  ),
})

export const RenewalStatement = z
  .object({
    learnerId: Id,
    ruleId: Id,
    code: z.string(),
    met: z.boolean(),
    windowFrom: CalendarDate,
    windowTo: CalendarDate.describe('By when what is missing has to be completed.'),
    required: Credits,
    earned: Credits.describe('In this window.'),
    carriedOver: Credits.describe('From the window before.'),
    missing: Credits,
    topics: z.array(z.object({ topic: z.string(), required: Credits, earned: Credits, missing: Credits })),
    counted: z
      .array(
        z.object({
          id: Id,
          kind: z.enum(['award', 'external']),
          creditType: z.string(),
          credits: Credits,
          on: CalendarDate,
        }),
      )
      .describe('What counts in this window, oldest first.'),
    truncated: z
      .boolean()
      .describe(
        'There is more of the learner than was counted, the oldest of it: what is missing may be less.',
      ),
  })
  .meta({
    id: 'RenewalStatement',
    description: 'What counts towards a renewal, what is missing, and by when.',
  })
export type RenewalStatement = z.output<typeof RenewalStatement>
