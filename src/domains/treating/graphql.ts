import type { Graph } from '../../graphql/graph.ts'
import { treatingRelationshipsOfPatients } from './many.ts'
import { createTreatingRelationship, endTreatingRelationship, listTreatingRelationships } from './service.ts'

export const treatingGraph: Graph = {
  mutations: { createTreatingRelationship, endTreatingRelationship },
  fields: {
    Patient: {
      treatingRelationships: { action: listTreatingRelationships, each: treatingRelationshipsOfPatients },
    },
  },
}
