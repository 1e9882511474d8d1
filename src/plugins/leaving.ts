import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** Between two looks for connections on which nothing is under way any more. */
const lookEveryMs = 100

/**
 * A process that is to go tells each client, with the answer that was under way, that the connection ends with it. Kept alive it
 * would hold the process until its last moment, which then looks like a failure. What ended without such a word (a stream,
 * an answer that had begun) is closed as soon as it is idle.
 */
export const leaving = fp(async (app: FastifyInstance) => {
  let looking: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    looking = setInterval(() => app.server.closeIdleConnections(), lookEveryMs)
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (looking) void reply.header('connection', 'close')
    done(null, payload)
  })
  app.addHook('onClose', async () => clearInterval(looking))
})
