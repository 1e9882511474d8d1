import { add, command, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { RecognitionConsent } from './contract.ts'
import {
  consentToRecognition,
  getRecognitionConsent,
  listRecognitionConsents,
  withdrawRecognitionConsent,
} from './service.ts'

const tag = 'Recognition'
const answer = RecognitionConsent

export const recognitionConsentRoutes: readonly Route[] = [
  list('/mentors/{id}/recognition-consents', listRecognitionConsents, {
    tag,
    summary: 'What a mentor said about being recognized in public, newest first',
    answer: pageOf(RecognitionConsent),
  }),
  add('/mentors/{id}/recognition-consents', consentToRecognition, {
    tag,
    summary: 'Consent to be recognized in public',
    description:
      'By the mentor with their own token, or by the organization, which has it on paper. No mentor is evaluated by a scheme without it. Saying it twice changes nothing.',
    answer,
    locate: ({ id }) => `/v1/recognition-consents/${id}`,
    example: {
      request: {
        signedAt: '2026-11-17T15:00:00Z',
        evidenceHash: `sha256:${'0123456789abcdef'.repeat(4)}`,
      },
    },
  }),
  item('/recognition-consents/{id}', getRecognitionConsent, {
    tag,
    summary: 'Get a consent to be recognized',
    answer,
  }),
  command('/recognition-consents/{id}/withdraw', withdrawRecognitionConsent, {
    tag,
    summary: 'Withdraw the consent to be recognized',
    description:
      'At once: each credential of the mentor is revoked in the same moment, and every verification says so.',
    answer,
  }),
]
