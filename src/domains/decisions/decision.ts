import type { AgreementKind } from '../agreements/codes.ts'
import type { DataClass, Purpose } from '../consents/codes.ts'
import { agreementFor, inPlaceOfConsent } from './agreed.ts'
import { underConsent } from './consented.ts'
import {
  type AgreementFacts,
  type Decision,
  type Disclosing,
  decisionRules,
  type Grounds,
  type Relationship,
} from './facts.ts'
import { outcome } from './outcome.ts'
import { withoutRestricted } from './restricted.ts'

/**
 * The one question before any data leaves for another organization: may these classes go from this discloser
 * to this recipient, for this purpose, at this instant? The relationship comes first, since it says which rule asks:
 * within one organization none does; a service organization needs its agreement; everybody else a consent that
 * covers the whole disclosure by itself (42 CFR 2.31, 2.33). An organization whose Part 2 status nobody declared is
 * treated as one that Part 2 binds. What the person has ruled out is taken away last, whatever permitted it.
 */
export function decide(grounds: Grounds, asked: Disclosing): Decision {
  const isOwnWord = asked.dataClasses.length > 0 && asked.dataClasses.every((one) => ownWordOnly.has(one))
  if (isOwnWord && !asked.byPatient) return underConsent(grounds, asked)
  if (asked.discloserId === asked.recipientId)
    return permitAll(asked.byPatient ? 'patient_self' : 'internal', asked)
  const approval = approvalKinds[asked.purpose]
  if (approval) return underApproval(grounds, asked, approval)
  const agreement = agreementFor(grounds, asked, inPlaceOfConsent)
  if (agreement) {
    const relationship = agreement.kind === 'administrative_control' ? 'internal' : 'qso'
    return underAgreement(grounds, asked, agreement, relationship)
  }
  return underConsent(grounds, asked)
}

/**
 * What nobody but the person permits: neither the walls of one organization nor an agreement between two let a learner
 * sit with them. Asked for together with others, it is left out of what a wall or an agreement gives.
 */
const ownWordOnly: ReadonlySet<DataClass> = new Set<DataClass>(['learner_presence'])

function permitAll(relationship: Relationship, { dataClasses }: Disclosing): Decision {
  const permitted =
    relationship === 'patient_self' ? dataClasses : dataClasses.filter((one) => !ownWordOnly.has(one))
  const isWhole = permitted.length === dataClasses.length
  return {
    decision: isWhole ? 'permit' : 'permit_redacted',
    relationship,
    permittedClasses: permitted,
    reasons: isWhole ? [] : ['class_not_covered'],
    ruleVersion: decisionRules,
  }
}

/** Purposes that are never served by the way, but under an approval of their own (42 CFR 2.52, 2.53, subpart E). */
const approvalKinds: Partial<Record<Purpose, AgreementKind & Relationship>> = {
  research: 'research',
  audit: 'audit',
  legal_proceeding: 'court_order',
}

function underAgreement(
  grounds: Grounds,
  asked: Disclosing,
  agreement: AgreementFacts,
  relationship: Relationship,
): Decision {
  const covered = asked.dataClasses.filter(
    (dataClass) =>
      !ownWordOnly.has(dataClass) &&
      (agreement.dataClasses.length === 0 || agreement.dataClasses.includes(dataClass)),
  )
  const permitted = withoutRestricted(grounds.restrictions, asked.recipientId, covered)
  return outcome(asked, relationship, { covered, permitted, agreement })
}

function underApproval(grounds: Grounds, asked: Disclosing, kind: AgreementKind & Relationship): Decision {
  const approval = agreementFor(grounds, asked, [kind])
  if (approval) return underAgreement(grounds, asked, approval, kind)
  const consented = underConsent(grounds, asked)
  if (consented.decision !== 'deny') return consented
  const reason = kind === 'court_order' ? 'proceedings_barred' : 'agreement_missing'
  return { ...consented, relationship: kind, reasons: [reason] }
}
