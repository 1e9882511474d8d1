import type { Graph } from '../../graphql/graph.ts'
import { endedBases, firstStatuses, requesters, restrictionStatuses } from './codes.ts'
import { restrictionsOfPatients } from './many.ts'
import {
  createRestriction,
  decideRestriction,
  endRestriction,
  getRestriction,
  listRestrictions,
} from './service.ts'

export const restrictionGraph: Graph = {
  entities: { Restriction: { one: getRestriction } },
  queries: { restriction: getRestriction },
  mutations: { createRestriction, decideRestriction, endRestriction },
  fields: { Patient: { restrictions: { action: listRestrictions, each: restrictionsOfPatients } } },
  enums: {
    RestrictionStatus: restrictionStatuses,
    RestrictionEndedBasis: endedBases,
    NewRestrictionStatus: firstStatuses,
    RestrictionRequester: requesters,
  },
}
