import type { CertificateStatus } from './codes.ts'

/** What was taken back stays taken back, expired or not; a date holds until it is over, in UTC. */
export function statusOf(
  { revokedAt, expiresOn }: { readonly revokedAt: Date | null; readonly expiresOn: string | null },
  now: Date,
): CertificateStatus {
  if (revokedAt !== null) return 'revoked'
  return expiresOn !== null && now.toISOString().slice(0, 10) > expiresOn ? 'expired' : 'valid'
}

/** The first letter of the first and of the last name: enough to compare with a paper in one's hand. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s-]+/).filter((word) => /\p{L}/u.test(word))
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words.slice(0, 1)
  return ends.map((word = '') => `${/\p{L}/u.exec(word)?.[0].toUpperCase() ?? ''}.`).join('')
}

/** Without 0, 1, I and O, which people take for one another. */
const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

/** 160 random bits in groups of four letters and digits. */
export function numberOf(random: Buffer): string {
  const bits = [...random].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const letters = (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('')
  return (letters.match(/.{4}/g) ?? []).join('-')
}

/** As it is hashed: typed in small letters, with blanks or without dashes, it is the same number. */
export const plainNumber = (typed: string): string => typed.toUpperCase().replace(/[^A-Z0-9]/g, '')
