import type { Graph } from '../../graphql/graph.ts'
import { nextActions, ownerRoles, priorities } from '../clocks/contract.ts'
import {
  businessStatuses,
  cancelReasons,
  failReasons,
  holdReasons,
  outcomes,
  referralReasons,
  referralStatuses,
  rejectReasons,
} from './codes.ts'
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
import {
  allowedTransitionsOfReferrals,
  getReferrals,
  historiesOfReferrals,
  referralsOfConsents,
  referralsOfPatients,
  referralsOfPrograms,
} from './many.ts'
import {
  createReferral,
  getAllowedTransitions,
  getReferral,
  getReferralHistory,
  listReferrals,
} from './service.ts'

export const referralGraph: Graph = {
  entities: { Referral: { many: getReferrals, also: ['replacesId'] } },
  queries: { referral: getReferral, referrals: listReferrals },
  mutations: {
    createReferral,
    acceptReferral,
    rejectReferral,
    cancelReferral,
    waitlistReferral,
    holdReferral,
    resumeReferral,
    completeReferral,
    failReferral,
    enterReferralInError,
    reopenReferral,
  },
  fields: {
    Referral: {
      history: { action: getReferralHistory, each: historiesOfReferrals },
      allowedTransitions: { action: getAllowedTransitions, each: allowedTransitionsOfReferrals },
    },
    Patient: { referrals: { action: listReferrals, each: referralsOfPatients, by: 'patientId' } },
    Program: { referrals: { action: listReferrals, each: referralsOfPrograms, by: 'programId' } },
    Consent: { referrals: { action: listReferrals, each: referralsOfConsents, by: 'consentId' } },
  },
  subscriptions: {
    referralChanged: {
      description: 'A referral that you sent or received was requested or moved on.',
      types: 'referral.*',
      shows: { member: 'referral', contract: 'Referral', many: getReferrals },
    },
  },
  enums: {
    ReferralStatus: referralStatuses,
    ReferralBusinessStatus: businessStatuses,
    ReferralReason: referralReasons,
    ReferralOutcome: outcomes,
    RejectReason: rejectReasons,
    CancelReason: cancelReasons,
    HoldReason: holdReasons,
    FailReason: failReasons,
    Priority: priorities,
    OwnerRole: ownerRoles,
    NextAction: nextActions,
  },
}
