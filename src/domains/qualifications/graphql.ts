import type { Graph } from '../../graphql/graph.ts'
import { requirementItems, resultClasses, screeningKinds, verifications } from './codes.ts'
import {
  decideScreening,
  enterCredentialInError,
  enterScreeningInError,
  recordCredential,
  recordScreening,
  revokeCredential,
  verifyCredential,
} from './commands.ts'
import {
  credentialsOfMentors,
  eligibilityOfMentors,
  getCredentials,
  getScreenings,
  screeningsOfMentors,
} from './many.ts'
import {
  endRequirement,
  getCredential,
  getEligibility,
  getRequirement,
  getScreening,
  listCredentials,
  listRequirements,
  listScreenings,
  setRequirement,
} from './service.ts'

export const qualificationGraph: Graph = {
  entities: {
    Screening: { many: getScreenings },
    Credential: { many: getCredentials },
    MentorRequirement: { one: getRequirement },
  },
  queries: {
    mentorRequirement: getRequirement,
    mentorRequirements: listRequirements,
    screening: getScreening,
    credential: getCredential,
  },
  mutations: {
    setMentorRequirement: setRequirement,
    endMentorRequirement: endRequirement,
    recordScreening,
    decideScreening,
    enterScreeningInError,
    recordCredential,
    verifyCredential,
    revokeCredential,
    enterCredentialInError,
  },
  fields: {
    MentorEligibilityItems: {
      evidence: {
        entity: 'Node',
        from: 'evidenceId',
        description: 'The screening or credential that it rests on.',
      },
    },
    Mentor: {
      eligibility: { action: getEligibility, each: eligibilityOfMentors },
      screenings: { action: listScreenings, each: screeningsOfMentors },
      credentials: { action: listCredentials, each: credentialsOfMentors },
    },
  },
  enums: {
    ScreeningKind: screeningKinds,
    ScreeningResult: resultClasses,
    Verification: verifications,
    RequirementItem: requirementItems,
  },
}
