import type { Graph } from '../../graphql/graph.ts'
import { clinicianTerms } from '../mentors/codes.ts'
import { checklistItems } from '../qualifications/codes.ts'
import { acceptanceMethods, remedies } from './codes.ts'
import { acceptTerms, publishTerms, withdrawAcceptance } from './commands.ts'
import { getAcceptance, getReadiness, getTerms, listAcceptances, listTerms } from './service.ts'

export const clinicianGraph: Graph = {
  entities: { ClinicianTerms: { one: getTerms }, ClinicianAcceptance: { one: getAcceptance } },
  queries: {
    clinicianTerms: getTerms,
    clinicianTermsList: listTerms,
    clinicianAcceptance: getAcceptance,
  },
  mutations: {
    publishClinicianTerms: publishTerms,
    acceptClinicianTerms: acceptTerms,
    withdrawClinicianAcceptance: withdrawAcceptance,
  },
  fields: {
    Mentor: {
      readiness: { action: getReadiness },
      clinicianAcceptances: { action: listAcceptances },
    },
  },
  enums: {
    ClinicianTermsKind: clinicianTerms,
    AcceptanceMethod: acceptanceMethods,
    ChecklistItem: checklistItems,
    ReadinessRemedy: remedies,
  },
}
