import { scopes } from '../../core/context.ts'
import type { Graph } from '../../graphql/graph.ts'
import { createClient, getClient, listClients, revokeClient, rotateClientSecret } from './service.ts'

export const clientGraph: Graph = {
  queries: { client: getClient, clients: listClients },
  mutations: { createClient, rotateClientSecret, revokeClient },
  fields: { Organization: { clients: { action: listClients, by: 'organizationId' } } },
  enums: {
    Scope: scopes,
  },
}
