import type { Graph } from '../../graphql/graph.ts'
import { activateRuleSet, getRuleSet, listRuleSets, proposeRuleSet, simulateRuleSet } from './commands.ts'
import { engagementStatuses, reasonCodes, timelineTypes } from './contract.ts'
import { getEngagements } from './many.ts'
import { getEngagement, getTimeline, listEngagement } from './service.ts'

export const engagementGraph: Graph = {
  entities: { EngagementRuleSet: { one: getRuleSet } },
  queries: {
    engagements: listEngagement,
    engagementRuleSet: getRuleSet,
    engagementRuleSets: listRuleSets,
    simulateEngagementRuleSet: simulateRuleSet,
  },
  mutations: { proposeEngagementRuleSet: proposeRuleSet, activateEngagementRuleSet: activateRuleSet },
  fields: {
    Referral: {
      engagement: { action: getEngagement, each: getEngagements },
      timeline: { action: getTimeline, cost: 5 },
    },
    EngagementSimulation: {
      differingReferrals: {
        entity: 'Referral',
        from: 'differing',
        description: 'The referrals whose status would differ.',
      },
    },
    EngagementMentorship: {
      record: {
        entity: 'Mentorship',
        from: 'id',
        description: 'The mentorship itself, as far as you may see it.',
      },
    },
  },
  subscriptions: {
    engagementChanged: {
      description: 'The engagement of a referral has another status, by what happened or by time alone.',
      types: 'engagement.changed',
      shows: { member: 'engagement', contract: 'Engagement', many: getEngagements },
    },
  },
  enums: {
    EngagementStatus: engagementStatuses,
    EngagementReason: reasonCodes,
    TimelineEntryType: timelineTypes,
  },
}
