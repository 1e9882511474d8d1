import { command, createOnce, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import {
  acceptReferral,
  cancelReferral,
  completeReferral,
  enterReferralInError,
  failReferral,
  holdReferral,
  rejectReferral,
  reopenReferral,
  resumeReferral,
  waitlistReferral,
} from './commands.ts'
import { AllowedTransitions, Referral, ReferralHistory } from './contract.ts'
import {
  createReferral,
  getAllowedTransitions,
  getReferral,
  getReferralHistory,
  listReferrals,
} from './service.ts'

const tag = 'Referrals'
const refusals = ['transition_not_allowed'] as const

export const referralRoutes: readonly Route[] = [
  list('/referrals', listReferrals, {
    tag,
    summary: 'List the referrals that you sent or received, newest first',
    description:
      'A received referral is listed while a consent covers it, with the short statement of 42 CFR 2.32; each is written to the disclosure ledger. With `modifiedSince` the order is by change, oldest first: start the next pull a minute before the last one.',
    answer: pageOf(Referral),
  }),
  createOnce('/referrals', createReferral, {
    tag,
    summary: 'Refer a patient to a mentor, in one call',
    description:
      'Patient by your own identifier and consent inline. Safe to repeat: with the same Idempotency-Key the same answer comes back; with the same `placerId` the referral that is there answers with 200, unchanged.',
    answer: Referral,
    refusals: ['consent_incomplete', 'no_program_available', 'record_erased'],
  }),
  item('/referrals/{id}', getReferral, { tag, summary: 'Get a referral', answer: Referral }),
  list('/referrals/{id}/history', getReferralHistory, {
    tag,
    summary: 'What happened to a referral, oldest first',
    answer: ReferralHistory,
  }),
  item('/referrals/{id}/allowed-transitions', getAllowedTransitions, {
    tag,
    summary: 'What you may do with a referral now',
    answer: AllowedTransitions,
  }),
  command('/referrals/{id}/accept', acceptReferral, {
    tag,
    summary: 'Accept a referral',
    description: 'By the receiving organization.',
    answer: Referral,
    refusals,
  }),
  command('/referrals/{id}/reject', rejectReferral, {
    tag,
    summary: 'Reject a referral',
    description: 'By the receiving organization, with a coded reason.',
    answer: Referral,
    refusals,
    example: { request: { reason: 'no_capacity' } },
  }),
  command('/referrals/{id}/cancel', cancelReferral, {
    tag,
    summary: 'Cancel a referral',
    description: 'By either organization, with a coded reason. A mentorship that lives under it closes.',
    answer: Referral,
    refusals,
    example: { request: { reason: 'person_declined' } },
  }),
  command('/referrals/{id}/waitlist', waitlistReferral, {
    tag,
    summary: 'Keep a place for the person while there is no room',
    description:
      'By the receiving organization, after accepting. There is a day on which somebody looks again; an offer takes the person off the waitlist.',
    answer: Referral,
    refusals,
    example: { request: { reviewBy: '2026-12-15' } },
  }),
  command('/referrals/{id}/hold', holdReferral, {
    tag,
    summary: 'Put a referral on hold',
    description: 'By the receiving organization. Every hold has a day on which somebody looks again.',
    answer: Referral,
    refusals,
    example: { request: { reason: 'in_hospital_or_residential', resumeBy: '2026-12-15' } },
  }),
  command('/referrals/{id}/resume', resumeReferral, {
    tag,
    summary: 'End a hold',
    description: 'By the receiving organization. The next clock starts with it.',
    answer: Referral,
    refusals,
  }),
  command('/referrals/{id}/complete', completeReferral, {
    tag,
    summary: 'Complete a referral',
    description:
      'By the receiving organization, after at least one two-way contact. The mentorship closes with the same outcome.',
    answer: Referral,
    refusals: [...refusals, 'two_way_contact_required'],
    example: { request: { outcome: 'goals_met' } },
  }),
  command('/referrals/{id}/fail', failReferral, {
    tag,
    summary: 'Give a referral up',
    description:
      'By the receiving organization. `unable_to_contact` needs three recorded attempts on two channels over seven days.',
    answer: Referral,
    refusals: [...refusals, 'contact_attempts_required'],
    example: { request: { reason: 'moved_away' } },
  }),
  command('/referrals/{id}/enter-in-error', enterReferralInError, {
    tag,
    summary: 'Mark a referral as entered in error',
    description: 'By the organization that sent it. Nothing is deleted; the history stays.',
    answer: Referral,
    refusals,
    example: { request: { text: 'Wrong patient chosen.' } },
  }),
  command('/referrals/{id}/reopen', reopenReferral, {
    tag,
    summary: 'Refer again after a referral has closed',
    description:
      'By the organization that sent it. Makes a new referral that replaces the closed one; what is not said anew is taken from it.',
    answer: Referral,
    status: 201,
    locate: ({ id }) => `/v1/referrals/${id}`,
    refusals: [...refusals, 'consent_incomplete', 'no_program_available', 'natural_key_taken'],
    example: { request: { placerId: 'EHR-ORDER-4712', priority: 'routine' } },
  }),
]
