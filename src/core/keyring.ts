import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { createDataKeys, type DataKeys } from './data-keys.ts'
import { decrypt, encrypt, type KeyWrapper, masterKeyWrapper } from './key-wrapper.ts'

/** What a key is for. Each purpose has its own key, so that one use can never answer for another. */
export type KeyPurpose =
  | 'certificate'
  | 'client-secret'
  | 'credential-key'
  | 'cursor'
  | 'destroyed-patient'
  | 'idempotency-answer'
  | 'identifier-index'
  | 'ledger'
  | 'panel'
  | 'signing-key'
  | 'webhook-secret'

export interface Keyring {
  /** HMAC-SHA256 under the purpose's key. */
  readonly mac: (purpose: KeyPurpose, data: string) => Buffer
  /** AES-256-GCM under the purpose's key: nonce, tag, ciphertext. */
  readonly seal: (purpose: KeyPurpose, plaintext: string) => Buffer
  /** Throws when the bytes were not sealed for this purpose under this service key. */
  readonly open: (purpose: KeyPurpose, sealed: Buffer) => string
  /** The keys of persons, each wrapped by itself: they are no children of the service key. */
  readonly dataKeys: DataKeys
}

/**
 * Derives every key of the service's own from its one 256-bit key (HKDF-SHA256, RFC 5869). By itself that key is also
 * the master key, as it is until a service is given a key of its own (src/db/service-key.ts).
 */
export function createKeyring(
  serviceKey: Buffer,
  wrapper: KeyWrapper = masterKeyWrapper([serviceKey]),
): Keyring {
  if (serviceKey.length !== 32) throw new Error('The master key must be 32 bytes')
  // Imported once: where Node 24 is handed the bytes, it imports them at each use, which takes longer than the use.
  const keys = new Map<KeyPurpose, KeyObject>()
  function keyFor(purpose: KeyPurpose) {
    const known = keys.get(purpose)
    if (known) return known
    const key = createSecretKey(Buffer.from(hkdfSync('sha256', serviceKey, '', `alongside/${purpose}`, 32)))
    keys.set(purpose, key)
    return key
  }
  return {
    mac: (purpose, data) => createHmac('sha256', keyFor(purpose)).update(data).digest(),
    seal: (purpose, plaintext) => encrypt(keyFor(purpose), '', Buffer.from(plaintext)),
    open: (purpose, sealed) => decrypt(keyFor(purpose), '', sealed).toString('utf8'),
    dataKeys: createDataKeys(wrapper),
  }
}
