import type { Graph } from '../../graphql/graph.ts'
import { medicalRoles } from './codes.ts'
import { documentEmergency, reviewEmergency } from './commands.ts'
import { getEmergency, listEmergencies, openEmergency, readEmergencyRecord } from './service.ts'

export const emergencyGraph: Graph = {
  entities: { Emergency: { one: getEmergency } },
  queries: { emergency: getEmergency, emergencies: listEmergencies, emergencyRecord: readEmergencyRecord },
  fields: { Patient: { emergencies: { action: listEmergencies, by: 'patientId' } } },
  mutations: { openEmergency, documentEmergency, reviewEmergency },
  enums: { EmergencyMedicalRole: medicalRoles },
}
