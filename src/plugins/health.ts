import type { FastifyInstance } from 'fastify'
import { AppError } from '../core/errors.ts'
import type { Database } from '../db/client.ts'

/** `live`: the process answers. `ready`: the database does too. For orchestrators; no token, no detail. */
export async function health(app: FastifyInstance, { database }: { database: Database }) {
  app.get('/health/live', { logLevel: 'silent' }, async () => ({ status: 'live' }))
  app.get('/health/ready', { logLevel: 'silent' }, async () => {
    await database.pool.query('select 1').catch((error: unknown) => {
      throw Object.assign(new AppError('service_unavailable', 'The database does not answer.'), {
        cause: error,
      })
    })
    return { status: 'ready' }
  })
}
