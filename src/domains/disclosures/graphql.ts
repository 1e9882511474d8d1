import type { Graph } from '../../graphql/graph.ts'
import { getDisclosure, listDisclosures, listPatientDisclosures, recordDisclosure } from './service.ts'

export const disclosureGraph: Graph = {
  entities: { LedgerEntry: { one: getDisclosure } },
  queries: { disclosure: getDisclosure, disclosures: listDisclosures },
  mutations: { recordDisclosure },
  fields: {
    Patient: { disclosures: { action: listPatientDisclosures } },
    LedgerEntry: { subject: { entity: 'Node', from: 'subjectId', description: 'What was disclosed.' } },
  },
}
