import type { ConsentKind, ConsentStatus, DataClass, Purpose } from '../consents/codes.ts'
import {
  type ConsentFacts,
  type Decision,
  type DenialReason,
  type Disclosing,
  decisionRules,
  type Grounds,
  type Party,
} from './facts.ts'
import { outcome } from './outcome.ts'
import { withoutRestricted } from './restricted.ts'

/** Kinds of consent that serve one purpose each, and no ordinary disclosure (42 CFR 2.31(b), (d), 2.35). */
const kindFor: Partial<Record<Purpose, ConsentKind>> = {
  research: 'research',
  legal_proceeding: 'proceedings',
  criminal_justice: 'criminal_justice',
}

const separateKinds: ReadonlySet<ConsentKind> = new Set([
  'counseling_notes',
  'proceedings',
  'criminal_justice',
  'research',
])

interface Judgement {
  readonly consent: ConsentFacts
  readonly designation?: Party['designation']
  readonly covered: readonly DataClass[]
  readonly permitted: readonly DataClass[]
  readonly refusal?: DenialReason
}

/** The widest permission that one consent gives by itself, or why none gives any. */
export function underConsent(grounds: Grounds, asked: Disclosing): Decision {
  const judged = grounds.consents.map((consent) => judge(consent, grounds, asked))
  const best = widestOf(judged, asked.dataClasses[0])
  if (best)
    return outcome(asked, best.designation === 'intermediary' ? 'intermediary' : 'consented_recipient', best)
  return {
    decision: 'deny',
    relationship: 'consented_recipient',
    permittedClasses: [],
    reasons: judged.length === 0 ? ['consent_missing'] : nearest(judged),
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

const notInForce: Partial<Record<ConsentStatus, DenialReason>> = {
  draft: 'consent_not_active',
  signed: 'consent_not_active',
  suspended: 'consent_suspended',
  revoked: 'consent_revoked',
  superseded: 'consent_not_active',
  expired: 'consent_expired',
}

function judge(consent: ConsentFacts, { restrictions, treating }: Grounds, asked: Disclosing): Judgement {
  const refuse = (refusal: DenialReason): Judgement => ({ consent, covered: [], permitted: [], refusal })
  const { kind, status, purposes } = consent
  if (status === 'entered_in_error') return refuse('consent_missing')
  if (separateKinds.has(kind) && kindFor[asked.purpose] !== kind) return refuse('consent_missing')
  const recipient = recipientIn(consent, asked)
  if (!recipient) return refuse('recipient_not_named')
  const ended = notInForce[status]
  if (ended) return refuse(ended)
  if (isExpired(consent.expiresOn, asked.at)) return refuse('consent_expired')
  if (recipient.treatingOnly && !treating.has(asked.recipientId))
    return refuse('treating_relationship_missing')
  if (!serves(kind, purposes, asked.purpose)) return refuse('purpose_not_covered')
  const covered = asked.dataClasses.filter((dataClass) => consent.dataClasses.includes(dataClass))
  if (covered.length === 0) return refuse('class_not_covered')
  const permitted = withoutRestricted(restrictions, asked.recipientId, covered)
  const judged = { consent, designation: recipient.designation, covered, permitted }
  return permitted.length > 0 ? judged : { ...judged, refusal: 'restriction' }
}

/** The party that the disclosure goes to, in the direction in which the consent lets it go. */
function recipientIn(
  { disclosers, recipients, bothDirections }: ConsentFacts,
  { discloserId, recipientId }: Disclosing,
): Party | undefined {
  const named = (parties: readonly Party[], id: string) =>
    parties.filter(({ organizationId }) => organizationId === id)
  // Named outright goes before a general designation, which asks for more.
  const best = (found: readonly Party[]) => found.find(({ treatingOnly }) => !treatingOnly) ?? found[0]
  // Within one organization the person lets somebody in: it is enough that they named the organization, on either side.
  if (discloserId === recipientId)
    return best([...named(recipients, recipientId), ...named(disclosers, discloserId)])
  if (named(disclosers, discloserId).length > 0) {
    const there = best([
      ...named(recipients, recipientId),
      ...recipients.filter(({ designation }) => designation === 'general'),
    ])
    if (there) return there
  }
  return bothDirections && named(recipients, discloserId).length > 0
    ? best(named(disclosers, recipientId))
    : undefined
}

/** "At the request of the patient" is purpose enough where the patient gave no other (42 CFR 2.31(a)(5)(i)). */
function serves(kind: ConsentKind, purposes: readonly Purpose[], purpose: Purpose) {
  if (separateKinds.has(kind)) return true
  if (kindFor[purpose]) return false
  return purposes.includes(purpose) || (purpose === 'treatment' && purposes.includes('patient_request'))
}

/** A consent holds through the last moment, in UTC, of the day that it names. */
export function isExpired(expiresOn: string | null, at: Date): boolean {
  return expiresOn !== null && at.toISOString().slice(0, 10) > expiresOn
}

/** The refusal that came closest to a permit: what the caller can most likely mend. */
const closeness: readonly DenialReason[] = [
  'restriction',
  'class_not_covered',
  'purpose_not_covered',
  'treating_relationship_missing',
  'consent_not_active',
  'consent_suspended',
  'consent_expired',
  'consent_revoked',
  'recipient_not_named',
]

function nearest(judged: readonly Judgement[]): DenialReason[] {
  const refusals = new Set(judged.map(({ refusal }) => refusal))
  return [closeness.find((reason) => refusals.has(reason)) ?? 'consent_missing']
}
