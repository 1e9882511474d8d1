import { list, type Route, view } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Accesses, AuditEvent, Verification } from './contract.ts'
import { listAccesses, listAuditEvents, verifyAuditEvents } from './service.ts'

const tag = 'Audit and ledger'

export const auditRoutes: readonly Route[] = [
  list('/audit-events', listAuditEvents, {
    tag,
    summary: 'What your organization’s clients read, changed or were refused, newest first',
    description:
      'Append-only, and written in the transaction of the request: what left no row was not answered. Reading it is audited too.',
    answer: pageOf(AuditEvent),
  }),
  view('/audit-events/verify', verifyAuditEvents, {
    tag,
    summary: 'Check the hash chain over audit trail and ledger',
    description:
      'Recomputes the chain of the whole network, some thousand links a call, and tells positions only. Go on with `from` = `nextFrom`.',
    answer: Verification,
  }),
  view('/patients/{id}/accesses', listAccesses, {
    tag,
    summary: 'Who did what with a patient’s record, day by day',
    description:
      'The patient, with a portal token of their own, sees every organization of the network; the organization that holds the patient sees what its own clients did.',
    answer: Accesses,
  }),
]
