import type { Graph } from '../../graphql/graph.ts'
import { endedBases, firstStatuses, requesters, restrictionStatuses } from './codes.ts'
import {
  createRestriction,
  decideRestriction,
  endRestriction,
  getRestriction,
  listRestrictions,
} from './service.ts'

export const restrictionGraph: Graph = {
  queries: { restriction: getRestriction },
  mutations: { createRestriction, decideRestriction, endRestriction },
  fields: { Patient: { restrictions: { action: listRestrictions } } },
  enums: {
    RestrictionStatus: restrictionStatuses,
    RestrictionEndedBasis: endedBases,
    NewRestrictionStatus: firstStatuses,
    RestrictionRequester: requesters,
  },
}
