import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { AppError, notFound } from '../core/errors.ts'
import { Id } from '../core/id.ts'
import { parseInput } from '../core/input.ts'
import { issuerUrl, listSeconds } from '../domains/recognition/open-badge.ts'
import {
  credentialNow,
  keyUrl,
  signedCredential,
  signedStatusList,
  type Verifier,
  verifyCredential,
} from '../domains/recognition/verification.ts'
import { acceptJson } from '../rest/serve.ts'
import { countAddresses } from './auth.ts'

const Presented = z.strictObject({ credential: z.string().min(1).max(20_000) })
const bodyLimitBytes = 32 * 1024
const keysSeconds = 300

/**
 * Recognition for everybody, without a token: credentials, what is true of them, the keys that verify them and the lists
 * of what was revoked. Nothing here names a person.
 */
export async function recognition(app: FastifyInstance, verifier: Verifier) {
  acceptJson(app)
  countAddresses(app)
  const { keys, publicUrl } = verifier
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })

  app.get<{ Params: { id: string } }>('/credentials/:id', async ({ params }, reply) =>
    reply.type('application/vc+jwt').send(await signedCredential(verifier, params.id)),
  )

  app.get<{ Params: { id: string } }>('/credentials/:id/verify', ({ params }) =>
    credentialNow(verifier, params.id),
  )

  app.post('/verify', { bodyLimit: bodyLimitBytes }, async ({ body }) => {
    const { credential } = parseInput(Presented, body)
    return verifyCredential(verifier, credential.trim())
  })

  app.get<{ Params: { networkId: string; list: string } }>(
    '/status/:networkId/:list',
    async ({ params }, reply) => {
      const { networkId, list } = params
      if (!Id.safeParse(networkId).success || !/^\d{1,9}$/.test(list)) throw notFound('status list')
      return reply
        .type('application/vc+jwt')
        .header('cache-control', `public, max-age=${listSeconds}`)
        .send(await signedStatusList(verifier, networkId, Number(list)))
    },
  )

  /** Under the name that credentials give them: the address at which each is found alone. */
  const published = async () =>
    (await keys.published()).map((key) => ({ ...key, kid: keyUrl(publicUrl(), key.kid ?? '') }))

  app.get('/keys', async (_request, reply) =>
    reply.header('cache-control', `public, max-age=${keysSeconds}`).send({ keys: await published() }),
  )

  app.get<{ Params: { kid: string } }>('/keys/:kid', async ({ params }, reply) => {
    const key = (await published()).find(({ kid }) => kid === keyUrl(publicUrl(), params.kid))
    if (!key)
      throw new AppError('not_found', 'There is no such key, or nothing that it signed is good any more.')
    return reply.header('cache-control', `public, max-age=${keysSeconds}`).send(key)
  })

  app.get('/issuer', async (_request, reply) =>
    reply.header('cache-control', `public, max-age=${keysSeconds}`).send({
      id: issuerUrl(publicUrl()),
      type: ['Profile'],
      name: 'Alongside',
      url: publicUrl(),
      jwks_uri: `${publicUrl()}/recognition/keys`,
    }),
  )
}
