import type { Graph } from '../../graphql/graph.ts'
import {
  extendAccountingRequest,
  fulfilAccountingRequest,
  requestAccounting,
  requestIntermediaryList,
} from './commands.ts'
import { getAccounting, getAccountingRequest, listAccountingRequests } from './service.ts'

export const accountingGraph: Graph = {
  queries: { accountingRequest: getAccountingRequest, accountingRequests: listAccountingRequests },
  mutations: { requestAccounting, requestIntermediaryList, extendAccountingRequest, fulfilAccountingRequest },
  fields: {
    Patient: {
      accounting: { action: getAccounting },
      accountingRequests: { action: listAccountingRequests, by: 'patientId' },
    },
  },
}
