import type { AgreementKind } from '../agreements/codes.ts'
import type { AgreementFacts, Disclosing, Grounds } from './facts.ts'

/** Agreements under which a disclosure needs no consent (42 CFR 2.12(c)(3)-(4)). */
export const inPlaceOfConsent: readonly AgreementKind[] = ['administrative_control', 'qsoa', 'baa_qsoa']

/** An agreement serves both ways: who helps the program tells it what came of it. A court order opens one record, one way. */
export function agreementFor(
  { agreements }: Grounds,
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
          counterpartyOrganizationId === discloserId)) &&
      agreement.terminatedAt === null &&
      agreement.effectiveOn <= today &&
      (agreement.endsOn === null || agreement.endsOn >= today) &&
      (agreement.patientId === null || agreement.patientId === patientId) &&
      (agreement.dataClasses.length === 0 ||
        dataClasses.some((dataClass) => agreement.dataClasses.includes(dataClass))),
  )
}
