import type { Graph } from '../../graphql/graph.ts'
import { frameworkCodes } from './frameworks.ts'
import { getLearningPrograms } from './many.ts'
import {
  addCohort,
  createLearningProgram,
  getCohort,
  getLearningProgram,
  listCohorts,
  listLearningPrograms,
  readFrameworks,
} from './service.ts'

export const learningGraph: Graph = {
  entities: { LearningProgram: { many: getLearningPrograms }, Cohort: { one: getCohort } },
  queries: {
    competencyFrameworks: readFrameworks,
    learningProgram: getLearningProgram,
    learningPrograms: listLearningPrograms,
    cohort: getCohort,
  },
  mutations: { createLearningProgram, addCohort },
  fields: { LearningProgram: { cohorts: { action: listCohorts } } },
  enums: { CompetencyFrameworkCode: frameworkCodes },
}
