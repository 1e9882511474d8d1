import { item, type Route } from '../../rest/route.ts'
import { Engagement } from './contract.ts'
import { engagementTag, getEngagement } from './service.ts'

export const engagementRoutes: readonly Route[] = [
  item('/referrals/{id}/engagement', getEngagement, {
    tag: 'Engagement',
    summary: 'Is this person being accompanied?',
    description:
      'Computed at the moment of the request from facts, by a named rule set; without content. To the referring clinic it is a disclosure of the receiving organization, and carries the notice.',
    answer: Engagement,
    refusals: ['consent_not_in_force'],
    etagOf: engagementTag,
  }),
]
