import type { Graph } from '../../graphql/graph.ts'
import { listHolds, placeHold, releaseHold } from './commands.ts'
import { destroyedClasses, grounds } from './contract.ts'
import { holdsOfPatients } from './many.ts'
import {
  destroyPatient,
  getCertificate,
  getRetentionPolicy,
  listCertificates,
  updateRetentionPolicy,
} from './service.ts'

export const destructionGraph: Graph = {
  entities: { DestructionCertificate: { one: getCertificate } },
  queries: {
    destructionCertificate: getCertificate,
    destructionCertificates: listCertificates,
    retentionPolicy: getRetentionPolicy,
  },
  mutations: {
    destroyPatient,
    placeLegalHold: placeHold,
    releaseLegalHold: releaseHold,
    updateRetentionPolicy,
  },
  fields: { Patient: { legalHolds: { action: listHolds, each: holdsOfPatients } } },
  enums: { DestructionGround: grounds, DestroyedClass: destroyedClasses },
}
