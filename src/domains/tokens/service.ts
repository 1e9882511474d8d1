import { and, eq, gt, isNull, lt, or } from 'drizzle-orm'
import { createLocalJWKSet, decodeJwt, type JWTVerifyResult, jwtVerify } from 'jose'
import { type Grant, stepUpScopes } from '../../core/context.ts'
import { Id } from '../../core/id.ts'
import { isStorable } from '../../core/primitives.ts'
import { asAuthenticator, type Service } from '../../db/access.ts'
import type { Tx } from '../../db/client.ts'
import { isSecret } from '../clients/secret.ts'
import { apiClients, clientAssertions, clientSecrets } from '../clients/table.ts'

/** OAuth 2.0 refusals (RFC 6749 section 5.2); they have their own shape, and their own names. */
export class OAuthError extends Error {
  readonly code: 'invalid_request' | 'invalid_client' | 'invalid_scope' | 'unsupported_grant_type'

  constructor(code: OAuthError['code'], description: string) {
    super(description)
    this.name = 'OAuthError'
    this.code = code
  }
}

export interface TokenRequest {
  /** From HTTP Basic or from the form. */
  readonly clientId?: string | undefined
  readonly clientSecret?: string | undefined
  readonly assertion?: string | undefined
  readonly scope?: string | undefined
}

/** Who an assertion may be addressed to: the token endpoint (SMART) or the issuer (RFC 7523bis). */
export interface Audiences {
  readonly audiences: readonly string[]
  readonly now: Date
  /** The moment by which a secret must not have ended. */
  readonly secretsAt: Date
}

const assertionAlgorithms = ['RS384', 'ES384', 'RS256', 'ES256']
const assertionLifeMaxSeconds = 300
const clockSkewSeconds = 30

/** One wording for every way to fail, so that an answer does not tell which part was right. */
const invalidClient = () => new OAuthError('invalid_client', 'Client authentication failed.')

/** Decides a client_credentials request: one transaction, one round trip but for a replay check. */
export async function grantToken(
  service: Service,
  request: TokenRequest,
  audiences: Audiences,
): Promise<Grant> {
  const clientId = claimedClientId(request)
  return asAuthenticator(service.database, clientId, async ({ db }) => {
    const [client, hashes] = await Promise.all([
      findClient(db, clientId),
      liveSecrets(db, clientId, audiences.secretsAt),
    ])
    if (client?.status !== 'active') throw invalidClient()
    if (request.assertion !== undefined) await checkAssertion(db, client, request.assertion, audiences)
    else if (!isSecret(service.keyring, hashes, request.clientSecret ?? '')) throw invalidClient()
    const { networkId, organizationId } = client
    return { clientId, networkId, organizationId, scopes: grantedScopes(client.scopes, request.scope) }
  })
}

function claimedClientId({ clientId, clientSecret, assertion }: TokenRequest): string {
  if (assertion !== undefined && clientSecret !== undefined) {
    throw new OAuthError('invalid_request', 'Authenticate one way only: a secret or an assertion.')
  }
  if (assertion === undefined && clientSecret === undefined) throw invalidClient()
  const claimed = assertion === undefined ? clientId : subjectOf(assertion)
  if (claimed === undefined || !Id.safeParse(claimed).success) throw invalidClient()
  if (clientId !== undefined && clientId !== claimed) throw invalidClient()
  return claimed
}

function subjectOf(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).sub
  } catch {
    return undefined
  }
}

type ClientRow = typeof apiClients.$inferSelect

async function findClient(db: Tx, clientId: string): Promise<ClientRow | undefined> {
  const [row] = await db.select().from(apiClients).where(eq(apiClients.id, clientId))
  return row
}

async function liveSecrets(db: Tx, clientId: string, now: Date): Promise<Buffer[]> {
  const rows = await db
    .select({ hash: clientSecrets.hash })
    .from(clientSecrets)
    .where(
      and(
        eq(clientSecrets.clientId, clientId),
        or(isNull(clientSecrets.expiresAt), gt(clientSecrets.expiresAt, now)),
      ),
    )
  return rows.map(({ hash }) => hash)
}

/** Private_key_jwt, as SMART Backend Services and RFC 7523 have it; real clients leave out `typ`. */
async function checkAssertion(db: Tx, client: ClientRow, assertion: string, { audiences, now }: Audiences) {
  const { payload, protectedHeader } = await verified(client, assertion, audiences, now)
  const { exp = 0, iat, jti } = payload
  const nowSeconds = now.getTime() / 1000
  const tooLong =
    exp - (iat ?? nowSeconds) > assertionLifeMaxSeconds ||
    exp - nowSeconds > assertionLifeMaxSeconds + clockSkewSeconds
  const otherType = protectedHeader.typ !== undefined && protectedHeader.typ.toUpperCase() !== 'JWT'
  // Keys are registered, never fetched from where a token points.
  if (tooLong || otherType || protectedHeader.jku !== undefined || protectedHeader.kid === undefined)
    throw invalidClient()
  if (typeof jti !== 'string' || jti.length === 0 || jti.length > 255 || !isStorable(jti))
    throw invalidClient()
  const expiresAt = new Date((exp + clockSkewSeconds) * 1000)
  const [, claimed] = await Promise.all([
    db
      .delete(clientAssertions)
      .where(and(eq(clientAssertions.clientId, client.id), lt(clientAssertions.expiresAt, now))),
    db
      .insert(clientAssertions)
      .values({ networkId: client.networkId, clientId: client.id, jti, expiresAt })
      .onConflictDoNothing()
      .returning({ jti: clientAssertions.jti }),
  ])
  if (claimed.length === 0) throw invalidClient()
}

async function verified(
  client: ClientRow,
  assertion: string,
  audiences: readonly string[],
  now: Date,
): Promise<JWTVerifyResult> {
  if (!client.jwks) throw invalidClient()
  try {
    return await jwtVerify(assertion, createLocalJWKSet(client.jwks), {
      algorithms: assertionAlgorithms,
      issuer: client.id,
      subject: client.id,
      audience: [...audiences],
      clockTolerance: clockSkewSeconds,
      currentDate: now,
      requiredClaims: ['exp', 'jti'],
    })
  } catch {
    // Nothing is fetched here: whatever fails, fails over the assertion or the registered key.
    throw invalidClient()
  }
}

/** What was asked for, as far as it is registered; without a wish, all that is registered and needs no step up. */
function grantedScopes(registered: readonly string[], wished?: string): readonly string[] {
  if (wished === undefined || wished.trim() === '')
    return registered.filter((scope) => !stepUpScopes.has(scope))
  const asked = new Set(wished.trim().split(/\s+/))
  const granted = registered.filter((scope) => asked.has(scope))
  if (granted.length === 0)
    throw new OAuthError('invalid_scope', 'None of these scopes is registered for this client.')
  return granted
}
