import { gzipSync } from 'node:zlib'
import type { CredentialRow } from './store.ts'

/** Bits of one status list: the least that the standard allows, so that nobody is known by asking for theirs. */
export const placesOfList = 131_072

export const listOf = (place: number): number => Math.floor(place / placesOfList)

const credentialsV2 = 'https://www.w3.org/ns/credentials/v2'
const openBadgesV3 = 'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json'

/** Whole seconds in UTC, as dateTimeStamp has it. */
const stamp = (at: Date) => `${at.toISOString().slice(0, 19)}Z`
const seconds = (at: Date) => Math.floor(at.getTime() / 1_000)

export const credentialUrl = (publicUrl: string, id: string) => `${publicUrl}/recognition/credentials/${id}`
export const issuerUrl = (publicUrl: string) => `${publicUrl}/recognition/issuer`

/**
 * A row as an OpenBadgeCredential (Open Badges 3.0 on Verifiable Credentials 2.0), with the claims of its JWT. It says
 * what the row says and nothing else: of a mentor there are initials, and no id.
 */
export function toOpenBadge(row: CredentialRow, publicUrl: string) {
  const { id, content, subject, organizationId, networkId, statusPlace } = row
  const { scheme, holder, networkName, criteria } = content
  const list = `${publicUrl}/recognition/status/${networkId}/${listOf(statusPlace)}`
  const place = statusPlace % placesOfList
  const holderId = subject === 'organization' ? `urn:uuid:${organizationId}` : undefined
  return {
    '@context': [credentialsV2, openBadgesV3],
    id: credentialUrl(publicUrl, id),
    type: ['VerifiableCredential', 'OpenBadgeCredential'],
    issuer: { id: issuerUrl(publicUrl), type: ['Profile'], name: networkName },
    validFrom: stamp(row.validFrom),
    validUntil: stamp(row.validUntil),
    name: scheme.name,
    credentialSubject: {
      ...(holderId && { id: holderId }),
      type: ['AchievementSubject'],
      identifier: [{ type: 'IdentityObject', identityHash: holder, identityType: 'name', hashed: false }],
      achievement: {
        id: `urn:uuid:${row.schemeId}`,
        type: ['Achievement'],
        achievementType: 'Certification',
        name: scheme.name,
        description: scheme.description,
        version: String(scheme.revision),
        criteria: { narrative: criteria },
      },
    },
    credentialStatus: {
      id: `${list}#${place}`,
      type: 'BitstringStatusListEntry',
      statusPurpose: 'revocation',
      statusListIndex: String(place),
      statusListCredential: list,
    },
    iss: issuerUrl(publicUrl),
    jti: credentialUrl(publicUrl, id),
    nbf: seconds(row.validFrom),
    exp: seconds(row.validUntil),
    ...(holderId && { sub: holderId }),
  }
}

/** How long a list may be kept by whoever fetched it: so long a revocation can take to be heard of. */
export const listSeconds = 300

/** A status list as a credential of its own (W3C Bitstring Status List 1.0). */
export function toStatusList(
  { networkId, list }: { readonly networkId: string; readonly list: number },
  revoked: readonly number[],
  { publicUrl, now }: { readonly publicUrl: string; readonly now: Date },
) {
  const url = `${publicUrl}/recognition/status/${networkId}/${list}`
  return {
    '@context': [credentialsV2],
    id: url,
    type: ['VerifiableCredential', 'BitstringStatusListCredential'],
    issuer: issuerUrl(publicUrl),
    validFrom: stamp(now),
    credentialSubject: {
      id: `${url}#list`,
      type: 'BitstringStatusList',
      statusPurpose: 'revocation',
      encodedList: encodeList(revoked),
      ttl: listSeconds * 1_000,
    },
    iss: issuerUrl(publicUrl),
    jti: url,
    nbf: seconds(now),
  }
}

/** The first bit is the left-most one of the first byte. `u` says base64url without padding (Multibase). */
export function encodeList(places: readonly number[]): string {
  const bits = Buffer.alloc(placesOfList / 8)
  for (const place of places) {
    const index = place % placesOfList
    bits.writeUInt8(bits.readUInt8(index >> 3) | (0x80 >> (index & 7)), index >> 3)
  }
  return `u${gzipSync(bits).toString('base64url')}`
}
