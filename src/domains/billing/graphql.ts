import type { Graph } from '../../graphql/graph.ts'
import { aggregations, billingRuleStatuses, overlapRules, paymentDecisions, unitReasons } from './codes.ts'
import { createBillingRule, endBillingRule, withdrawBillingRule } from './commands.ts'
import { exportServiceUnits, getBillingRule, listBillingRules, listServiceUnits } from './service.ts'

export const billingGraph: Graph = {
  entities: { BillingRule: { one: getBillingRule } },
  queries: {
    billingRule: getBillingRule,
    billingRules: listBillingRules,
    serviceUnits: listServiceUnits,
    serviceUnitExport: exportServiceUnits,
  },
  mutations: { createBillingRule, endBillingRule, withdrawBillingRule },
  enums: {
    BillingAggregation: aggregations,
    BillingRuleStatus: billingRuleStatuses,
    OverlapRule: overlapRules,
    PaymentDecision: paymentDecisions,
    ServiceUnitReason: unitReasons,
  },
}
