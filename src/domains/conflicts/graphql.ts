import type { Graph } from '../../graphql/graph.ts'
import { conflictKinds, declaredBy } from './contract.ts'
import { conflictsOfMentors } from './many.ts'
import { declareConflict, getPanelKey, listConflicts, putPanel, withdrawConflict } from './service.ts'

export const conflictGraph: Graph = {
  queries: { panelKey: getPanelKey },
  mutations: { declareConflict, withdrawConflict, putPanel },
  fields: { Mentor: { conflicts: { action: listConflicts, each: conflictsOfMentors } } },
  enums: {
    ConflictKind: conflictKinds,
    ConflictDeclaredBy: declaredBy,
  },
}
