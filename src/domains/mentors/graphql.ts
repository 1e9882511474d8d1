import type { Graph } from '../../graphql/graph.ts'
import { wishedTimes } from './availability.ts'
import {
  audiences,
  mentorStatuses,
  mentorTypes,
  pauseReasons,
  recoveryBands,
  releasableFields,
} from './codes.ts'
import { importMentors } from './import.ts'
import { getMentors, mentorsOfOrganizations, mentorsOfPrograms } from './many.ts'
import { createMentor, getMentor, listMentors, setMentorStatus, updateMentor } from './service.ts'

export const mentorGraph: Graph = {
  entities: { Mentor: { many: getMentors } },
  queries: { mentor: getMentor, mentors: listMentors },
  mutations: { createMentor, updateMentor, setMentorStatus, importMentors },
  fields: {
    Organization: { mentors: { action: listMentors, each: mentorsOfOrganizations, by: 'organizationId' } },
    Program: { mentors: { action: listMentors, each: mentorsOfPrograms, by: 'programId' } },
  },
  enums: {
    MentorType: mentorTypes,
    MentorStatus: mentorStatuses,
    RecoveryBand: recoveryBands,
    Audience: audiences,
    ReleasableField: releasableFields,
    MentorPauseReason: pauseReasons,
    WishedTime: wishedTimes,
  },
}
