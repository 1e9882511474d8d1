import type { Graph } from '../../graphql/graph.ts'
import { agreementKinds, orderSections } from './codes.ts'
import { createAgreement, getAgreement, listAgreements, terminateAgreement } from './service.ts'

export const agreementGraph: Graph = {
  queries: { organizationAgreement: getAgreement, organizationAgreements: listAgreements },
  mutations: {
    createOrganizationAgreement: createAgreement,
    terminateOrganizationAgreement: terminateAgreement,
  },
  enums: { OrganizationAgreementKind: agreementKinds, CourtOrderSection: orderSections },
}
