import type { Graph } from '../../graphql/graph.ts'
import { hourStatuses, placementStatuses, relationships } from './codes.ts'
import { enterHourInError, recordHour, signHour } from './commands.ts'
import {
  createPlacement,
  getHour,
  getPlacement,
  listHours,
  listPlacements,
  withdrawPlacement,
} from './service.ts'

export const placementGraph: Graph = {
  entities: { Placement: { one: getPlacement }, PlacementHour: { one: getHour } },
  queries: { placement: getPlacement, placements: listPlacements, placementHour: getHour },
  mutations: {
    createPlacement,
    withdrawPlacement,
    recordPlacementHour: recordHour,
    signPlacementHour: signHour,
    enterPlacementHourInError: enterHourInError,
  },
  fields: {
    Placement: { hours: { action: listHours } },
    Learner: { placements: { action: listPlacements, by: 'learnerId' } },
  },
  enums: {
    PlacementRelationship: relationships,
    PlacementStatus: placementStatuses,
    PlacementHourStatus: hourStatuses,
  },
}
