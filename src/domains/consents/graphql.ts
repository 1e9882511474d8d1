import type { Graph } from '../../graphql/graph.ts'
import { consentKinds, consentStatuses, dataClasses, obligations, purposes } from './contract.ts'
import { consentsOfPatients, getConsents } from './many.ts'
import { checkConsent, createConsent, getConsent, listConsents, revokeConsent } from './service.ts'

export const consentGraph: Graph = {
  entities: { Consent: { many: getConsents } },
  queries: { consent: getConsent, consents: listConsents, checkConsent },
  mutations: { createConsent, revokeConsent },
  fields: { Patient: { consents: { action: listConsents, each: consentsOfPatients, by: 'patientId' } } },
  enums: {
    ConsentKind: consentKinds,
    ConsentStatus: consentStatuses,
    DataClass: dataClasses,
    Purpose: purposes,
    DisclosureObligation: obligations,
  },
}
