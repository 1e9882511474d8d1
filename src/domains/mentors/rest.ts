import { bulk, command, create, item, list, patch, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Mentor } from './contract.ts'
import { ImportReport, importMentors } from './import.ts'
import { createMentor, getMentor, listMentors, setMentorStatus, updateMentor } from './service.ts'
import { mentorTag } from './view.ts'

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
  item('/mentors/{id}', getMentor, {
    tag,
    summary: 'Get a mentor of your organization',
    answer: Mentor,
    etagOf: mentorTag,
  }),
  command('/mentors/{id}/status', setMentorStatus, {
    tag,
    summary: 'Move a mentor on, or pause them',
    description:
      'When a mentor pauses or leaves, each of their people has a coordinator and a clock to find the next mentor in the same transaction.',
    answer: Mentor,
    refusals: ['transition_not_allowed'],
    example: { request: { status: 'active' } },
  }),
  patch('/mentors/{id}', updateMentor, {
    tag,
    summary: 'Change what is known of a mentor',
    description:
      'By their organization, or by the mentor with a portal token for what is theirs. Only the mentor releases a field to more people.',
    answer: Mentor,
    example: { request: { capacity: 6 } },
  }),
  bulk('/mentors/import', importMentors, {
    tag,
    summary: 'Add many mentors at once, as CSV or NDJSON',
    description:
      'Each line is a mentor as for `POST /v1/mentors`. Good lines are created and bad ones refused, line by line; with `dryRun=true` nothing is stored. See the guide on availability and import.',
    answer: ImportReport,
  }),
]
