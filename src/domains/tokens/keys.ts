import { createPublicKey } from 'node:crypto'
import { asc, isNull, or, sql } from 'drizzle-orm'
import { exportJWK, exportPKCS8, generateKeyPair, type JWK } from 'jose'
import { uuidv7 } from 'uuidv7'
import type { KeyPurpose, Keyring } from '../../core/keyring.ts'
import { asAuthenticator, type Service } from '../../db/access.ts'
import type { Tx } from '../../db/client.ts'
import { credentialKeys, signingKeys } from './table.ts'

/** Small tokens and cheap signatures; every OAuth library reads it. */
export const accessTokenAlgorithm = 'ES256'

/**
 * How long a new key is published before it signs: longer than every process takes to read the keys again
 * (see `refreshMs`), so that none meets a token signed by a key it does not know.
 */
const publishedAheadMs = 2 * 60_000
const refreshMs = 60_000

/** What keys are for: each use has its own table, its own seal, and its own time in public after the last signature. */
export interface KeyUse {
  readonly table: typeof signingKeys | typeof credentialKeys
  readonly purpose: KeyPurpose
  readonly algorithm: 'ES256' | 'RS256'
  readonly keptAfterMs: number
  /** Two processes that start on an empty database, or rotate at once, take turns. */
  readonly lock: number
}

export const accessTokens: KeyUse = {
  table: signingKeys,
  purpose: 'signing-key',
  algorithm: accessTokenAlgorithm,
  // Longer than any access token lives, so that no living token loses its key.
  keptAfterMs: 30 * 60_000,
  lock: 4_201_743,
}

export const credentials: KeyUse = {
  table: credentialKeys,
  purpose: 'credential-key',
  // What every reader of Open Badges 3.0 has to understand.
  algorithm: 'RS256',
  // Longer than any credential is good (36 months): whoever holds one can verify it until its last day.
  keptAfterMs: 1_110 * 86_400_000,
  lock: 4_201_744,
}

export interface SigningKey {
  readonly kid: string
  readonly privatePem: string
  readonly publicPem: string
  readonly publicJwk: JWK
  readonly signsFrom: Date
}

/** Adds a key that signs from `signsFrom` on and retires the ones before, some time after it took over. */
async function addSigningKey(
  { database, keyring }: Service,
  { table, purpose, algorithm, keptAfterMs, lock }: KeyUse,
  { now, signsFrom, onlyAsFirst }: { now: Date; signsFrom: Date; onlyAsFirst: boolean },
): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const id = uuidv7()
  const publicJwk = { ...(await exportJWK(publicKey)), kid: id, alg: algorithm, use: 'sig' }
  const sealed = keyring.seal(purpose, await exportPKCS8(privateKey))
  return asAuthenticator(database, undefined, async ({ db }) => {
    await db.execute(sql`select pg_advisory_xact_lock(${lock})`)
    const [live] = await db.select({ id: table.id }).from(table).where(isNull(table.retiredAt)).limit(1)
    if (live && onlyAsFirst) return live.id
    await db
      .update(table)
      .set({ retiredAt: new Date(signsFrom.getTime() + keptAfterMs) })
      .where(isNull(table.retiredAt))
    await db.insert(table).values({
      id,
      algorithm,
      publicJwk,
      privateKey: sealed,
      createdAt: now,
      signsFrom,
    })
    return id
  })
}

/**
 * Rotation without a failed request: published now, signing in two minutes. Refused under a master key that does
 * not open the keys that are there: it would retire the good ones.
 */
export async function rotateSigningKey(
  service: Service,
  now: Date,
  use: KeyUse = accessTokens,
): Promise<string> {
  await asAuthenticator(service.database, undefined, ({ db }) => readKeys(db, service.keyring, now, use))
  const signsFrom = new Date(now.getTime() + publishedAheadMs)
  return addSigningKey(service, use, { now, signsFrom, onlyAsFirst: false })
}

async function readKeys(db: Tx, keyring: Keyring, now: Date, use: KeyUse): Promise<SigningKey[]> {
  const { table } = use
  const rows = await db
    .select()
    .from(table)
    .where(or(isNull(table.retiredAt), sql`${table.retiredAt} > ${now}`))
    .orderBy(asc(table.signsFrom), asc(table.id))
  const ours = rows.flatMap((row) => openOrSkip(row, keyring, use))
  if (rows.length > 0 && ours.length === 0) {
    throw new Error(
      'MASTER_KEY does not open the signing keys of this database. Use the key that it was set up with; if that is lost, see docs/guides/configuration.md.',
    )
  }
  return ours
}

/** A row that was not sealed under the master key is nobody's key: it neither signs nor verifies. */
function openOrSkip(
  row: typeof signingKeys.$inferSelect,
  keyring: Keyring,
  { purpose, algorithm }: KeyUse,
): SigningKey[] {
  try {
    return [toSigningKey(row, keyring.open(purpose, row.privateKey), algorithm)]
  } catch {
    return []
  }
}

/** The public half is made from the sealed private one: a row that somebody else wrote can verify nothing. */
function toSigningKey(
  row: typeof signingKeys.$inferSelect,
  privatePem: string,
  algorithm: KeyUse['algorithm'],
): SigningKey {
  const publicKey = createPublicKey(privatePem)
  return {
    kid: row.id,
    privatePem,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    publicJwk: { ...publicKey.export({ format: 'jwk' }), kid: row.id, alg: algorithm, use: 'sig' },
    signsFrom: row.signsFrom,
  }
}

export interface SigningKeys {
  /** The newest key whose time has come. */
  readonly current: () => Promise<SigningKey>
  /** Undefined for a key that is not ours, or no longer. */
  readonly byId: (kid: string) => Promise<SigningKey | undefined>
  readonly published: () => Promise<readonly JWK[]>
}

/** The deployment's keys, read again every minute and, at most once in a few seconds, for an unknown `kid`. */
export function createSigningKeys(
  service: Service,
  wallClock: () => Date,
  use: KeyUse = accessTokens,
): SigningKeys {
  const missCooldownMs = 5_000
  let keys: readonly SigningKey[] = []
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  async function read() {
    const now = wallClock()
    const readNow = () =>
      asAuthenticator(service.database, undefined, ({ db }) => readKeys(db, service.keyring, now, use))
    keys = await readNow()
    if (keys.length === 0) {
      await addSigningKey(service, use, { now, signsFrom: now, onlyAsFirst: true })
      keys = await readNow()
    }
    readAt = now.getTime()
  }

  async function atMostOld(ageMs: number) {
    if (wallClock().getTime() - readAt < ageMs) return
    reading ??= read().finally(() => {
      reading = undefined
    })
    await reading
  }

  return {
    async current() {
      await atMostOld(refreshMs)
      const now = wallClock()
      const key = keys.filter(({ signsFrom }) => signsFrom <= now).at(-1) ?? keys[0]
      if (!key) throw new Error('No signing key')
      return key
    },
    async byId(kid) {
      await atMostOld(refreshMs)
      if (!keys.some((key) => key.kid === kid)) await atMostOld(missCooldownMs)
      return keys.find((key) => key.kid === kid)
    },
    async published() {
      await atMostOld(refreshMs)
      return keys.map(({ publicJwk }) => publicJwk)
    },
  }
}
