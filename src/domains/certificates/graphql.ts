import type { Graph } from '../../graphql/graph.ts'
import { certificateForms, certificateStatuses, revocationReasons } from './codes.ts'
import { getCertificate, issueCertificate, listCertificates, revokeCertificate } from './service.ts'

export const certificateGraph: Graph = {
  entities: { Certificate: { one: getCertificate } },
  queries: { certificate: getCertificate },
  mutations: { issueCertificate, revokeCertificate },
  fields: { Learner: { certificates: { action: listCertificates } } },
  enums: {
    CertificateForm: certificateForms,
    CertificateStatus: certificateStatuses,
    CertificateRevocationReason: revocationReasons,
  },
}
