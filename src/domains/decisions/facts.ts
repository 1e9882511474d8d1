import type { AgreementKind } from '../agreements/codes.ts'
import type { ConsentKind, ConsentStatus, DataClass, Purpose } from '../consents/codes.ts'

/** Changes with every change of meaning of the decision; each ledger row and answer names it. */
export const decisionRules = 'decide-3'

/** What the decision needs to know of one consent, less what was revoked of it. */
export interface ConsentFacts {
  readonly id: string
  readonly status: ConsentStatus
  readonly kind: ConsentKind
  readonly dataClasses: readonly DataClass[]
  readonly purposes: readonly Purpose[]
  readonly bothDirections: boolean
  readonly expiresOn: string | null
  readonly disclosers: readonly Party[]
  readonly recipients: readonly Party[]
  readonly documentSha256: string
}

export interface Party {
  readonly organizationId: string | null
  readonly name: string
  /** How it was designated (42 CFR 2.31(a)(4)); the ledger keeps it. */
  readonly designation: 'named' | 'class' | 'general' | 'intermediary'
  /** A general designation: whoever treats the person at that moment, and nobody else. */
  readonly treatingOnly: boolean
}

/** What the person has ruled out (42 CFR 2.26). No recipient: everybody. No classes: all of them. */
export interface Restriction {
  readonly recipientOrganizationId: string | null
  readonly mentorId: string | null
  readonly dataClasses: readonly DataClass[]
}

export interface AgreementFacts {
  readonly id: string
  readonly kind: AgreementKind
  /** Who may disclose under it, and to whom. */
  readonly organizationId: string
  readonly counterpartyOrganizationId: string
  /** Only this person's record; null: whichever the two share. */
  readonly patientId: string | null
  /** Empty: all. */
  readonly dataClasses: readonly DataClass[]
  readonly effectiveOn: string
  readonly endsOn: string | null
  readonly terminatedAt: Date | null
}

/** Everything that a decision about one patient rests on, as it is at the moment of the request. */
export interface Grounds {
  readonly consents: readonly ConsentFacts[]
  readonly restrictions: readonly Restriction[]
  readonly agreements: readonly AgreementFacts[]
  /** Organizations that treat the person now. */
  readonly treating: ReadonlySet<string>
  /** Whose patient they are; nobody knows where the caller may not find the record. */
  readonly heldBy: string | null
}

/** Nobody has said anything yet: only what needs no ground is permitted. */
export const noGrounds: Grounds = {
  consents: [],
  restrictions: [],
  agreements: [],
  treating: new Set(),
  heldBy: null,
}

export interface Disclosing {
  readonly discloserId: string
  readonly recipientId: string
  readonly patientId: string
  readonly purpose: Purpose
  readonly dataClasses: readonly DataClass[]
  readonly at: Date
  /** The person asks for what is theirs, with a token of their own (42 CFR 2.23). */
  readonly byPatient?: boolean
}

/** What one organization is to the other in this disclosure; it decides which law applies (42 CFR 2.11, 2.12). */
export const relationships = [
  'internal',
  'patient_self',
  'qso',
  'consented_recipient',
  'intermediary',
  'research',
  'audit',
  'court_order',
  'emergency_medical',
] as const
export type Relationship = (typeof relationships)[number]

export type DenialReason =
  | 'consent_missing'
  | 'consent_not_active'
  | 'consent_suspended'
  | 'consent_revoked'
  | 'consent_expired'
  | 'recipient_not_named'
  | 'treating_relationship_missing'
  | 'purpose_not_covered'
  | 'class_not_covered'
  | 'restriction'
  | 'agreement_missing'
  | 'proceedings_barred'

export interface Decision {
  readonly decision: 'permit' | 'permit_redacted' | 'deny'
  readonly relationship: Relationship
  readonly permittedClasses: readonly DataClass[]
  readonly reasons: readonly DenialReason[]
  /** The consent that covers it, where it rests on one. */
  readonly consent?: ConsentFacts
  /** How that consent designates the recipient. */
  readonly designation?: Party['designation']
  /** The agreement that covers it, where it rests on one. */
  readonly agreement?: AgreementFacts
  readonly ruleVersion: string
}
