import type { Graph } from '../../graphql/graph.ts'
import { getUnaccompaniedHours } from './service.ts'

export const insightGraph: Graph = {
  queries: { unaccompaniedHours: getUnaccompaniedHours },
  fields: { Program: { unaccompaniedHours: { action: getUnaccompaniedHours, by: 'programId' } } },
}
