import type { Graph } from '../../graphql/graph.ts'
import { createRenewalRule, explainRenewals, getRenewalRule, listRenewalRules } from './service.ts'

export const renewalGraph: Graph = {
  entities: { RenewalRule: { one: getRenewalRule } },
  queries: { renewalRule: getRenewalRule, renewalRules: listRenewalRules },
  mutations: { createRenewalRule },
  fields: { Learner: { renewals: { action: explainRenewals } } },
  enums: { EarnedCreditKind: ['award', 'external'] },
}
