import type { Graph } from '../../graphql/graph.ts'
import { sessionsOfMentors } from './many.ts'
import { getSession, listSessions, recordSession } from './service.ts'

export const supervisionGraph: Graph = {
  entities: { SupervisionSession: { one: getSession } },
  queries: { supervisionSession: getSession, supervisionSessions: listSessions },
  mutations: { recordSupervisionSession: recordSession },
  fields: {
    Mentor: { supervisionSessions: { action: listSessions, each: sessionsOfMentors, by: 'mentorId' } },
  },
}
