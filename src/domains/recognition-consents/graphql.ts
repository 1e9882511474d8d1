import type { Graph } from '../../graphql/graph.ts'
import {
  consentToRecognition,
  getRecognitionConsent,
  listRecognitionConsents,
  withdrawRecognitionConsent,
} from './service.ts'

export const recognitionConsentGraph: Graph = {
  entities: { RecognitionConsent: { one: getRecognitionConsent } },
  queries: { recognitionConsent: getRecognitionConsent },
  mutations: { consentToRecognition, withdrawRecognitionConsent },
  fields: { Mentor: { recognitionConsents: { action: listRecognitionConsents } } },
}
