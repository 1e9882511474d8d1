import { command, create, item, list, type Route, view } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { createBillingRule, endBillingRule, withdrawBillingRule } from './commands.ts'
import { BillingRule, ServiceUnitExport, ServiceUnitLine } from './contract.ts'
import { exportServiceUnits, getBillingRule, listBillingRules, listServiceUnits } from './service.ts'

const tag = 'Billing'
const answer = BillingRule
const csvColumns = Object.keys(ServiceUnitLine.shape)

export const billingRoutes: readonly Route[] = [
  list('/billing-rules', listBillingRules, {
    tag,
    summary: 'How payers count what you deliver, newest first',
    description: 'Your own revisions, and those that the network’s office set for everybody.',
    answer: pageOf(BillingRule),
  }),
  create('/billing-rules', createBillingRule, {
    tag,
    summary: 'Say how a payer counts a service, from a day on',
    description:
      'A revision. One without an end ends the day before; other days that two would share are refused. Days before `effectiveFrom` stay counted as they were.',
    answer,
    refusals: ['billing_rule_overlaps', 'insufficient_scope'],
    example: {
      request: {
        payerCode: 'state_medicaid',
        serviceCode: 'H0038',
        effectiveFrom: '2026-01-01',
        roundUpFromMinutes: 8,
        aggregation: 'person_mentor_day',
        unitsMax: 16,
        mentorTypes: ['peer_certified'],
        source: 'Sample State Medicaid manual, peer support, section 3',
      },
    },
  }),
  item('/billing-rules/{id}', getBillingRule, { tag, summary: 'Get a billing rule', answer }),
  command('/billing-rules/{id}/end', endBillingRule, {
    tag,
    summary: 'Count nothing by a rule after a day',
    answer,
    refusals: ['transition_not_allowed', 'billing_rule_overlaps'],
    example: { request: { lastDay: '2026-12-31' } },
  }),
  command('/billing-rules/{id}/withdraw', withdrawBillingRule, {
    tag,
    summary: 'Say that a rule was a mistake',
    description: 'It counts for no day any more; its days are free for another revision.',
    answer,
  }),
  list('/billing-rules/{id}/service-units', listServiceUnits, {
    tag,
    summary: 'What you delivered in a period, contact by contact, in a payer’s units',
    description:
      'Oldest first; also as CSV, a page at a time. Computed from your own contacts as they are now: minutes, the rule of the day and the units that came of it. Those entered in error are left out.',
    answer: pageOf(ServiceUnitLine),
    csv: { columns: csvColumns, rowsOf: ({ data }) => data },
  }),
  view('/billing-rules/{id}/service-units/export', exportServiceUnits, {
    tag,
    summary: 'A whole period in one answer, as JSON or CSV, for billing staff',
    description:
      'At most 35 days and 5,000 contacts. No names and no notes. Sending it to a payer is a disclosure for payment: send the lines that are `permitted`, with the notice of 42 CFR 2.32.',
    answer: ServiceUnitExport,
    csv: { columns: csvColumns, rowsOf: ({ lines }) => lines },
  }),
]
