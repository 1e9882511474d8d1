import { and, eq, gte, isNotNull, lt } from 'drizzle-orm'
import { compactVerify, decodeProtectedHeader, errors, importPKCS8, importSPKI, SignJWT } from 'jose'
import { z } from 'zod'
import { notFound } from '../../core/errors.ts'
import { Id } from '../../core/id.ts'
import { asPublic, type Service } from '../../db/access.ts'
import { credentials as credentialUse, type SigningKeys } from '../tokens/keys.ts'
import type { CredentialState } from './codes.ts'
import { credentialUrl, issuerUrl, listOf, placesOfList, toOpenBadge, toStatusList } from './open-badge.ts'
import { stateOf } from './rules.ts'
import type { CredentialRow } from './store.ts'
import { recognitionCredentials } from './table.ts'

export interface Verifier {
  readonly service: Service
  readonly keys: SigningKeys
  readonly publicUrl: () => string
  /** Business time, in which credentials begin and end. */
  readonly now: () => Date
}

/** All that the public is told: what was recognized stands in the credential in their hand, which a signature binds. */
export interface Verification {
  readonly status: CredentialState
  /** Of the mentor who holds it; an organization has none. */
  readonly initials?: string
}

/** One of any network, by its id: it is on the credential, and nobody guesses it. */
async function findPublished({ service }: Verifier, id: string): Promise<CredentialRow | undefined> {
  if (!Id.safeParse(id).success) return undefined
  const [row] = await asPublic(service.database, { credentialId: id }, async ({ db }) =>
    db.select().from(recognitionCredentials).where(eq(recognitionCredentials.id, id)),
  )
  return row
}

const requirePublished = async (verifier: Verifier, id: string): Promise<CredentialRow> => {
  const row = await findPublished(verifier, id)
  if (!row) throw notFound('credential')
  return row
}

function toVerification(row: CredentialRow, now: Date): Verification {
  return { status: stateOf(row, now), ...(row.subject === 'mentor' && { initials: row.content.holder }) }
}

export const keyUrl = (publicUrl: string, kid: string) => `${publicUrl}/recognition/keys/${kid}`

/** A compact JWS whose key is found where `kid` says: no key travels along, for anybody could bring one. */
async function sign({ keys, publicUrl }: Verifier, payload: object): Promise<string> {
  const { kid, privatePem } = await keys.current()
  return new SignJWT({ ...payload })
    .setProtectedHeader({ alg: credentialUse.algorithm, typ: 'JWT', kid: keyUrl(publicUrl(), kid) })
    .sign(await importPKCS8(privatePem, credentialUse.algorithm))
}

/** Signed when it is asked for, by the key of today: a credential outlives the key under which it was first shown. */
export async function signedCredential(verifier: Verifier, id: string): Promise<string> {
  return sign(verifier, toOpenBadge(await requirePublished(verifier, id), verifier.publicUrl()))
}

export async function credentialNow(verifier: Verifier, id: string): Promise<Verification> {
  return toVerification(await requirePublished(verifier, id), verifier.now())
}

/**
 * What is true of a credential that somebody holds. Whether it is genuine is decided by the signature and by the row: a
 * text that was signed once and says what its row does not say is none of ours. What is none of ours is refused as an id is
 * that does not exist, in the same words whatever is wrong with it: a forger learns nothing of how near they came.
 */
export async function verifyCredential(verifier: Verifier, jwt: string): Promise<Verification> {
  const id = await signedIdOf(verifier, jwt)
  return toVerification(await requirePublished(verifier, id ?? ''), verifier.now())
}

const Claims = z.object({ iss: z.string(), jti: z.string() })

async function signedIdOf({ keys, publicUrl }: Verifier, jwt: string): Promise<string | undefined> {
  const url = publicUrl()
  const prefix = credentialUrl(url, '')
  try {
    const { kid = '' } = decodeProtectedHeader(jwt)
    const ofUrl = keyUrl(url, '')
    const key = kid.startsWith(ofUrl) ? await keys.byId(kid.slice(ofUrl.length)) : undefined
    if (!key) return undefined
    // The signature alone: the row says until when it is good, and an expired one is told as expired.
    const { payload } = await compactVerify(jwt, await importSPKI(key.publicPem, credentialUse.algorithm), {
      algorithms: [credentialUse.algorithm],
    })
    const { iss, jti } = Claims.parse(JSON.parse(new TextDecoder().decode(payload)))
    return iss === issuerUrl(url) && jti.startsWith(prefix) ? jti.slice(prefix.length) : undefined
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof z.ZodError)
      return undefined
    throw error
  }
}

/** A list of a network, with the places of what was revoked. One in which nothing was ever issued does not exist. */
export async function signedStatusList(verifier: Verifier, networkId: string, list: number): Promise<string> {
  const first = list * placesOfList
  const inList = and(
    eq(recognitionCredentials.networkId, networkId),
    gte(recognitionCredentials.statusPlace, first),
    lt(recognitionCredentials.statusPlace, first + placesOfList),
  )
  const place = { place: recognitionCredentials.statusPlace }
  const [issued, revoked] = await asPublic(verifier.service.database, { networkId }, ({ db }) =>
    Promise.all([
      db.select(place).from(recognitionCredentials).where(inList).limit(1),
      db
        .select(place)
        .from(recognitionCredentials)
        .where(and(inList, isNotNull(recognitionCredentials.revokedAt))),
    ]),
  )
  if (issued.length === 0 || listOf(issued[0]?.place ?? 0) !== list) throw notFound('status list')
  return sign(
    verifier,
    toStatusList(
      { networkId, list },
      revoked.map((row) => row.place),
      { publicUrl: verifier.publicUrl(), now: verifier.now() },
    ),
  )
}
