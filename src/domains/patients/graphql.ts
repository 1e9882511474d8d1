import type { Graph } from '../../graphql/graph.ts'
import { getPatients } from './many.ts'
import { createPatient, getPatient, listPatients, updatePatient } from './service.ts'

export const patientGraph: Graph = {
  entities: { Patient: { many: getPatients } },
  queries: { patient: getPatient, patients: listPatients },
  mutations: { createPatient, updatePatient },
}
