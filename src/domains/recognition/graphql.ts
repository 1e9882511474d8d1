import type { Graph } from '../../graphql/graph.ts'
import { decideAppeal, getAppeal, listAppeals, openAppeal } from './appeals.ts'
import {
  appealDecisions,
  appealStatuses,
  comparisons,
  credentialStates,
  factReasons,
  occasions,
  outcomes,
  revocationReasons,
  subjects,
} from './codes.ts'
import {
  evaluateRecognition,
  liftRecognitionBar,
  publishScheme,
  retireScheme,
  revokeRecognition,
} from './commands.ts'
import { factCodes } from './facts.ts'
import {
  getEvaluation,
  getRecognition,
  getScheme,
  listEvaluations,
  listRecognition,
  listSchemes,
} from './service.ts'

export const recognitionGraph: Graph = {
  entities: {
    RecognitionScheme: { one: getScheme },
    RecognitionEvaluation: { one: getEvaluation },
    RecognitionCredential: { one: getRecognition },
  },
  queries: {
    recognitionScheme: getScheme,
    recognitionSchemes: listSchemes,
    recognitionEvaluation: getEvaluation,
    recognitionEvaluations: listEvaluations,
    recognitionAppeal: getAppeal,
    recognitionAppeals: listAppeals,
    recognitionCredential: getRecognition,
    recognitionCredentials: listRecognition,
  },
  mutations: {
    publishRecognitionScheme: publishScheme,
    retireRecognitionScheme: retireScheme,
    evaluateRecognition,
    openRecognitionAppeal: openAppeal,
    decideRecognitionAppeal: decideAppeal,
    revokeRecognitionCredential: revokeRecognition,
    liftRecognitionBar,
  },
  fields: { Organization: { recognitionCredentials: { action: listRecognition, by: 'organizationId' } } },
  enums: {
    RecognitionSubject: subjects,
    RecognitionComparison: comparisons,
    RecognitionOccasion: occasions,
    RecognitionOutcome: outcomes,
    RecognitionFactCode: factCodes,
    RecognitionFactReason: factReasons,
    RecognitionAppealStatus: appealStatuses,
    RecognitionAppealDecision: appealDecisions,
    RecognitionCredentialState: credentialStates,
    RecognitionRevocationReason: revocationReasons,
  },
}
