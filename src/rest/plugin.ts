import type { FastifyInstance } from 'fastify'
import { AppError } from '../core/errors.ts'
import { requireToken } from '../plugins/auth.ts'
import { routes } from './routes.ts'
import { acceptJson, acceptLines, serve } from './serve.ts'

/** REST, under /v1. Everything in here needs a token, an unknown path too: paths are not to be probed. */
export async function rest(app: FastifyInstance) {
  acceptJson(app)
  acceptLines(app)
  requireToken(app)
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })
  app.setNotFoundHandler(() => {
    throw new AppError('not_found', 'There is no such operation. See /docs.')
  })
  serve(app, routes)
}
