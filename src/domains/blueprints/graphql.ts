import type { Graph } from '../../graphql/graph.ts'
import { companions, planDomains } from './codes.ts'
import {
  consentToBlueprint,
  publishBlueprint,
  returnBlueprint,
  submitBlueprint,
  withdrawBlueprint,
} from './commands.ts'
import {
  createBlueprint,
  getBlueprint,
  listBlueprints,
  listBlueprintVersions,
  updateBlueprint,
} from './service.ts'

export const blueprintGraph: Graph = {
  entities: { Blueprint: { one: getBlueprint } },
  queries: { blueprint: getBlueprint, blueprints: listBlueprints },
  mutations: {
    createBlueprint,
    updateBlueprint,
    submitBlueprint,
    consentToBlueprint,
    publishBlueprint,
    returnBlueprint,
    withdrawBlueprint,
  },
  fields: {
    Blueprint: { versions: { action: listBlueprintVersions } },
    Mentor: { blueprints: { action: listBlueprints, by: 'mentorId' } },
    Program: { blueprints: { action: listBlueprints, by: 'programId' } },
  },
  enums: { PlanDomain: planDomains, Companion: companions },
}
