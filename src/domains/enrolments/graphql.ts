import type { Graph } from '../../graphql/graph.ts'
import { enrolmentStatuses } from './codes.ts'
import { recordAttempt, recordAttendance, recordEvaluation } from './commands.ts'
import { enrol, getEnrolment, listEnrolments, withdrawEnrolment } from './service.ts'

export const enrolmentGraph: Graph = {
  entities: { Enrolment: { one: getEnrolment } },
  queries: { enrolment: getEnrolment, enrolments: listEnrolments },
  mutations: {
    enrolLearner: enrol,
    recordAttendance,
    recordAttempt,
    recordEvaluation,
    withdrawEnrolment,
  },
  fields: { Learner: { enrolments: { action: listEnrolments, by: 'learnerId' } } },
  enums: { EnrolmentStatus: enrolmentStatuses },
}
