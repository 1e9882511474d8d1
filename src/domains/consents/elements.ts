import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { Issue } from '../../core/errors.ts'
import { fault } from '../../core/primitives.ts'

/** The purposes for which one consent may have no end, and needs the statements of 2.31(a)(10). */
export const tpoPurposes: ReadonlySet<string> = new Set(['treatment', 'payment', 'operations'])

/** What may be looked at of a consent whose members may be malformed. */
interface Elements {
  readonly [member: string]: unknown
}

const isTpo = (purpose: unknown) => typeof purpose === 'string' && tpoPurposes.has(purpose)

export function membersOf(value: unknown): Elements {
  return value !== null && typeof value === 'object' ? (value as Elements) : {}
}

/** Absent or empty. What is there in the wrong shape is named as that, once. */
const none = (list: unknown) => list === undefined || (Array.isArray(list) && list.length === 0)
const absent = (value: unknown) => value === undefined

/**
 * 42 CFR 2.31(a), element by element. Each has a code of its own, so that an integrator's form can point at
 * the field; a consent that lacks one never becomes active (2.31(c)(2)).
 */
export function missingElements(
  payload: z.core.ParsePayload,
  { recipientsRequired }: { readonly recipientsRequired: boolean },
): void {
  if (payload.value === null || typeof payload.value !== 'object' || Array.isArray(payload.value)) return
  const consent = membersOf(payload.value)
  const refuse: Refuse = (wrong, code, path, message) => {
    if (wrong) payload.issues.push({ ...fault(code, path, message), input: undefined })
  }
  const purposes: readonly unknown[] = Array.isArray(consent.purposes) ? consent.purposes : []
  const tpo = purposes.some((purpose) => isTpo(purpose))
  const statements = membersOf(consent.statements)
  const expiration = membersOf(consent.expiration)

  refuse(
    absent(consent.patientNameAsSigned),
    'consent_patient_name_missing',
    ['patientNameAsSigned'],
    '2.31(a)(1): the name of the patient.',
  )
  refuse(
    !absent(consent.disclosers) && none(consent.disclosers),
    'consent_discloser_missing',
    ['disclosers'],
    '2.31(a)(2): who may disclose.',
  )
  refuse(
    none(consent.dataClasses),
    'consent_information_missing',
    ['dataClasses'],
    '2.31(a)(3): what may be disclosed.',
  )
  refuse(
    absent(consent.informationDescription),
    'consent_information_description_missing',
    ['informationDescription'],
    '2.31(a)(3): a specific and meaningful description of the information.',
  )
  refuse(
    recipientsRequired ? none(consent.recipients) : !absent(consent.recipients) && none(consent.recipients),
    'consent_recipient_missing',
    ['recipients'],
    '2.31(a)(4): who may receive.',
  )
  refuse(none(consent.purposes), 'consent_purpose_missing', ['purposes'], '2.31(a)(5): each purpose.')
  refuse(
    statements.rightToRevoke !== true,
    'consent_right_to_revoke_missing',
    ['statements', 'rightToRevoke'],
    '2.31(a)(6): the right to revoke.',
  )
  refuse(
    absent(consent.revocationInstructions),
    'consent_revocation_instructions_missing',
    ['revocationInstructions'],
    '2.31(a)(6): how to revoke.',
  )
  checkExpiration(expiration, purposes, refuse)
  refuse(none(consent.signatures), 'consent_signature_missing', ['signatures'], '2.31(a)(8): the signature.')
  refuse(
    absent(consent.signedOn),
    'consent_signed_on_missing',
    ['signedOn'],
    '2.31(a)(9): the date of signing.',
  )
  checkSignatures(consent, refuse)
  checkKind(consent.kind, purposes, refuse)
  checkGeneral(consent, purposes, refuse)
  refuse(
    tpo && statements.redisclosurePotential !== true,
    'consent_redisclosure_statement_missing',
    ['statements', 'redisclosurePotential'],
    '2.31(a)(10)(i): that the record may be redisclosed.',
  )
  refuse(
    tpo && statements.refusalConsequences !== true,
    'consent_refusal_statement_missing',
    ['statements', 'refusalConsequences'],
    '2.31(a)(10)(ii): the consequences of refusing to sign.',
  )
}

function checkExpiration(expiration: Elements, purposes: readonly unknown[], refuse: Refuse) {
  const ways = [expiration.on, expiration.event, expiration.none].filter((way) => way !== undefined).length
  refuse(
    ways === 0,
    'consent_expiration_missing',
    ['expiration'],
    '2.31(a)(7): an expiration date or event, or none where allowed.',
  )
  refuse(ways > 1, 'consent_expiration_ambiguous', ['expiration'], '2.31(a)(7): only one of on, event, none.')
  const allTpo = purposes.length > 0 && purposes.every((purpose) => isTpo(purpose))
  refuse(
    expiration.none === true && !allTpo,
    'consent_expiration_none_not_allowed',
    ['expiration', 'none'],
    '2.31(a)(7): no expiration only for treatment, payment and operations.',
  )
}

type Refuse = (wrong: boolean, code: string, path: (string | number)[], message: string) => void

/** The digest of a file, as `sha256:` and 32 bytes in hex, base64 or base64url. */
export function isSha256(text: string): boolean {
  const [, digest = ''] = /^sha256:(.+)$/.exec(text) ?? []
  return /^[0-9a-fA-F]{64}$/.test(digest) || /^[0-9A-Za-z+/_-]{43}=?$/.test(digest)
}

/** The same digest however it was written, in lower-case hex. */
export function digestOf(evidenceHash: string): string {
  const digest = evidenceHash.slice('sha256:'.length)
  return digest.length === 64 ? digest.toLowerCase() : Buffer.from(digest, 'base64').toString('hex')
}

/** Somebody who signs for the patient says by what right; signatures under one consent are under one document. */
function checkSignatures({ signatures, document }: Elements, refuse: Refuse) {
  if (!Array.isArray(signatures)) return
  const all = signatures.map(membersOf)
  for (const [index, { role, authorityBasis }] of all.entries()) {
    refuse(
      typeof role === 'string' && role !== 'patient' && absent(authorityBasis),
      'consent_signature_authority_missing',
      ['signatures', index, 'authorityBasis'],
      '2.14, 2.15: by what right somebody signs for the patient.',
    )
  }
  const { content } = membersOf(document)
  const wanted =
    typeof content === 'string' ? sha256(Buffer.from(content, 'base64')) : evidenceOf(all)[0]?.digest
  for (const { index, digest } of evidenceOf(all)) {
    refuse(
      digest !== wanted,
      'consent_evidence_hash_mismatch',
      ['signatures', index, 'evidenceHash'],
      'It is not the digest of the document that was signed.',
    )
  }
}

function evidenceOf(signatures: readonly Elements[]) {
  return signatures.flatMap(({ evidenceHash }, index) =>
    typeof evidenceHash === 'string' && isSha256(evidenceHash)
      ? [{ index, digest: digestOf(evidenceHash) }]
      : [],
  )
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Purposes that a kind of consent has to itself (42 CFR 2.31(b) and (d), 2.35, 2.52). */
const ownPurpose: Readonly<Record<string, string>> = {
  proceedings: 'legal_proceeding',
  research: 'research',
  criminal_justice: 'criminal_justice',
}

function checkKind(kind: unknown, purposes: readonly unknown[], refuse: Refuse) {
  const own = typeof kind === 'string' ? ownPurpose[kind] : undefined
  refuse(
    own !== undefined && purposes.length > 0 && purposes.some((purpose) => purpose !== own),
    'consent_kind_combined',
    ['purposes'],
    `2.31: a consent of this kind is for ${own?.replaceAll('_', ' ')} and is not combined with another.`,
  )
  // A purpose of research in another consent covers nothing; the other two would open a record against the patient.
  for (const alone of ['proceedings', 'criminal_justice']) {
    const purpose = ownPurpose[alone] ?? ''
    refuse(
      kind !== alone && purposes.includes(purpose),
      'consent_kind_combined',
      ['kind'],
      `2.31: for ${purpose.replaceAll('_', ' ')} a consent of its own is needed, of the kind ${alone}.`,
    )
  }
  refuse(
    kind === 'tpo_single' && purposes.some((purpose) => !isTpo(purpose)),
    'consent_kind_combined',
    ['purposes'],
    '2.31(a)(4)(i): a single consent for treatment, payment and operations has no other purpose.',
  )
}

/** "My treating providers" will do as a recipient for treatment, payment and operations only (42 CFR 2.31(a)(4)(i)). */
function checkGeneral({ recipients }: Elements, purposes: readonly unknown[], refuse: Refuse) {
  if (!Array.isArray(recipients)) return
  for (const [index, recipient] of recipients.entries()) {
    refuse(
      membersOf(recipient).designation === 'general' && purposes.some((purpose) => !isTpo(purpose)),
      'consent_general_designation_not_allowed',
      ['recipients', index, 'designation'],
      '2.31(a)(4): a general designation only for treatment, payment and operations.',
    )
  }
}

/** Whom a recipient designates, by its kind of designation. */
export function recipientFaults(payload: z.core.ParsePayload): void {
  const recipient = membersOf(payload.value)
  const { designation = 'named', organizationId, description, members, treatingParticipants } = recipient
  const refuse = (wrong: boolean, code: string, path: string, message: string) => {
    if (wrong) payload.issues.push({ ...fault(code, [path], message), input: undefined })
  }
  refuse(
    (designation === 'named' || designation === 'intermediary') && absent(organizationId),
    'consent_recipient_missing',
    'organizationId',
    'A recipient by name needs its organizationId.',
  )
  refuse(
    designation === 'class' && absent(description),
    'consent_recipient_missing',
    'description',
    'A class of recipients needs a description.',
  )
  refuse(
    designation === 'intermediary' && none(members) && treatingParticipants !== true,
    'consent_intermediary_members_missing',
    'members',
    '2.31(a)(4)(ii): an intermediary with its members by name, or limited to those who treat the patient.',
  )
}

/** A day's grace for signing: it may be tomorrow already where the patient signed. */
const dayMs = 24 * 3600 * 1000

interface Dates {
  readonly signedOn?: string | undefined
  readonly expiration?: { readonly on?: string | undefined } | undefined
  readonly signatures?: readonly { readonly signedAt: string }[] | undefined
}

/** Dates that cannot be: only a complete, unexpired consent becomes active. `path` is where it stands in the request. */
export function dateFaults(
  { signedOn = '', expiration, signatures = [] }: Dates,
  now: Date,
  path: readonly string[],
): Issue[] {
  const today = now.toISOString().slice(0, 10)
  const latest = new Date(now.getTime() + dayMs)
  const issues: Issue[] = []
  const refuse = (code: string, at: readonly (string | number)[], detail: string) =>
    issues.push({ path: [...path, ...at], code, detail })
  if (signedOn > latest.toISOString().slice(0, 10)) {
    refuse('consent_signed_on_future', ['signedOn'], 'The date of signing is in the future.')
  }
  for (const [index, { signedAt }] of signatures.entries()) {
    if (new Date(signedAt) > latest)
      refuse('consent_signed_at_future', ['signatures', index, 'signedAt'], 'The signature is in the future.')
  }
  const on = expiration?.on
  if (on !== undefined && on < today)
    refuse('consent_expired', ['expiration', 'on'], 'The consent has expired already.')
  if (on !== undefined && on < signedOn) {
    refuse('consent_expires_before_signing', ['expiration', 'on'], 'It would expire before it was signed.')
  }
  return issues
}
