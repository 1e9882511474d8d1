import { add, command, create, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { enterHourInError, recordHour, signHour } from './commands.ts'
import { Placement, PlacementHour } from './contract.ts'
import {
  createPlacement,
  getHour,
  getPlacement,
  listHours,
  listPlacements,
  withdrawPlacement,
} from './service.ts'

const tag = 'Education'
const anId = '01938f3e-7c00-7aaa-8bbb-0123456789ab'

export const placementRoutes: readonly Route[] = [
  list('/placements', listPlacements, {
    tag,
    summary: 'Placements with your mentors, and of learners whom you sent, newest first',
    answer: pageOf(Placement),
  }),
  create('/placements', createPlacement, {
    tag,
    summary: 'Place a learner beside a mentor',
    answer: Placement,
    refusals: ['natural_key_taken'],
    example: {
      request: {
        cohortId: anId,
        learnerId: '01938f3e-7c00-7aaa-8bbb-0123456789ac',
        hostMentorId: '01938f3e-7c00-7aaa-8bbb-0123456789ad',
        supervisorId: '01938f3e-7c00-7aaa-8bbb-0123456789ae',
        relationship: 'observed',
        schoolReference: 'STUDENT-0042',
      },
    },
  }),
  item('/placements/{id}', getPlacement, { tag, summary: 'Get a placement', answer: Placement }),
  command('/placements/{id}/withdraw', withdrawPlacement, {
    tag,
    summary: 'End a placement before it is completed',
    answer: Placement,
    refusals: ['transition_not_allowed'],
  }),
  list('/placements/{id}/hours', listHours, {
    tag,
    summary: 'Hours of a placement, newest first',
    answer: pageOf(PlacementHour),
  }),
  add('/placements/{id}/hours', recordHour, {
    tag,
    summary: 'Record an hour beside a mentor',
    description:
      'Asks for each hour whether the person who is accompanied lets a learner be there: their own consent with the data class `learner_presence`, signed before the hour began and still in force, or nothing. It names your organization, or the school that sent the learner.',
    answer: PlacementHour,
    refusals: ['presence_not_consented', 'hours_overlap', 'transition_not_allowed'],
    locate: ({ id }) => `/v1/placement-hours/${id}`,
    example: {
      request: {
        mentorshipId: anId,
        relationship: 'observed',
        beganAt: '2026-11-18T17:00:00Z',
        endedAt: '2026-11-18T18:00:00Z',
        competencies: ['managing_crises'],
        reflection: 'I saw how much of it is listening.',
      },
    },
  }),
  item('/placement-hours/{id}', getHour, {
    tag,
    summary: 'Get an hour of a placement',
    answer: PlacementHour,
  }),
  command('/placement-hours/{id}/sign', signHour, {
    tag,
    summary: 'Sign an hour off',
    description:
      'By the peer supervisor of the placement, with a portal token of their own or named by your system. With the last thing that was missing the placement is completed.',
    answer: PlacementHour,
    refusals: ['sign_off_by_supervisor', 'transition_not_allowed'],
    example: { request: { supervisorId: anId } },
  }),
  command('/placement-hours/{id}/enter-in-error', enterHourInError, {
    tag,
    summary: 'Say that an hour was recorded by mistake',
    answer: PlacementHour,
    refusals: ['transition_not_allowed'],
  }),
]
