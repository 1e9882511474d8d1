import { create, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { RenewalRule, RenewalStatement } from './contract.ts'
import { createRenewalRule, explainRenewals, getRenewalRule, listRenewalRules } from './service.ts'

const tag = 'Education'

export const renewalRoutes: readonly Route[] = [
  list('/renewal-rules', listRenewalRules, {
    tag,
    summary: 'What renewals ask for, newest first',
    answer: pageOf(RenewalRule),
  }),
  create('/renewal-rules', createRenewalRule, {
    tag,
    summary: 'Say what a renewal asks for',
    answer: RenewalRule,
    refusals: ['natural_key_taken'],
    example: {
      request: {
        code: 'icrc_pr',
        windowMonths: 24,
        credits: '20.00',
        topics: [{ topic: 'ethics', credits: '6.00' }],
        source: 'IC&RC Peer Recovery: 20 hours in two years, 6 of them ethics',
      },
    },
  }),
  item('/renewal-rules/{id}', getRenewalRule, { tag, summary: 'Get a rule', answer: RenewalRule }),
  list('/learners/{id}/renewals', explainRenewals, {
    tag,
    summary: 'What counts towards a renewal, what is missing, and by when',
    answer: pageOf(RenewalStatement),
  }),
]
