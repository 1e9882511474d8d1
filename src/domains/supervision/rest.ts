import { create, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { SupervisionSession } from './contract.ts'
import { getSession, listSessions, recordSession } from './service.ts'

const tag = 'Supervision'

export const supervisionRoutes: readonly Route[] = [
  list('/supervision-sessions', listSessions, {
    tag,
    summary: 'The supervision sessions of your mentors, newest recorded first',
    answer: pageOf(SupervisionSession),
  }),
  create('/supervision-sessions', recordSession, {
    tag,
    summary: 'Record a supervision session',
    description:
      'Sets when each mentor who was there is supervised next: weekly in the first month after they became active, then every two weeks. A session recorded late moves no date back.',
    answer: SupervisionSession,
    refusals: ['conflict_of_interest'],
    example: {
      request: {
        at: '2026-11-17T18:00:00Z',
        kind: 'group',
        minutes: 50,
        topics: ['sharing_lived_experience', 'managing_crises'],
        mentorIds: ['01938f3e-7c00-7aaa-8bbb-0123456789ab'],
        supervisorName: 'Sample Supervisor',
        supervisorHasPeerBackground: true,
      },
    },
  }),
  item('/supervision-sessions/{id}', getSession, {
    tag,
    summary: 'Get a supervision session',
    answer: SupervisionSession,
  }),
]
