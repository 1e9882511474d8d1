import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { z } from 'zod'
import { scopes } from '../../core/context.ts'
import { Id } from '../../core/id.ts'
import { PageArgs } from '../../core/page.ts'
import { Instant, isStorable, Text, unstorable } from '../../core/primitives.ts'

const signingAlgorithms = ['RS384', 'ES384', 'RS256', 'ES256'] as const

/** Members that only a private key has: each gives the whole key away. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const

const KeyText = z.string().max(2000).refine(isStorable, unstorable).optional()

const Never = KeyText.describe('Never: a private key is refused.')

/** A public key for `private_key_jwt` (RFC 7517). A private member is refused, so that none is ever stored here. */
const PublicJwk = z
  .strictObject({
    kty: z.enum(['RSA', 'EC']),
    kid: Text(200),
    alg: z.enum(signingAlgorithms).optional(),
    use: z.literal('sig').optional(),
    key_ops: z
      .array(z.enum(['verify']))
      .max(1)
      .optional(),
    ext: z.boolean().optional(),
    n: KeyText,
    e: KeyText,
    crv: z.enum(['P-256', 'P-384']).optional(),
    x: KeyText,
    y: KeyText,
    x5t: KeyText,
    'x5t#S256': KeyText,
    x5c: z.array(Text(4000)).max(5).optional(),
    d: Never,
    p: Never,
    q: Never,
    dp: Never,
    dq: Never,
    qi: Never,
  })
  .refine((key) => privateMembers.every((member) => key[member] === undefined), {
    error: 'This is a private key; register the public half, and replace the pair.',
    params: { code: 'private_key' },
    abort: true,
  })
  .refine((key) => (key.kty === 'RSA' ? key.n && key.e : key.crv && key.x && key.y), {
    error: 'An RSA key needs n and e; an EC key needs crv, x and y.',
    params: { code: 'incomplete_key' },
    abort: true,
  })
  .refine(isUsableKey, {
    error: 'These members make no key: a point off its curve, a modulus under 2048 bits, or not base64url.',
    params: { code: 'unusable_key' },
  })

const rsaBitsMin = 2048

/** Asked of the library that will verify with it: a key that cannot work is refused now, not at the first token. */
function isUsableKey(key: object): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey({
      key: key as JsonWebKey,
      format: 'jwk',
    })
    return asymmetricKeyType !== 'rsa' || (asymmetricKeyDetails?.modulusLength ?? 0) >= rsaBitsMin
  } catch {
    return false
  }
}

export const ClientScope = z.enum(scopes)

const fields = {
  name: Text(200).meta({ example: 'Sample Clinic EHR' }),
  scopes: z
    .array(ClientScope)
    .min(1)
    .max(scopes.length)
    .meta({ example: ['referrals:read', 'referrals:write'] }),
  jwks: z
    .strictObject({
      keys: z
        .array(PublicJwk)
        .min(1)
        .max(5)
        .refine((keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length, {
          error: 'Each key needs a kid of its own.',
          params: { code: 'repeated_kid' },
        }),
    })
    .optional()
    .describe('Public keys for `private_key_jwt` (RFC 7517), beside the secret that every client gets.'),
}

export const Client = z
  .object({
    id: Id.describe('The `client_id` of OAuth.'),
    organizationId: Id,
    name: z.string(),
    scopes: z.array(ClientScope),
    keyIds: z.array(z.string()).describe('`kid` of each registered public key.'),
    status: z.enum(['active', 'revoked']),
    version: z.int32(),
    createdAt: Instant,
    updatedAt: Instant,
    revokedAt: Instant.nullable(),
  })
  .meta({ id: 'Client', description: 'A system that calls this API for one organization.' })
export type Client = z.output<typeof Client>

export const ClientWithSecret = Client.extend({
  clientSecret: z.string().describe('256 bits. Shown this once; only a keyed hash is stored.'),
}).meta({ id: 'ClientWithSecret' })
export type ClientWithSecret = z.output<typeof ClientWithSecret>

export const NewClient = z
  .strictObject({
    ...fields,
    organizationId: Id.optional().describe('Default: your own. Another one needs `network:write`.'),
  })
  .meta({ id: 'NewClient' })

const overlapSecondsMax = 7 * 24 * 3600

export const RotateSecret = z.strictObject({
  id: Id,
  overlapSeconds: z
    .int()
    .min(0)
    .max(overlapSecondsMax)
    .default(24 * 3600)
    .describe('How long the secrets before stay good, so that no request fails while callers switch.'),
})

export const ClientFilter = z.strictObject({ ...PageArgs.shape, organizationId: Id.optional() })
