import type { Graph } from '../../graphql/graph.ts'
import { capacityStatuses } from './contract.ts'
import { getPrograms, programsOfMentors, programsOfOrganizations } from './many.ts'
import { createProgram, getProgram, listPrograms, reportCapacity, updateProgram } from './service.ts'

export const programGraph: Graph = {
  entities: { Program: { many: getPrograms } },
  queries: { program: getProgram, programs: listPrograms },
  mutations: { createProgram, updateProgram, reportProgramCapacity: reportCapacity },
  fields: {
    Organization: { programs: { action: listPrograms, each: programsOfOrganizations, by: 'organizationId' } },
    Mentor: { programs: { action: listPrograms, each: programsOfMentors, by: 'mentorId' } },
  },
  enums: { ReportedCapacity: capacityStatuses },
}
