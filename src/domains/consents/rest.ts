import { command, create, item, list, question, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Consent, ConsentDecision } from './contract.ts'
import { checkConsent, createConsent, getConsent, listConsents, revokeConsent } from './service.ts'

const tag = 'Consents'

export const consentRoutes: readonly Route[] = [
  list('/consents', listConsents, {
    tag,
    summary: 'List the consents that your organization holds, newest first',
    answer: pageOf(Consent),
  }),
  create('/consents', createConsent, {
    tag,
    summary: 'Store a written consent',
    description:
      'Every element of 42 CFR 2.31 is checked; each missing one is named by its own code. Only a complete, unexpired consent is stored, and it is `active`.',
    answer: Consent,
    refusals: ['consent_incomplete'],
  }),
  item('/consents/{id}', getConsent, {
    tag,
    summary: 'Get a consent',
    description:
      'A recipient reads it as the copy that accompanies each disclosure (42 CFR 2.32(b)), while it is in force.',
    answer: Consent,
  }),
  command('/consents/{id}/revoke', revokeConsent, {
    tag,
    summary: 'Revoke a consent',
    description:
      'At once: open referrals under it are cancelled (`consent_withdrawn`), mentorships close, and the recipients’ next read answers 404. What was disclosed before is not recalled.',
    answer: Consent,
    example: { request: { reason: 'The patient wrote on paper.' } },
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
