import { z } from 'zod'
import { Text } from '../../core/primitives.ts'

const MinorRule = z.strictObject({
  jurisdiction: z
    .string()
    .regex(/^[A-Z]{2}$/, 'Expected the two letters of a state')
    .meta({ example: 'CO' }),
  consentAge: z
    .int()
    .min(0)
    .max(21)
    .describe(
      'From this age on a minor consents to treatment for substance use alone, and so to disclosure alone.',
    ),
  parentSignsToo: z
    .boolean()
    .default(false)
    .describe('A parent or guardian signs beside a minor of that age too.'),
  majorityAge: z.int().min(18).max(21).default(18),
  source: Text(500).describe('The statute, and who checked it when.'),
})

/** 42 CFR 2.14 leaves it to state law; this service ships no table of it, and takes no minors until one is entered. */
export const MinorPolicy = z
  .object({
    minorsAccepted: z
      .boolean()
      .describe('False: a consent of somebody under the age of majority is refused.'),
    rules: z
      .array(MinorRule)
      .describe('A state that is not here is not known: minor and parent sign, and somebody reviews.'),
  })
  .meta({ id: 'MinorPolicy' })

export const MinorPolicyChanges = z
  .strictObject({
    minorsAccepted: z.boolean().optional(),
    rules: z
      .array(MinorRule)
      .max(60)
      .optional()
      .describe('Added, or in place of what there is of the same state.'),
  })
  .meta({ id: 'MinorPolicyChanges' })
