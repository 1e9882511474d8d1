import { z } from 'zod'

export const versionStatuses = ['draft', 'published', 'retired'] as const

/** How a module is gone through. A quiz is passed; everything else is attended. */
export const moduleKinds = ['video', 'reading', 'live', 'quiz', 'practice', 'preceptorship'] as const

export const Code = z
  .string()
  .regex(/^[a-z0-9_]{1,100}$/, 'Expected a code such as ethics')
  .meta({ example: 'ethics' })

/**
 * Credits with two places, in quarters, as text: a number of a JSON reader's own making may be 1.2499999. What counts them
 * counts quarters (`rules.ts`).
 */
export const Credits = z
  .string()
  .regex(/^(0|[1-9]\d{0,2})\.(00|25|50|75)$/, 'Expected credits in quarters, such as 1.25')
  .meta({ id: 'Credits', description: 'Credits in quarters, with two places', example: '1.25' })

export const topicsMax = 30

/** Credits by topic. A list and no map: its order is the order in which it is shown. */
export const TopicCredits = z.array(z.strictObject({ topic: Code, credits: Credits })).max(topicsMax)
