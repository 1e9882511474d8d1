import { add, item, list, patch, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { OrganizationNeed } from './contract.ts'
import { getNeed, listNeeds, publishNeed, updateNeed } from './service.ts'

const tag = 'Organizations'
const answer = OrganizationNeed

export const supportRoutes: readonly Route[] = [
  list('/organizations/{id}/needs', listNeeds, {
    tag,
    summary: 'What an organization needs, newest first',
    answer: pageOf(OrganizationNeed),
  }),
  add('/organizations/{id}/needs', publishNeed, {
    tag,
    summary: 'Say what your organization needs',
    description: 'The network sees it; marked `public`, the public directory shows it too.',
    answer,
    locate: ({ id }) => `/v1/organization-needs/${id}`,
    example: {
      request: {
        kind: 'space',
        description: 'Sample: a room for a group of twelve, on Thursday evenings.',
        quantity: '1 room',
        public: true,
      },
    },
  }),
  item('/organization-needs/{id}', getNeed, { tag, summary: 'Get a need', answer }),
  patch('/organization-needs/{id}', updateNeed, {
    tag,
    summary: 'Change a need of your organization, or say that it is met',
    answer,
    example: { request: { status: 'met' } },
  }),
]
