import type { FastifyInstance } from 'fastify'
import type { TimeSource } from '../core/clock.ts'
import type { Service } from '../db/access.ts'
import { verifyCertificate } from '../domains/certificates/verify.ts'
import { addressOf } from './address.ts'
import { countAddresses } from './auth.ts'

export interface CertificateOptions {
  readonly service: Service
  readonly time: TimeSource
}

/** For whoever holds a certificate in their hand, without a token. */
export async function certificates(app: FastifyInstance, { service, time }: CertificateOptions) {
  countAddresses(app)
  app.get<{ Params: { number: string } }>('/education/certificates/:number', async (request, reply) => {
    const { params, id } = request
    const verified = await verifyCertificate(service, params.number, {
      requestId: id,
      clientAddress: addressOf(request) ?? 'unknown',
      now: time.now(),
    })
    return reply.header('cache-control', 'no-store').send(verified)
  })
}
