import type { Graph } from '../../graphql/graph.ts'
import { externalStatuses, reviewOutcomes } from './codes.ts'
import {
  getExternalCredit,
  listExternalCredits,
  reviewExternalCredit,
  submitExternalCredit,
} from './commands.ts'
import { awardCredit, getAward, listAwards } from './service.ts'

export const creditGraph: Graph = {
  entities: { CreditAward: { one: getAward }, ExternalCredit: { one: getExternalCredit } },
  queries: { creditAward: getAward, externalCredit: getExternalCredit },
  mutations: { awardCredit, submitExternalCredit, reviewExternalCredit },
  fields: {
    Learner: {
      creditAwards: { action: listAwards },
      externalCredits: { action: listExternalCredits },
    },
  },
  enums: { ExternalCreditStatus: externalStatuses, ExternalCreditOutcome: reviewOutcomes },
}
