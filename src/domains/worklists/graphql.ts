import type { Graph } from '../../graphql/graph.ts'
import {
  awaitingMatch,
  credentialExpiring,
  needsReassignment,
  overdue,
  supervisionDue,
  toCallToday,
} from './service.ts'

export const worklistGraph: Graph = {
  queries: { toCallToday, overdue, awaitingMatch, needsReassignment, supervisionDue, credentialExpiring },
}
