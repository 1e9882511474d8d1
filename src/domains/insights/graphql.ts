import type { Graph } from '../../graphql/graph.ts'
import { getUnaccompaniedHours } from './service.ts'

export const insightGraph: Graph = { queries: { unaccompaniedHours: getUnaccompaniedHours } }
