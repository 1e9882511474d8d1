import type { Graph } from '../../graphql/graph.ts'
import { getMinorPolicy, updateMinorPolicy } from './service.ts'

export const minorGraph: Graph = {
  queries: { minorPolicy: getMinorPolicy },
  mutations: { updateMinorPolicy },
}
