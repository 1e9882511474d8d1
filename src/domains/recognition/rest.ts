import { add, command, create, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { decideAppeal, getAppeal, listAppeals, openAppeal } from './appeals.ts'
import {
  evaluateRecognition,
  liftRecognitionBar,
  publishScheme,
  retireScheme,
  revokeRecognition,
} from './commands.ts'
import {
  RecognitionAppeal,
  RecognitionCredential,
  RecognitionEvaluation,
  RecognitionScheme,
} from './contract.ts'
import {
  getEvaluation,
  getRecognition,
  getScheme,
  listEvaluations,
  listRecognition,
  listSchemes,
} from './service.ts'

const tag = 'Recognition'

export const recognitionRoutes: readonly Route[] = [
  list('/recognition-schemes', listSchemes, {
    tag,
    summary: 'Schemes of the network, newest revision first',
    answer: pageOf(RecognitionScheme),
  }),
  create('/recognition-schemes', publishScheme, {
    tag,
    summary: 'Publish a scheme, or its next revision',
    description:
      'For the office that runs the network. A rule is a fact that the service measures, and what it is held against; how people fare is no fact, and no rule reads a group of fewer than eleven.',
    answer: RecognitionScheme,
    refusals: ['natural_key_taken'],
    example: {
      request: {
        code: 'mentorship_ready',
        name: 'Mentorship-ready',
        description: 'Supervision is kept, papers are in order, and people are called soon.',
        subject: 'organization',
        validMonths: 12,
        rules: [
          { fact: 'supervision_kept', comparison: 'at_least', threshold: 0.9 },
          { fact: 'hours_to_first_contact', comparison: 'at_most', threshold: 72, windowDays: 180 },
        ],
      },
    },
  }),
  item('/recognition-schemes/{id}', getScheme, {
    tag,
    summary: 'Get a revision of a scheme',
    answer: RecognitionScheme,
  }),
  command('/recognition-schemes/{id}/retire', retireScheme, {
    tag,
    summary: 'End a scheme',
    description: 'Credentials that were issued stay good until they end.',
    answer: RecognitionScheme,
  }),
  add('/recognition-schemes/{id}/evaluations', evaluateRecognition, {
    tag,
    summary: 'Have your organization, or a mentor of yours, evaluated by a scheme',
    description:
      'Explained fact by fact. Where every fact is met, a credential is issued in the same moment. From then on the evaluation is made again every 30 days by itself, and a credential that ends within 60 days is renewed.',
    answer: RecognitionEvaluation,
    refusals: ['transition_not_allowed', 'consent_not_in_force'],
    locate: ({ id }) => `/v1/recognition-evaluations/${id}`,
    example: { request: {} },
  }),
  list('/recognition-evaluations', listEvaluations, {
    tag,
    summary: 'Evaluations of your organization and its mentors, newest first',
    answer: pageOf(RecognitionEvaluation),
  }),
  item('/recognition-evaluations/{id}', getEvaluation, {
    tag,
    summary: 'Get an evaluation, fact by fact',
    answer: RecognitionEvaluation,
  }),
  add('/recognition-evaluations/{id}/appeal', openAppeal, {
    tag,
    summary: 'Appeal an evaluation',
    answer: RecognitionAppeal,
    refusals: ['transition_not_allowed'],
    locate: ({ id }) => `/v1/recognition-appeals/${id}`,
    example: {
      request: { grounds: 'Sample: three sessions of October were recorded after the evaluation was made.' },
    },
  }),
  list('/recognition-appeals', listAppeals, {
    tag,
    summary: 'Your appeals, newest first; to the network’s office those of the network',
    answer: pageOf(RecognitionAppeal),
  }),
  item('/recognition-appeals/{id}', getAppeal, { tag, summary: 'Get an appeal', answer: RecognitionAppeal }),
  command('/recognition-appeals/{id}/decide', decideAppeal, {
    tag,
    summary: 'Decide an appeal',
    description:
      'For the office that runs the network, and never for whoever appealed. An upheld appeal has the evaluation made again by the rules of today, with at most one fact counted as met.',
    answer: RecognitionAppeal,
    refusals: ['transition_not_allowed', 'review_by_another'],
    example: { request: { decision: 'upheld', reason: 'The sessions were held; they were entered late.' } },
  }),
  list('/recognition-credentials', listRecognition, {
    tag,
    summary: 'Recognition of the network’s organizations, and of your mentors, newest first',
    answer: pageOf(RecognitionCredential),
  }),
  item('/recognition-credentials/{id}', getRecognition, {
    tag,
    summary: 'Get a credential as its holder’s network knows it',
    answer: RecognitionCredential,
    // Time alone makes it expired.
    etagOf: ({ version, state }) => `"v${version}.${state}"`,
  }),
  command('/recognition-credentials/{id}/revoke', revokeRecognition, {
    tag,
    summary: 'Revoke a credential',
    description:
      'For `misuse`, none is issued again by the same scheme until the office lifts it (`/lift-bar`). A holder who withdraws theirs is issued none by the monthly evaluation, before they ask for one or appeal.',
    answer: RecognitionCredential,
    example: { request: { because: 'withdrawn_by_holder' } },
  }),
  command('/recognition-credentials/{id}/lift-bar', liftRecognitionBar, {
    tag,
    summary: 'Let a credential be issued again after a misuse',
    description:
      'For the office that runs the network. What was revoked stays revoked; from the next evaluation on the facts decide again.',
    answer: RecognitionCredential,
    refusals: ['transition_not_allowed'],
  }),
]
