import { command, create, item, list, question, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { activateRuleSet, getRuleSet, listRuleSets, proposeRuleSet, simulateRuleSet } from './commands.ts'
import { Engagement, EngagementRuleSet, Simulation, Timeline } from './contract.ts'
import { getEngagement, getTimeline, listEngagement } from './service.ts'
import { engagementTag } from './view.ts'

const tag = 'Engagement'

export const engagementRoutes: readonly Route[] = [
  item('/referrals/{id}/engagement', getEngagement, {
    tag,
    summary: 'Is this person being accompanied?',
    description:
      'Computed at the moment of the request from facts, by a named rule set; without content. To the referring clinic it is a disclosure of the receiving organization, and carries the notice.',
    answer: Engagement,
    refusals: ['consent_not_in_force'],
    etagOf: engagementTag,
  }),
  list('/engagement', listEngagement, {
    tag,
    summary: 'Are they being accompanied? Many referrals at once',
    description:
      'Of the referrals that you sent or received, newest first; each is computed at the moment of the request. What no consent lets you see is left out; what crosses organizations carries the short statement of 42 CFR 2.32 and is written to the disclosure ledger. With `modifiedSince` the order is by change, oldest first: start the next pull a minute before the last one. What time alone changes is found once the service has looked, which it does every minute or so. With `status` a page may hold fewer items than `limit`, or none, and still have a next one.',
    answer: pageOf(Engagement),
  }),
  list('/referrals/{id}/timeline', getTimeline, {
    tag,
    summary: 'What happened to this person’s accompaniment, newest first',
    description:
      'Referral, mentorship, contacts and engagement in one list, without content. Entries whose data class no consent covers are left out, and the class is named in `redacted`. A status that time alone brought about is told with the moment at which the service noticed.',
    answer: Timeline,
  }),
  list('/engagement/rule-sets', listRuleSets, {
    tag,
    summary: 'List the rule sets of the network, newest first',
    description: 'The built-in one is the last of them.',
    answer: pageOf(EngagementRuleSet),
  }),
  create('/engagement/rule-sets', proposeRuleSet, {
    tag,
    summary: 'Propose other numbers for the engagement status',
    description:
      'Nothing changes until it is activated. A rule set never changes: propose another. Simulate it first.',
    answer: EngagementRuleSet,
    refusals: ['natural_key_taken'],
    example: {
      request: {
        name: 'eng-2027',
        parameters: {
          engagedWithinDays: 34,
          engagedFurtherContacts: 2,
          atRisk: { intervals: 1.5, leastDays: 7 },
          lapsed: { intervals: 3, leastDays: 21 },
          retentionWindowDays: 14,
        },
      },
    },
  }),
  item('/engagement/rule-sets/{id}', getRuleSet, {
    tag,
    summary: 'Get a rule set',
    answer: EngagementRuleSet,
  }),
  question('/engagement/rule-sets/{id}/simulate', simulateRuleSet, {
    tag,
    summary: 'What would this rule set have said?',
    description:
      'Over the referrals that your organization received, at each step of a period: how many have which status under the rule set that is switched on and under this one, and which would differ today. Contacts count from when they happened, as they are known now; a rhythm that was chosen anew counts from its choice.',
    answer: Simulation,
    example: { request: { from: '2026-09-01T00:00:00Z', to: '2026-11-18T00:00:00Z', stepDays: 7 } },
  }),
  command('/engagement/rule-sets/{id}/activate', activateRuleSet, {
    tag,
    summary: 'Switch a rule set on',
    description:
      'The one before is switched off in the same moment; activate the built-in one to go back. Answers follow at once, and each status that differs is told as `engagement.changed` within minutes.',
    answer: EngagementRuleSet,
  }),
]
