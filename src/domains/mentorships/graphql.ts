import type { Graph } from '../../graphql/graph.ts'
import { cadences, contactModes } from '../programs/contract.ts'
import { agree, listAgreements } from './agreements.ts'
import { correctContact, listContacts, listContactVersions, recordContact } from './contacts.ts'
import { contactNeeds, contactResults, feltAccompanied, voices } from './contract.ts'
import { intensities } from './intensity.ts'
import {
  contactsOfMentorships,
  getMentorships,
  mentorshipsOfMentors,
  mentorshipsOfReferrals,
} from './many.ts'
import {
  closeMentorship,
  getMentorship,
  getMentorshipPatient,
  listMentorships,
  pauseMentorship,
  recuseMentorship,
  resumeMentorship,
  updateMentorship,
} from './service.ts'
import { getClosingVoices, sayClosingVoice } from './voices.ts'

export const mentorshipGraph: Graph = {
  entities: { Mentorship: { many: getMentorships, also: ['continuityOfId', 'handsOverId'] } },
  queries: { mentorship: getMentorship, mentorships: listMentorships },
  mutations: {
    recordContact,
    correctContact,
    pauseMentorship,
    resumeMentorship,
    closeMentorship,
    updateMentorship,
    recuseMentorship,
    createAgreement: agree,
    sayClosingVoice,
  },
  fields: {
    Mentorship: {
      contacts: { action: listContacts, each: contactsOfMentorships },
      /** The mentor has no right to the patient's record, but one to know whom to call. */
      personToCall: { action: getMentorshipPatient },
      agreements: { action: listAgreements },
      closingVoices: { action: getClosingVoices },
    },
    Contact: { versions: { action: listContactVersions } },
    Mentor: { mentorships: { action: listMentorships, each: mentorshipsOfMentors, by: 'mentorId' } },
    Referral: { mentorships: { action: listMentorships, each: mentorshipsOfReferrals, by: 'referralId' } },
  },
  subscriptions: {
    mentorshipChanged: {
      description: 'A mentorship started, changed, paused, resumed, needs another mentor or closed.',
      types: 'mentorship.*',
      shows: { member: 'mentorship', contract: 'Mentorship', many: getMentorships },
    },
  },
  enums: {
    ContactMode: contactModes,
    ContactResult: contactResults,
    ContactNeed: contactNeeds,
    Cadence: cadences,
    Intensity: intensities,
    Voice: voices,
    FeltAccompanied: feltAccompanied,
  },
}
