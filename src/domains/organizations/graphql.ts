import type { Graph } from '../../graphql/graph.ts'
import { organizationKinds } from './contract.ts'
import { getOrganizations } from './many.ts'
import { createOrganization, getOrganization, listOrganizations, updateOrganization } from './service.ts'

export const organizationGraph: Graph = {
  entities: { Organization: { many: getOrganizations, also: ['employerIds'] } },
  queries: { organization: getOrganization, organizations: listOrganizations },
  mutations: { createOrganization, updateOrganization },
  enums: {
    OrganizationKind: organizationKinds,
  },
}
