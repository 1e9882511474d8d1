import { append, list, type Route, view } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { LedgerEntry } from './entry.ts'
import { getDisclosure, listDisclosures, listPatientDisclosures, recordDisclosure } from './service.ts'

const tag = 'Audit and ledger'

export const disclosureRoutes: readonly Route[] = [
  list('/disclosures', listDisclosures, {
    tag,
    summary: 'Disclosures that your organization made or received, newest entry first',
    answer: pageOf(LedgerEntry),
  }),
  append('/disclosures', recordDisclosure, {
    tag,
    summary: 'Enter a disclosure that was spoken, faxed or mailed',
    description:
      'Entries are never changed: one that was wrong is corrected by a further one that names it in `correctsId`.',
    answer: LedgerEntry,
    refusals: ['transition_not_allowed'],
    example: {
      request: {
        patientId: '01938f3e-7c00-7aaa-8bbb-0123456789ab',
        at: '2026-11-17T16:00:00Z',
        recipient: { name: 'Sample County Health Department' },
        basis: 'required_by_law',
        purpose: 'operations',
        dataClasses: ['identity'],
        method: 'phone',
      },
    },
  }),
  view('/disclosures/{id}', getDisclosure, { tag, summary: 'Get a disclosure', answer: LedgerEntry }),
  list('/patients/{id}/disclosures', listPatientDisclosures, {
    tag,
    summary: 'Who was told what about a patient, newest entry first',
    description:
      'For the organization that holds the patient, and, over all organizations, for the patient with a portal token of their own.',
    answer: pageOf(LedgerEntry),
  }),
]
