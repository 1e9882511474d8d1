import type { Graph } from '../../graphql/graph.ts'
import { needKinds, needStatuses } from './contract.ts'
import { getNeed, listNeeds, publishNeed, updateNeed } from './service.ts'

export const supportGraph: Graph = {
  entities: { OrganizationNeed: { one: getNeed } },
  queries: { organizationNeed: getNeed },
  mutations: { publishOrganizationNeed: publishNeed, updateOrganizationNeed: updateNeed },
  fields: { Organization: { needs: { action: listNeeds } } },
  enums: { OrganizationNeedKind: needKinds, OrganizationNeedStatus: needStatuses },
}
