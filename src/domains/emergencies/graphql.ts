import type { Graph } from '../../graphql/graph.ts'
import { documentEmergency, reviewEmergency } from './commands.ts'
import { getEmergency, listEmergencies, openEmergency, readEmergencyRecord } from './service.ts'

export const emergencyGraph: Graph = {
  queries: { emergency: getEmergency, emergencies: listEmergencies, emergencyRecord: readEmergencyRecord },
  mutations: { openEmergency, documentEmergency, reviewEmergency },
}
