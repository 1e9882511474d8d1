import { add, create, item, list, type Route, view } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Cohort, CompetencyFrameworks, LearningProgram } from './contract.ts'
import {
  addCohort,
  createLearningProgram,
  getCohort,
  getLearningProgram,
  listCohorts,
  listLearningPrograms,
  readFrameworks,
} from './service.ts'

const tag = 'Education'

export const learningRoutes: readonly Route[] = [
  view('/competency-frameworks', readFrameworks, {
    tag,
    summary: 'Published lists of competencies, with their sources',
    answer: CompetencyFrameworks,
  }),
  list('/learning-programs', listLearningPrograms, {
    tag,
    summary: 'Learning programs of your organization, newest first',
    answer: pageOf(LearningProgram),
  }),
  create('/learning-programs', createLearningProgram, {
    tag,
    summary: 'Add a learning program',
    answer: LearningProgram,
    refusals: ['natural_key_taken'],
    example: {
      request: {
        name: 'Sample Peer Practicum',
        framework: 'samhsa_core_2015',
        competencies: ['sharing_lived_experience', 'managing_crises'],
        requiredMinutes: 2400,
        reflectionsRequired: 4,
      },
    },
  }),
  item('/learning-programs/{id}', getLearningProgram, {
    tag,
    summary: 'Get a learning program',
    answer: LearningProgram,
  }),
  list('/learning-programs/{id}/cohorts', listCohorts, {
    tag,
    summary: 'Cohorts of a learning program, newest first',
    answer: pageOf(Cohort),
  }),
  add('/learning-programs/{id}/cohorts', addCohort, {
    tag,
    summary: 'Add a cohort',
    answer: Cohort,
    refusals: ['natural_key_taken'],
    locate: ({ id }) => `/v1/cohorts/${id}`,
    example: { request: { name: 'Spring 2027', beginsOn: '2026-11-01', endsOn: '2027-06-30' } },
  }),
  item('/cohorts/{id}', getCohort, { tag, summary: 'Get a cohort', answer: Cohort }),
]
