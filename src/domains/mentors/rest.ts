import { command, create, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Mentor } from './contract.ts'
import { createMentor, getMentor, listMentors, setMentorStatus } from './service.ts'

const tag = 'Mentors'

export const mentorRoutes: readonly Route[] = [
  list('/mentors', listMentors, {
    tag,
    summary: 'List the mentors of your organization, newest first',
    answer: pageOf(Mentor),
  }),
  create('/mentors', createMentor, {
    tag,
    summary: 'Add a mentor to your organization',
    answer: Mentor,
    example: {
      request: {
        displayName: 'Sample Mentor',
        type: 'peer_certified',
        languages: ['en'],
        modes: ['phone', 'video'],
        substances: ['alcohol'],
        pathways: ['twelve_step'],
        timeZone: 'America/Denver',
        availability: ['FREQ=WEEKLY;BYDAY=TU,TH;BYHOUR=18'],
        capacity: 8,
      },
    },
  }),
  item('/mentors/{id}', getMentor, { tag, summary: 'Get a mentor of your organization', answer: Mentor }),
  command('/mentors/{id}/status', setMentorStatus, {
    tag,
    summary: 'Move a mentor on, or pause them',
    answer: Mentor,
    refusals: ['transition_not_allowed'],
    example: { request: { status: 'active' } },
  }),
]
