import type { DataClass, Purpose } from './contract.ts'

/** Changes with every change of meaning below; each ledger row and answer names it. */
export const decisionRules = 'decide-1'

/** What the decision needs to know of one consent. */
export interface ConsentFacts {
  readonly id: string
  readonly status: 'active' | 'revoked' | 'expired' | 'entered_in_error'
  readonly kind: string
  readonly dataClasses: readonly DataClass[]
  readonly purposes: readonly Purpose[]
  readonly bothDirections: boolean
  readonly expiresOn: string | null
  readonly disclosers: readonly Party[]
  readonly recipients: readonly Party[]
  readonly documentSha256: string
}

/** Everything that a decision about one patient rests on, as it is at the moment of the request. */
export interface Grounds {
  readonly consents: readonly ConsentFacts[]
}

export const noGrounds: Grounds = { consents: [] }

export interface Party {
  readonly organizationId: string | null
  readonly name: string
}

export interface Disclosing {
  readonly discloserId: string
  readonly recipientId: string
  readonly purpose: Purpose
  readonly dataClasses: readonly DataClass[]
  readonly at: Date
}

export type DenialReason =
  | 'consent_missing'
  | 'consent_revoked'
  | 'consent_expired'
  | 'recipient_not_named'
  | 'purpose_not_covered'
  | 'class_not_covered'

export interface Decision {
  readonly decision: 'permit' | 'permit_redacted' | 'deny'
  readonly permittedClasses: readonly DataClass[]
  readonly reasons: readonly DenialReason[]
  /** The consent that covers it; absent within one organization and on denial. */
  readonly consent?: ConsentFacts
  readonly ruleVersion: string
}

/** Kinds that need a door of their own: they never cover an ordinary disclosure (42 CFR 2.31(b), (d), 2.35). */
const separateKinds: ReadonlySet<string> = new Set([
  'counseling_notes',
  'proceedings',
  'criminal_justice',
  'research',
])

/**
 * The one question before any data leaves for another organization: may these classes go from this discloser
 * to this recipient, for this purpose, at this instant? Evaluated at the moment of the request, from the
 * consents as they are; one consent must cover the whole disclosure by itself (42 CFR 2.31, 2.33).
 */
export function decide({ consents }: Grounds, asked: Disclosing): Decision {
  if (asked.discloserId === asked.recipientId) {
    return {
      decision: 'permit',
      permittedClasses: asked.dataClasses,
      reasons: [],
      ruleVersion: decisionRules,
    }
  }
  const judged = consents.map((consent) => judge(consent, asked))
  const best = widestOf(judged, asked.dataClasses[0])
  if (!best) {
    const reasons = judged.length === 0 ? ['consent_missing' as const] : nearest(judged)
    return { decision: 'deny', permittedClasses: [], reasons, ruleVersion: decisionRules }
  }
  const whole = best.permitted.length === asked.dataClasses.length
  return {
    decision: whole ? 'permit' : 'permit_redacted',
    permittedClasses: best.permitted,
    reasons: whole ? [] : ['class_not_covered'],
    consent: best.consent,
    ruleVersion: decisionRules,
  }
}

/** The first class asked for is what the record is about: a consent that covers it goes before one that does not. */
function widestOf(judged: readonly Judgement[], essence: DataClass | undefined): Judgement | undefined {
  const worth = ({ permitted }: Judgement) =>
    permitted.length + (essence && permitted.includes(essence) ? 1_000 : 0)
  return judged.reduce<Judgement | undefined>(
    (best, next) => (next.permitted.length > 0 && worth(next) > (best ? worth(best) : 0) ? next : best),
    undefined,
  )
}

interface Judgement {
  readonly consent: ConsentFacts
  readonly permitted: readonly DataClass[]
  readonly refusal?: DenialReason
}

function judge(
  consent: ConsentFacts,
  { discloserId, recipientId, purpose, dataClasses, at }: Disclosing,
): Judgement {
  const refuse = (refusal: DenialReason): Judgement => ({ consent, permitted: [], refusal })
  if (separateKinds.has(consent.kind) || consent.status === 'entered_in_error')
    return refuse('consent_missing')
  if (!covers(consent, discloserId, recipientId)) return refuse('recipient_not_named')
  if (consent.status === 'revoked') return refuse('consent_revoked')
  if (consent.status === 'expired' || isExpired(consent.expiresOn, at)) return refuse('consent_expired')
  if (!serves(consent.purposes, purpose)) return refuse('purpose_not_covered')
  const permitted = dataClasses.filter((dataClass) => consent.dataClasses.includes(dataClass))
  return permitted.length > 0 ? { consent, permitted } : refuse('class_not_covered')
}

function covers({ disclosers, recipients, bothDirections }: ConsentFacts, from: string, to: string) {
  const has = (parties: readonly Party[], id: string) =>
    parties.some(({ organizationId }) => organizationId === id)
  return (
    (has(disclosers, from) && has(recipients, to)) ||
    (bothDirections && has(recipients, from) && has(disclosers, to))
  )
}

/** "At the request of the patient" is purpose enough where the patient gave no other (42 CFR 2.31(a)(5)(i)). */
function serves(purposes: readonly Purpose[], purpose: Purpose) {
  if (purpose === 'legal_proceeding') return false
  return purposes.includes(purpose) || (purpose === 'treatment' && purposes.includes('patient_request'))
}

/** A consent holds through the last moment, in UTC, of the day that it names. */
export function isExpired(expiresOn: string | null, at: Date): boolean {
  return expiresOn !== null && at.toISOString().slice(0, 10) > expiresOn
}

/** The refusal that came closest to a permit: what the caller can most likely mend. */
const closeness: readonly DenialReason[] = [
  'class_not_covered',
  'purpose_not_covered',
  'consent_expired',
  'consent_revoked',
  'recipient_not_named',
]

function nearest(judged: readonly Judgement[]): DenialReason[] {
  const refusals = new Set(judged.map(({ refusal }) => refusal))
  return [closeness.find((reason) => refusals.has(reason)) ?? 'consent_missing']
}
