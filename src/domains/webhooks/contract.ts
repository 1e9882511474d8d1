import { z } from 'zod'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant } from '../../core/primitives.ts'
import { EventPatterns, Sequence } from '../events/contract.ts'
import {
  attemptErrors,
  deliveryKinds,
  deliveryReasons,
  deliveryStatuses,
  disabledReasons,
  endpointStatuses,
  listedStatuses,
} from './codes.ts'

const urlMax = 2_000

const isHttp = (text: string) => /^https?:\/\/[^\s\p{C}]+$/iu.test(text) && URL.canParse(text)

const Url = z
  .string()
  .max(urlMax)
  .refine(isHttp, { error: 'Expected an https URL', params: { code: 'invalid_format' } })
  .describe(
    'https, to a public address, without user and password; port 443 or from 1024 on. Redirects are not followed.',
  )
  .meta({ example: 'https://hooks.clinic.example/alongside' })

export const WebhookEndpoint = z
  .object({
    id: Id,
    organizationId: Id,
    url: z.string(),
    types: z.array(z.string()).describe('Which events: types, groups such as `referral.*`, or `*`.'),
    status: z
      .enum(endpointStatuses)
      .describe(
        '`unverified`: only `webhook_endpoint.verification` is sent, until it is answered; events wait. `disabled`: nothing is sent and nothing waits. `deleted`: in the answer to its deletion alone.',
      ),
    disabledBecause: z
      .enum(disabledReasons)
      .nullable()
      .describe(
        '`gone`: it answered 410. `failing`: nothing succeeded for five days. `not_verified`: its verification was never answered.',
      ),
    verifiedAt: Instant.nullable(),
    failingSince: Instant.nullable().describe(
      'Of the first failure since the last success. Null: it is well.',
    ),
    lastError: z.enum(attemptErrors).nullable().describe('Of the last attempt; null if it succeeded.'),
    lastAttemptAt: Instant.nullable(),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'WebhookEndpoint', description: 'Where your organization wants to be told of events.' })
export type WebhookEndpoint = z.output<typeof WebhookEndpoint>

export const WebhookEndpointWithSecret = WebhookEndpoint.extend({
  secret: z
    .string()
    .describe('`whsec_` and 32 random bytes in base64, to verify signatures with. Shown this once.'),
}).meta({ id: 'WebhookEndpointWithSecret' })
export type WebhookEndpointWithSecret = z.output<typeof WebhookEndpointWithSecret>

export const NewWebhookEndpoint = z
  .strictObject({ url: Url, types: EventPatterns })
  .meta({ id: 'NewWebhookEndpoint' })

export const WebhookEndpointChanges = z.strictObject({
  id: Id,
  url: Url.optional().describe('Another one has to be verified first; events wait until it is.'),
  types: EventPatterns.optional(),
})

export const EndpointFilter = z.strictObject({
  ...PageArgs.shape,
  status: z.enum(listedStatuses).optional(),
})

const overlapSecondsMax = 7 * 24 * 3600

export const RotateWebhookSecret = z.strictObject({
  id: Id,
  overlapSeconds: z
    .int()
    .min(0)
    .max(overlapSecondsMax)
    .default(24 * 3600)
    .describe(
      'How long messages are signed with the secrets before too, so that a receiver can change over.',
    ),
})

export const WebhookAttempt = z
  .object({
    at: Instant,
    statusCode: z.int32().nullable().describe('What the receiver answered; null if it did not.'),
    latencyMs: z.int32().nullable(),
    error: z.enum(attemptErrors).nullable().describe('Null: it succeeded, or is under way.'),
  })
  .meta({ id: 'WebhookAttempt' })

/** As many as one delivery is tried, with some to spare for those that a process could not finish. */
const attemptsShown = 20

export const WebhookDelivery = z
  .object({
    id: Id,
    endpointId: Id,
    kind: z.enum(deliveryKinds),
    webhookId: Id.describe('What the receiver gets as `webhook-id`: the id of the event.'),
    type: z.string().meta({ example: 'referral.accepted' }),
    sequence: z.int().min(1).max(Number.MAX_SAFE_INTEGER).nullable().describe('Of the event.'),
    status: z
      .enum(deliveryStatuses)
      .describe(
        '`dropped`: when it was to be sent again, it was not yours to know any more. `dead`: nothing more is tried by itself; replay it.',
      ),
    reason: z.enum(deliveryReasons).nullable().describe('Why it was dropped, or is dead.'),
    attempts: z.array(WebhookAttempt).max(attemptsShown).describe('Oldest first.'),
    nextAttemptAt: Instant.nullable().describe(
      'Null: it is finished, or waits for an earlier event of the same referral.',
    ),
    createdAt: Instant,
    finishedAt: Instant.nullable(),
  })
  .meta({
    id: 'WebhookDelivery',
    description: 'One event for one endpoint, and how it went. What was answered is not kept.',
  })
export type WebhookDelivery = z.output<typeof WebhookDelivery>

export const DeliveryFilter = z.strictObject({
  id: Id.describe('The endpoint.'),
  ...PageArgs.shape,
  status: z.enum(deliveryStatuses).optional(),
})

/** More than a busy day; what is older is read from the feed. */
export const replayMax = 1_000

export const ReplayEvents = z
  .strictObject({
    id: Id,
    from: Sequence.describe('`sequence` of the first event.'),
    to: Sequence.optional().describe(`Of the last; left out: that one alone. At most ${replayMax} numbers.`),
  })
  .refine(({ from, to = from }) => to >= from, {
    path: ['to'],
    error: 'A range ends where it begins or after it.',
    params: { code: 'range_reversed' },
  })
  .refine(({ from, to = from }) => to - from < replayMax, {
    path: ['to'],
    error: `At most ${replayMax} numbers at a time.`,
    params: { code: 'range_too_long' },
  })

export const WebhookReplay = z.object({ endpointId: Id, from: Sequence, to: Sequence }).meta({
  id: 'WebhookReplay',
  description: 'What of this range is yours to know, and of the types of the endpoint, is sent again.',
})
