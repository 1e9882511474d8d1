import type { Graph } from '../../graphql/graph.ts'
import { professions } from './codes.ts'
import { createLearner, getLearner, listLearners, updateLearner } from './service.ts'

export const learnerGraph: Graph = {
  entities: { Learner: { one: getLearner } },
  queries: { learner: getLearner, learners: listLearners },
  mutations: { createLearner, updateLearner },
  enums: { LearnerProfession: professions },
}
