import type { Graph } from '../../graphql/graph.ts'
import {
  consentKinds,
  consentStatuses,
  dataClasses,
  documentTypes,
  purposes,
  revocationForms,
  suspensionReasons,
} from './codes.ts'
import {
  changeConsentDraft,
  enterConsentInError,
  expireConsent,
  reinstateConsent,
  reviewConsent,
  signConsent,
  suspendConsent,
} from './commands.ts'
import { obligations } from './contract.ts'
import { consentsOfPatients, getConsents, revocationsOfConsents } from './many.ts'
import { revokeConsent } from './revocation.ts'
import {
  checkConsent,
  createConsent,
  getConsent,
  getConsentDocument,
  listConsentRevocations,
  listConsents,
} from './service.ts'

export const consentGraph: Graph = {
  entities: { Consent: { many: getConsents, also: ['supersedesId'] } },
  queries: { consent: getConsent, consents: listConsents, checkConsent },
  mutations: {
    createConsent,
    updateConsent: changeConsentDraft,
    signConsent,
    reviewConsent,
    suspendConsent,
    reinstateConsent,
    revokeConsent,
    expireConsent,
    enterConsentInError,
  },
  fields: {
    Consent: {
      document: { action: getConsentDocument },
      revocations: { action: listConsentRevocations, each: revocationsOfConsents },
    },
    Patient: { consents: { action: listConsents, each: consentsOfPatients, by: 'patientId' } },
  },
  enums: {
    ConsentKind: consentKinds,
    ConsentStatus: consentStatuses,
    DataClass: dataClasses,
    Purpose: purposes,
    DisclosureObligation: obligations,
    SuspensionReason: suspensionReasons,
    RevocationForm: revocationForms,
    ConsentDocumentType: documentTypes,
  },
}
