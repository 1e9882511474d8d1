import cors from '@fastify/cors'
import fp from 'fastify-plugin'

/** What a client of the API needs to send, and to see. */
const sent = [
  ...['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match', 'last-event-id'],
  ...['traceparent', 'x-acting-user', 'x-purpose-of-use', 'x-request-id'],
]
const seen = [
  ...['etag', 'idempotency-replayed', 'link', 'location', 'ratelimit', 'ratelimit-policy', 'retry-after'],
  'x-request-id',
]
const rememberedSeconds = 600

/**
 * Lets pages of the named origins call from a browser (CORS). No cookies: who calls shows a token. All other origins get
 * answers without a word of permission, which their browsers then keep from them.
 */
export const browsers = fp<{ origins: readonly string[] }>(
  async (app, { origins }) => {
    await app.register(cors, {
      origin: [...origins],
      methods: ['GET', 'POST', 'PATCH'],
      allowedHeaders: sent,
      exposedHeaders: seen,
      maxAge: rememberedSeconds,
    })
  },
  { name: 'browsers' },
)
