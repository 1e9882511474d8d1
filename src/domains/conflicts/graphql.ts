import type { Graph } from '../../graphql/graph.ts'
import { conflictKinds, declaredBy } from './contract.ts'
import { declareConflict, getPanelKey, listConflicts, putPanel, withdrawConflict } from './service.ts'

export const conflictGraph: Graph = {
  queries: { panelKey: getPanelKey },
  mutations: { declareConflict, withdrawConflict, putPanel },
  fields: { Mentor: { conflicts: { action: listConflicts } } },
  enums: {
    ConflictKind: conflictKinds,
    ConflictDeclaredBy: declaredBy,
  },
}
