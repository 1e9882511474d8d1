import type { Graph } from '../../graphql/graph.ts'
import { cadences, contactModes } from '../programs/contract.ts'
import { agree, listAgreements } from './agreements.ts'
import { correctContact, listContacts, listContactVersions, recordContact } from './contacts.ts'
import { contactNeeds, contactResults, feltAccompanied, voices } from './contract.ts'
import { intensities } from './intensity.ts'
import {
  agreementsOfMentorships,
  contactsOfMentorships,
  getMentorships,
  mentorshipsOfMentors,
  mentorshipsOfPatients,
  mentorshipsOfReferrals,
  peopleToCall,
  versionsOfContacts,
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
      personToCall: { action: getMentorshipPatient, each: peopleToCall },
      agreements: { action: listAgreements, each: agreementsOfMentorships },
      closingVoices: { action: getClosingVoices },
    },
    Contact: { versions: { action: listContactVersions, each: versionsOfContacts } },
    Mentor: { mentorships: { action: listMentorships, each: mentorshipsOfMentors, by: 'mentorId' } },
    Patient: { mentorships: { action: listMentorships, each: mentorshipsOfPatients, by: 'patientId' } },
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
