import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'

/**
 * Wraps data keys under a key-encryption key. The one below takes its keys from the environment; a key management
 * service brings another (`KMS_MODULE`, docs/guides/keys.md).
 */
export interface KeyWrapper {
  /** Names the key that wraps now. What was wrapped under another name is to be wrapped anew. */
  readonly currentId: string
  /** `context` is authenticated: bytes wrapped for one person do not unwrap for another. */
  readonly wrap: (key: Buffer, context: string) => Promise<Buffer>
  /** Unwraps under whichever key wrapped it; throws when none of them did. */
  readonly unwrap: (wrapped: Buffer, context: string) => Promise<Buffer>
}

export const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const idBytes = 4

/** Nonce, tag, ciphertext (AES-256-GCM). */
export function encrypt(key: KeyObject, context: string, plaintext: Buffer) {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body])
}

/** Throws unless the bytes were made by `encrypt` with this key for this context. */
export function decrypt(key: KeyObject, context: string, sealed: Buffer) {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(Buffer.from(context))
  decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes))
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()])
}

interface WrappingKey {
  readonly id: Buffer
  readonly key: KeyObject
}

/** The name of a master key tells nothing of it: a digest of a key derived for that alone (HKDF-SHA256, RFC 5869). */
function wrappingKey(masterKey: Buffer): WrappingKey {
  if (masterKey.length !== keyBytes) throw new Error('The master key must be 32 bytes')
  const derived = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', masterKey, '', `alongside/${purpose}`, keyBytes))
  const id = createHash('sha256').update(derived('key-id')).digest().subarray(0, idBytes)
  return { id, key: createSecretKey(derived('data-key')) }
}

/** Marks what a key management service wrapped, among what a master key wrapped before there was one. */
const kmsMark = Buffer.from('kms1')

/** Wraps with a key management service; what the master keys wrapped before can still be unwrapped. */
export function kmsWrapper(kms: KeyWrapper, before: KeyWrapper | undefined): KeyWrapper {
  return {
    currentId: `kms:${kms.currentId}`,
    wrap: async (key, context) => Buffer.concat([kmsMark, await kms.wrap(key, context)]),
    unwrap(wrapped, context) {
      const mark = wrapped.subarray(0, kmsMark.length)
      if (mark.equals(kmsMark)) return kms.unwrap(wrapped.subarray(kmsMark.length), context)
      if (before) return before.unwrap(wrapped, context)
      throw new Error('A key was wrapped under a master key that is not configured')
    },
  }
}

/** Wraps under the first of the master keys, and unwraps under any. */
export function masterKeyWrapper(masterKeys: readonly [Buffer, ...Buffer[]]): KeyWrapper {
  const [first, ...others] = masterKeys
  const current = wrappingKey(first)
  const known = [current, ...others.map(wrappingKey)]
  return {
    currentId: current.id.toString('hex'),
    wrap: async (key, context) => Buffer.concat([current.id, encrypt(current.key, context, key)]),
    async unwrap(wrapped, context) {
      const found = known.find(({ id }) => id.equals(wrapped.subarray(0, idBytes)))
      if (!found) throw new Error('A key was wrapped under a master key that is not configured')
      return decrypt(found.key, context, wrapped.subarray(idBytes))
    },
  }
}
