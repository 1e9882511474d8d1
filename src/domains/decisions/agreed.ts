import type { AgreementKind } from '../agreements/codes.ts'
import type { AgreementFacts, Disclosing, Grounds } from './facts.ts'

/** Agreements under which a disclosure needs no consent (42 CFR 2.12(c)(3)-(4)). */
export const inPlaceOfConsent: readonly AgreementKind[] = ['administrative_control', 'qsoa', 'baa_qsoa']

/**
 * An agreement permits the organization that recorded it to disclose to the other. One in place of consent serves back
 * too, for the program's own patients: who helps the program tells it what came of it. Of the other's patients it
 * permits nothing, or an organization could open another's records by naming it in an agreement of its own making.
 */
export function agreementFor(
  { agreements, heldBy }: Grounds,
  { discloserId, recipientId, patientId, dataClasses, at }: Disclosing,
  kinds: readonly AgreementKind[],
): AgreementFacts | undefined {
  const today = at.toISOString().slice(0, 10)
  return agreements.find(
    ({ kind, organizationId, counterpartyOrganizationId, ...agreement }) =>
      kinds.includes(kind) &&
      ((organizationId === discloserId && counterpartyOrganizationId === recipientId) ||
        (inPlaceOfConsent.includes(kind) &&
          organizationId === recipientId &&
          organizationId === heldBy &&
          counterpartyOrganizationId === discloserId)) &&
      agreement.terminatedAt === null &&
      agreement.effectiveOn <= today &&
      (agreement.endsOn === null || agreement.endsOn >= today) &&
      (agreement.patientId === null || agreement.patientId === patientId) &&
      (agreement.dataClasses.length === 0 ||
        dataClasses.some((dataClass) => agreement.dataClasses.includes(dataClass))),
  )
}
