import { list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { CredentialWork, ReferralWork, SupervisionWork } from './contract.ts'
import {
  awaitingMatch,
  credentialExpiring,
  needsReassignment,
  overdue,
  supervisionDue,
  toCallToday,
} from './service.ts'

const tag = 'Worklists'
const answer = pageOf(ReferralWork)

export const worklistRoutes: readonly Route[] = [
  list('/worklists/to-call-today', toCallToday, {
    tag,
    summary: 'Whom to call today',
    description:
      'First attempts, people not reached yet and conversations that are expected before the day is over in your time zone; what is overdue comes first.',
    answer,
  }),
  list('/worklists/overdue', overdue, { tag, summary: 'What is overdue, longest first', answer }),
  list('/worklists/awaiting-match', awaitingMatch, {
    tag,
    summary: 'People who wait for a mentor to be found',
    description: 'With `programId` the waitlist of one program.',
    answer,
  }),
  list('/worklists/needs-reassignment', needsReassignment, {
    tag,
    summary: 'People whose mentor has left or paused',
    answer,
  }),
  list('/worklists/supervision-due', supervisionDue, {
    tag,
    summary: 'Mentors who are due for supervision today or before',
    answer: pageOf(SupervisionWork),
  }),
  list('/worklists/credential-expiring', credentialExpiring, {
    tag,
    summary: 'Credentials that run out soon, or have',
    answer: pageOf(CredentialWork),
  }),
]
