import type { Graph } from '../../graphql/graph.ts'
import { accreditationStatuses } from './contract.ts'
import {
  confirmAccreditation,
  getAccreditation,
  listAccreditations,
  recordAccreditation,
  withdrawAccreditation,
} from './service.ts'

export const accreditationGraph: Graph = {
  entities: { Accreditation: { one: getAccreditation } },
  queries: { accreditation: getAccreditation, accreditations: listAccreditations },
  mutations: { recordAccreditation, confirmAccreditation, withdrawAccreditation },
  fields: { Organization: { accreditations: { action: listAccreditations, by: 'organizationId' } } },
  enums: { AccreditationStatus: accreditationStatuses },
}
