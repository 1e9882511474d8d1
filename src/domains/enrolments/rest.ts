import { command, create, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { recordAttempt, recordAttendance, recordEvaluation } from './commands.ts'
import { Enrolment } from './contract.ts'
import { enrol, getEnrolment, listEnrolments, withdrawEnrolment } from './service.ts'

const tag = 'Education'
const refusals = ['transition_not_allowed'] as const

export const enrolmentRoutes: readonly Route[] = [
  list('/enrolments', listEnrolments, {
    tag,
    summary: 'Who is in which course, and how far, newest first',
    answer: pageOf(Enrolment),
  }),
  create('/enrolments', enrol, {
    tag,
    summary: 'Enrol a learner in a version of a course',
    answer: Enrolment,
    refusals: ['transition_not_allowed', 'natural_key_taken'],
    example: {
      request: {
        learnerId: '01938f3e-7c00-7aaa-8bbb-0123456789ab',
        courseVersionId: '01938f3e-7c00-7aaa-8bbb-0123456789ac',
        dueOn: '2027-03-31',
      },
    },
  }),
  item('/enrolments/{id}', getEnrolment, { tag, summary: 'Get an enrolment', answer: Enrolment }),
  command('/enrolments/{id}/attendances', recordAttendance, {
    tag,
    summary: 'Record presence in a module',
    description:
      'With the last thing that was missing the course is completed, and counts for what is demanded of a mentor at once.',
    answer: Enrolment,
    refusals,
    example: {
      request: {
        moduleCode: 'boundaries',
        at: '2026-11-17T18:00:00Z',
        minutes: 120,
        verifiedBy: 'Sample Instructor',
      },
    },
  }),
  command('/enrolments/{id}/attempts', recordAttempt, {
    tag,
    summary: 'Record an attempt at a quiz',
    answer: Enrolment,
    refusals: ['transition_not_allowed', 'attempts_exhausted'],
    example: { request: { moduleCode: 'final_quiz', at: '2026-11-17T20:00:00Z', score: 90 } },
  }),
  command('/enrolments/{id}/evaluation', recordEvaluation, {
    tag,
    summary: 'Record that the learner evaluated the course',
    description: 'The learner may say so with a portal token of their own.',
    answer: Enrolment,
    refusals,
    example: { request: { at: '2026-11-17T20:30:00Z' } },
  }),
  command('/enrolments/{id}/withdraw', withdrawEnrolment, {
    tag,
    summary: 'Take a learner out of a course',
    answer: Enrolment,
    refusals,
  }),
]
