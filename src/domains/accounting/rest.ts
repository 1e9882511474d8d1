import { add, command, item, list, type Route, view } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import {
  extendAccountingRequest,
  fulfilAccountingRequest,
  requestAccounting,
  requestIntermediaryList,
} from './commands.ts'
import { Accounting, AccountingRequest, AccountingRequestWithDocument } from './contract.ts'
import { getAccounting, getAccountingRequest, listAccountingRequests } from './service.ts'

const tag = 'Audit and ledger'
const locate = ({ id }: { id: string }) => `/v1/accounting-requests/${id}`

export const accountingRoutes: readonly Route[] = [
  view('/patients/{id}/accounting', getAccounting, {
    tag,
    summary: 'An accounting of disclosures (42 CFR 2.25)',
    description:
      'For the organization that holds the patient, and for the patient with a portal token of their own. What the organization itself disclosed.',
    answer: Accounting,
  }),
  add('/patients/{id}/accounting-requests', requestAccounting, {
    tag,
    summary: 'A patient asks for an accounting: due in sixty days',
    answer: AccountingRequest,
    locate,
    example: { request: { from: '2026-01-01' } },
  }),
  add('/patients/{id}/intermediary-disclosure-requests', requestIntermediaryList, {
    tag,
    summary: 'A patient asks an intermediary who received their record: due in thirty days (42 CFR 2.24)',
    answer: AccountingRequest,
    locate,
  }),
  list('/accounting-requests', listAccountingRequests, {
    tag,
    summary: 'Requests for accountings and lists of recipients, newest first',
    answer: pageOf(AccountingRequest),
  }),
  item('/accounting-requests/{id}', getAccountingRequest, {
    tag,
    summary: 'Get a request with its document',
    answer: AccountingRequestWithDocument,
  }),
  command('/accounting-requests/{id}/extend', extendAccountingRequest, {
    tag,
    summary: 'Extend an accounting once, by thirty days, for a reason',
    answer: AccountingRequest,
    refusals: ['transition_not_allowed'],
    example: { request: { reason: 'Sample: entries on paper are still being added.' } },
  }),
  command('/accounting-requests/{id}/fulfil', fulfilAccountingRequest, {
    tag,
    summary: 'Fulfil a request: the document is made, and its digest kept',
    answer: AccountingRequestWithDocument,
    refusals: ['transition_not_allowed'],
  }),
]
