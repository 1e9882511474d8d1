import { create, item, list, patch, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Organization } from './contract.ts'
import { createOrganization, getOrganization, listOrganizations, updateOrganization } from './service.ts'

const tag = 'Organizations'

export const organizationRoutes: readonly Route[] = [
  list('/organizations', listOrganizations, {
    tag,
    summary: 'List the organizations of the network, newest first',
    answer: pageOf(Organization),
  }),
  create('/organizations', createOrganization, {
    tag,
    summary: 'Add an organization to the network',
    answer: Organization,
    refusals: ['natural_key_taken'],
    example: { request: { name: 'Sample Recovery Community', kind: 'rco', timeZone: 'America/Denver' } },
  }),
  item('/organizations/{id}', getOrganization, { tag, summary: 'Get an organization', answer: Organization }),
  patch('/organizations/{id}', updateOrganization, {
    tag,
    summary: 'Change your own organization',
    answer: Organization,
    refusals: ['natural_key_taken'],
    example: { request: { timeZone: 'America/Chicago' } },
  }),
]
