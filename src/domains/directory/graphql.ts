import type { Graph } from '../../graphql/graph.ts'
import { getPublicDirectory, publishDirectory } from './service.ts'

export const directoryGraph: Graph = {
  queries: { publicDirectory: getPublicDirectory },
  mutations: { publishPublicDirectory: publishDirectory },
}
