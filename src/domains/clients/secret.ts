import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Keyring } from '../../core/keyring.ts'

/**
 * A client secret is 256 random bits, so a fast keyed hash is enough: there is nothing to guess, and the
 * token endpoint stays cheap. The key is not in the database, so a dump of it cannot check a guess either.
 */
export function newSecret(): string {
  return `als_${randomBytes(32).toString('base64url')}`
}

export function hashSecret(keyring: Keyring, secret: string): Buffer {
  return keyring.mac('client-secret', secret)
}

export function isSecret(keyring: Keyring, hashes: readonly Buffer[], secret: string): boolean {
  const presented = hashSecret(keyring, secret)
  return hashes.filter((hash) => timingSafeEqual(hash, presented)).length > 0
}
