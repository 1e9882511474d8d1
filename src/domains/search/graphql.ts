import type { Graph } from '../../graphql/graph.ts'
import { searchTypes } from './contract.ts'
import { search } from './service.ts'

export const searchGraph: Graph = {
  queries: { search },
  fields: { SearchHit: { node: { entity: 'Node', from: 'id', description: 'The whole of it.' } } },
  enums: { SearchType: searchTypes },
}
