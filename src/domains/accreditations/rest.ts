import { command, create, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Accreditation } from './contract.ts'
import {
  confirmAccreditation,
  getAccreditation,
  listAccreditations,
  recordAccreditation,
  withdrawAccreditation,
} from './service.ts'

const tag = 'Recognition'
const answer = Accreditation

export const accreditationRoutes: readonly Route[] = [
  list('/accreditations', listAccreditations, {
    tag,
    summary: 'Accreditations of the network’s organizations, newest first',
    answer: pageOf(Accreditation),
  }),
  create('/accreditations', recordAccreditation, {
    tag,
    summary: 'Record an accreditation of your organization',
    description:
      'It counts for a recognition scheme once the network’s office has confirmed it, for which it needs the hash of the document.',
    answer,
    refusals: ['accreditation_overlaps'],
    example: {
      request: {
        code: 'caprss',
        issuer: 'Sample Accreditation Council',
        fromOn: '2026-01-01',
        untilOn: '2028-12-31',
        documentSha256: `sha256:${'0123456789abcdef'.repeat(4)}`,
        public: true,
      },
    },
  }),
  item('/accreditations/{id}', getAccreditation, { tag, summary: 'Get an accreditation', answer }),
  command('/accreditations/{id}/confirm', confirmAccreditation, {
    tag,
    summary: 'Confirm that you have seen the document of an accreditation',
    description:
      'For the office that runs the network. What was recorded without the hash of its document is not confirmed.',
    answer,
    refusals: ['transition_not_allowed', 'review_by_another', 'document_hash_required'],
  }),
  command('/accreditations/{id}/withdraw', withdrawAccreditation, {
    tag,
    summary: 'Withdraw an accreditation that does not hold any more, or was recorded by mistake',
    answer,
  }),
]
