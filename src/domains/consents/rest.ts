import { command, create, item, list, patch, question, type Route, view } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import {
  changeConsentDraft,
  enterConsentInError,
  expireConsent,
  reinstateConsent,
  reviewConsent,
  signConsent,
  suspendConsent,
} from './commands.ts'
import { Consent, ConsentDecision, ConsentDocument, ConsentRevocations } from './contract.ts'
import { revokeConsent } from './revocation.ts'
import {
  checkConsent,
  createConsent,
  getConsent,
  getConsentDocument,
  listConsentRevocations,
  listConsents,
} from './service.ts'

const tag = 'Consents'
const refusals = ['transition_not_allowed'] as const

export const consentRoutes: readonly Route[] = [
  list('/consents', listConsents, {
    tag,
    summary: 'List the consents that your organization holds, newest first',
    description: 'To a patient’s own token: theirs.',
    answer: pageOf(Consent),
  }),
  create('/consents', createConsent, {
    tag,
    summary: 'Store a written consent, or a draft of one',
    description:
      'Every element of 42 CFR 2.31 is checked; each missing one is named by its own code. Only a complete, unexpired consent becomes `active`. With `draft: true` whatever is there is kept, and permits nothing. A consent of a minor in a state whose law is not known here is `signed`, and becomes active by a review.',
    answer: Consent,
    refusals: ['consent_incomplete', 'record_erased'],
  }),
  item('/consents/{id}', getConsent, {
    tag,
    summary: 'Get a consent',
    description:
      'A recipient reads it as the copy that accompanies each disclosure (42 CFR 2.32(b)), while it is in force: names only if it covers `identity`, and each reading is written to the ledger.',
    answer: Consent,
  }),
  patch('/consents/{id}', changeConsentDraft, {
    tag,
    summary: 'Change a draft',
    description: 'What is signed is never changed: store another that supersedes it.',
    answer: Consent,
    refusals: [...refusals, 'consent_incomplete'],
    example: { request: { dataClasses: ['identity', 'referral_status'] } },
  }),
  command('/consents/{id}/sign', signConsent, {
    tag,
    summary: 'Sign a draft',
    description: 'Every element has to be there now (42 CFR 2.31); from this moment on it is never changed.',
    answer: Consent,
    refusals: [...refusals, 'consent_incomplete'],
    example: {
      request: {
        signedOn: '2026-11-20',
        signatures: [
          { role: 'patient', name: 'Sample Patient', method: 'electronic', signedAt: '2026-11-20T15:00:00Z' },
        ],
      },
    },
  }),
  command('/consents/{id}/review', reviewConsent, {
    tag,
    summary: 'Approve or reject who signed for a minor',
    answer: Consent,
    refusals,
    example: { request: { outcome: 'approved' } },
  }),
  command('/consents/{id}/suspend', suspendConsent, {
    tag,
    summary: 'Suspend a consent',
    description:
      'At once, for what cannot wait: an oral revocation before the writing is there, a question of capacity, a suspicion that it is false. Nothing is disclosed under it until it is reinstated. The mentorship goes on.',
    answer: Consent,
    refusals,
    example: { request: { reason: 'oral_revocation' } },
  }),
  command('/consents/{id}/reinstate', reinstateConsent, {
    tag,
    summary: 'Reinstate a suspended consent',
    answer: Consent,
    refusals,
  }),
  command('/consents/{id}/revoke', revokeConsent, {
    tag,
    summary: 'Revoke a consent, or a part of it',
    description:
      'At once, by the clinic for the patient or with the patient’s own token. Open referrals that nothing covers any more are cancelled (`consent_withdrawn`) and their mentorships close, or go on as self-referrals (`continueAsSelfReferral`); the recipients’ next read answers 404, and waiting deliveries are dropped. What was disclosed before is not recalled.',
    answer: Consent,
    refusals,
    example: { request: { reason: 'The patient wrote on paper.' } },
  }),
  view('/consents/{id}/revocations', listConsentRevocations, {
    tag,
    summary: 'What was revoked of a consent, as it was received',
    answer: ConsentRevocations,
  }),
  command('/consents/{id}/expire', expireConsent, {
    tag,
    summary: 'Say that the expiration event has occurred',
    description: 'For a consent that ends by an event (42 CFR 2.31(a)(7)); one with a date ends by itself.',
    answer: Consent,
    refusals,
  }),
  command('/consents/{id}/enter-in-error', enterConsentInError, {
    tag,
    summary: 'Say that a consent should not have been entered',
    description: 'What is open under it parts, as after a revocation.',
    answer: Consent,
    refusals,
  }),
  view('/consents/{id}/document', getConsentDocument, {
    tag,
    summary: 'The consent written out, and the signed document',
    description:
      'The copy of 42 CFR 2.32(b). The signed file itself is given to the organization that holds it.',
    answer: ConsentDocument,
  }),
  question('/consents/check', checkConsent, {
    tag,
    summary: 'Ask what a disclosure would be allowed to show',
    description:
      'The decision that stands before every answer to another organization, run dry. Your organization is the discloser.',
    answer: ConsentDecision,
    example: {
      request: {
        patientId: '01938f3e-7c00-7aaa-8bbb-0123456789ab',
        recipient: { organizationId: '01938f3e-7c00-7aaa-8bbb-0123456789ac' },
        purpose: 'treatment',
        dataClasses: ['identity', 'engagement_status'],
      },
    },
  }),
]
