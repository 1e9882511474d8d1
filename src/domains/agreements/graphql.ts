import type { Graph } from '../../graphql/graph.ts'
import { agreementKinds, orderSections } from './codes.ts'
import { getAgreements } from './many.ts'
import { createAgreement, getAgreement, listAgreements, terminateAgreement } from './service.ts'

export const agreementGraph: Graph = {
  entities: { OrganizationAgreement: { many: getAgreements, also: ['agreementId', 'agreementIds'] } },
  queries: { organizationAgreement: getAgreement, organizationAgreements: listAgreements },
  mutations: {
    createOrganizationAgreement: createAgreement,
    terminateOrganizationAgreement: terminateAgreement,
  },
  fields: {
    Organization: { agreements: { action: listAgreements, by: 'counterpartyOrganizationId' } },
  },
  enums: { OrganizationAgreementKind: agreementKinds, CourtOrderSection: orderSections },
}
