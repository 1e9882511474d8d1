import type { Graph } from '../../graphql/graph.ts'
import { matchCriteria } from '../programs/contract.ts'
import { constraints } from './constraints.ts'
import { listCandidates } from './service.ts'

/** Every mentor of the organization is weighed for one person: nobody asks that for a page of people by the way. */
const weighing = 50

export const matchingGraph: Graph = {
  fields: { Referral: { candidates: { action: listCandidates, cost: weighing } } },
  enums: {
    MatchConstraint: constraints,
    MatchCriterion: matchCriteria,
  },
}
