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
    Mentor: {
      eligibility: { action: getEligibility },
      screenings: { action: listScreenings },
      credentials: { action: listCredentials },
    },
  },
  enums: {
    ScreeningKind: screeningKinds,
    ScreeningResult: resultClasses,
    Verification: verifications,
    RequirementItem: requirementItems,
  },
}
