import { command, create, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Client, ClientWithSecret } from './contract.ts'
import { createClient, getClient, listClients, revokeClient, rotateClientSecret } from './service.ts'

const tag = 'API clients'

export const clientRoutes: readonly Route[] = [
  list('/clients', listClients, {
    tag,
    summary: 'List API clients, newest first',
    description:
      'Those of your own organization; with `network:write`, of every organization of the network.',
    answer: pageOf(Client),
  }),
  create('/clients', createClient, {
    tag,
    summary: 'Create an API client',
    description:
      'Nobody hands out what they do not have: the scopes must be among your own, unless you have `network:write`.',
    answer: ClientWithSecret,
    example: {
      request: {
        name: 'Sample Clinic EHR',
        scopes: ['referrals:read', 'referrals:write', 'engagement:read'],
      },
    },
  }),
  item('/clients/{id}', getClient, { tag, summary: 'Get an API client', answer: Client }),
  command('/clients/{id}/rotate-secret', rotateClientSecret, {
    tag,
    summary: 'Give a client a new secret',
    description:
      'The secrets before stay good for `overlapSeconds`. As with creating: the client’s scopes must be among your own, unless you have `network:write`.',
    answer: ClientWithSecret,
    refusals: ['transition_not_allowed'],
    example: { request: { overlapSeconds: 3600 } },
  }),
  command('/clients/{id}/revoke', revokeClient, {
    tag,
    summary: 'Revoke a client',
    description:
      'It gets no more tokens. Tokens that it has end within their lifetime, five minutes unless configured otherwise.',
    answer: Client,
    refusals: ['transition_not_allowed'],
  }),
]
