import { z } from 'zod'
import type { ZodOpenApiMediaTypeObject, ZodOpenApiPathItemObject } from 'zod-openapi'
import { Instant } from '../core/primitives.ts'
import { eventTypes } from '../domains/events/classes.ts'
import { Event } from '../domains/events/contract.ts'

const headers = z.object({
  'webhook-id': z
    .string()
    .max(64)
    .describe('The id of the event: the same at each attempt and each replay. Handle each once.')
    .meta({ param: { id: 'WebhookId' } }),
  'webhook-timestamp': z
    .string()
    .max(20)
    .regex(/^\d+$/)
    .describe('Of this attempt, in seconds since 1970. Refuse what is more than five minutes off.')
    .meta({ param: { id: 'WebhookTimestamp' } }),
  'webhook-signature': z
    .string()
    .max(500)
    .describe(
      'Standard Webhooks: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64; several, separated by blanks, while a secret is being changed.',
    )
    .meta({ param: { id: 'WebhookSignature' } }),
})

type Schema = NonNullable<ZodOpenApiMediaTypeObject['schema']>

const OwnMessage = Event.omit({ sequence: true, disclosure: true }).meta({
  id: 'EndpointMessage',
  description: 'A word about the endpoint itself; it has no number in the log.',
})

const ownMessageOf = (type: string) =>
  z.object({ type: z.literal(type), timestamp: Instant.describe('When it happened.'), data: OwnMessage })

/** By reference to what the feed answers: a message is the same event. */
const messageOf = (types: readonly string[]): Schema => ({
  type: 'object',
  properties: {
    type: { type: 'string', enum: [...types] },
    timestamp: { $ref: '#/components/schemas/Instant' },
    data: { $ref: '#/components/schemas/Event' },
  },
  required: ['type', 'timestamp', 'data'],
})

function toWebhook(summary: string, name: string, body: Schema): ZodOpenApiPathItemObject {
  return {
    post: {
      operationId: `webhooks.${name}`,
      tags: ['Webhooks'],
      summary,
      description:
        'Answer 2xx within 20 seconds, before you do the work. Any other answer, a redirect among them, is a failure and tried again; 410 disables the endpoint.',
      security: [],
      requestParams: { header: headers },
      requestBody: { required: true, content: { 'application/json': { schema: body } } },
      responses: {
        '2XX': { description: 'Taken' },
        '410': { description: 'The endpoint is gone: it is disabled' },
      },
    },
  }
}

/** What receivers get: one entry for each group of types, and the two messages about the endpoint itself. */
export function createWebhooks(): Record<string, ZodOpenApiPathItemObject> {
  const groups = new Map<string, string[]>()
  for (const type of eventTypes) {
    const group = type.split('.')[0] ?? type
    const known = groups.get(group)
    if (known) known.push(type)
    else groups.set(group, [type])
  }
  const told = [...groups].map(([group, types]) => [
    group,
    toWebhook(`What happened: ${group}.*`, group, messageOf(types)),
  ])
  const own = (name: string, summary: string) => {
    const type = `webhook_endpoint.${name}`
    return [type, toWebhook(summary, type, ownMessageOf(type))]
  }
  return Object.fromEntries([
    ...told,
    own(
      'verification',
      'The first message to an endpoint. Answer `{ "challenge": … }` with what `data.codes.challenge` holds',
    ),
    own('test', 'A test that was asked for'),
  ])
}
