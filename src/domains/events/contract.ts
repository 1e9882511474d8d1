import { z } from 'zod'
import { subjectTypes } from '../../core/context.ts'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant } from '../../core/primitives.ts'
import { Disclosure } from '../disclosures/contract.ts'
import { isPattern } from './classes.ts'

/** Numbers of events: far below what JSON can hold exactly. */
export const Sequence = z.int().min(1).max(Number.MAX_SAFE_INTEGER)

export const Event = z
  .object({
    id: Id.describe('The same on every way out: feed, stream, webhooks. What came twice has it twice.'),
    sequence: Sequence.describe(
      'Its number in the log of the network: gap-free and in the order of commits. Numbers that you never see are events that are not yours to know.',
    ),
    type: z
      .string()
      .describe('Decide by it; types that you do not know may be added.')
      .meta({ example: 'referral.accepted' }),
    occurredAt: Instant,
    organizationId: Id.nullable().describe('Whose event it is; null where the network itself was set up.'),
    subject: z
      .object({ type: z.enum(subjectTypes), id: Id })
      .describe('Read it to learn more, as far as you may.'),
    codes: z
      .record(z.string(), z.string())
      .describe('Codes only, such as a status and a reason. Never names, never text.'),
    disclosure: Disclosure.optional().describe('Where it tells of another organization’s person.'),
  })
  .meta({
    id: 'Event',
    description: 'Something that happened: ids and codes.',
    example: {
      id: '01938f3e-7c00-7aaa-8bbb-0123456789ab',
      sequence: 4711,
      type: 'referral.accepted',
      occurredAt: '2026-11-20T15:04:05.000Z',
      organizationId: '01938f3e-7c00-7aaa-8bbb-0123456789ac',
      subject: { type: 'referral', id: '01938f3e-7c00-7aaa-8bbb-0123456789ad' },
      codes: { status: 'accepted', businessStatus: 'awaiting_match' },
    },
  })
export type Event = z.output<typeof Event>

/** More types than there are need no list. */
const patternsMax = 50

export const EventPattern = z
  .string()
  .max(100)
  .refine(isPattern, {
    error: 'Expected a type of event, a group such as referral.*, or *',
    params: { code: 'unknown_event_type' },
  })

export const EventPatterns = z
  .array(EventPattern)
  .min(1)
  .max(patternsMax)
  .describe('Types such as `referral.accepted`, groups such as `referral.*`, or `*`.')
  .meta({ example: ['referral.*', 'engagement.changed'] })

const Start = z
  .string()
  .regex(/^[\w-]{1,1000}$/, 'Expected the sequence of an event, or nextCursor')
  .describe(
    'The `sequence` of the last event that you have, or `through` or `nextCursor` of the answer before; 0 for the beginning. Without it: from the oldest that is kept.',
  )
  .meta({ example: '0' })

const TypesInQuery = z
  .string()
  .max(2000)
  .transform((text) => text.split(','))
  .pipe(EventPatterns)
  .meta({
    type: 'string',
    description:
      'Types such as `referral.accepted`, groups such as `referral.*`, or `*`; separated by commas.',
    example: 'referral.*,engagement.changed',
  })

/** How long an answer may be kept waiting for: below the patience of common proxies. */
export const waitMaxSeconds = 25

export const EventFilter = z.strictObject({
  ...PageArgs.shape,
  after: Start.optional(),
  types: TypesInQuery.optional(),
  subjectId: Id.optional().describe('Of this one subject alone.'),
  wait: z.coerce.number().int().min(0).max(waitMaxSeconds).default(0).meta({
    type: 'integer',
    minimum: 0,
    maximum: waitMaxSeconds,
    description: 'Seconds to wait where there is nothing yet (long poll).',
    example: 20,
  }),
})

export const StreamFilter = z.strictObject({
  after: Start.optional(),
  types: TypesInQuery.optional(),
  subjectId: Id.optional().describe('Of this one subject alone.'),
})

export const EventPage = z
  .object({
    data: z.array(Event),
    nextCursor: z
      .string()
      .nullable()
      .describe(
        'Send it as `cursor` or `after` at once, there is more. Null: you have all there is up to now.',
      ),
    through: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .describe(
        'Every event up to this number was looked at for you, those too that are not yours to know. Send it as `after` to go on; it never goes back.',
      ),
  })
  .meta({ id: 'EventPage' })
export type EventPage = z.output<typeof EventPage>
