import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** What a key is for. Each purpose has its own key, so that one use can never answer for another. */
export type KeyPurpose =
  | 'client-secret'
  | 'consent-document'
  | 'cursor'
  | 'emergency'
  | 'idempotency-answer'
  | 'ledger'
  | 'panel'
  | 'signing-key'

export interface Keyring {
  /** HMAC-SHA256 under the purpose's key. */
  readonly mac: (purpose: KeyPurpose, data: string) => Buffer
  /** AES-256-GCM under the purpose's key: nonce, tag, ciphertext. */
  readonly seal: (purpose: KeyPurpose, plaintext: string) => Buffer
  /** Throws when the bytes were not sealed for this purpose under this master key. */
  readonly open: (purpose: KeyPurpose, sealed: Buffer) => string
}

const nonceBytes = 12
const tagBytes = 16

/** Derives every key of the service from the one 256-bit master key (HKDF-SHA256, RFC 5869). */
export function createKeyring(masterKey: Buffer): Keyring {
  if (masterKey.length !== 32) throw new Error('The master key must be 32 bytes')
  const keys = new Map<KeyPurpose, Buffer>()
  function keyFor(purpose: KeyPurpose) {
    const known = keys.get(purpose)
    if (known) return known
    const key = Buffer.from(hkdfSync('sha256', masterKey, '', `alongside/${purpose}`, 32))
    keys.set(purpose, key)
    return key
  }
  return {
    mac: (purpose, data) => createHmac('sha256', keyFor(purpose)).update(data).digest(),
    seal(purpose, plaintext) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', keyFor(purpose), nonce)
      const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body])
    },
    open(purpose, sealed) {
      const nonce = sealed.subarray(0, nonceBytes)
      const decipher = createDecipheriv('aes-256-gcm', keyFor(purpose), nonce, { authTagLength: tagBytes })
      decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes))
      const body = sealed.subarray(nonceBytes + tagBytes)
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
    },
  }
}
