import type { Graph } from '../../graphql/graph.ts'
import { listAccesses, listAuditEvents, verifyAuditEvents } from './service.ts'

export const auditGraph: Graph = {
  queries: { auditEvents: listAuditEvents, verifyAuditEvents },
  fields: {
    Patient: {
      accesses: { action: listAccesses },
      auditEvents: { action: listAuditEvents, by: 'patientId' },
    },
    AuditEvent: { subject: { entity: 'Node', from: 'subjectId', description: 'What was read or changed.' } },
  },
}
