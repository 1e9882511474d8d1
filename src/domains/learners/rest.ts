import { create, item, list, patch, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Learner } from './contract.ts'
import { createLearner, getLearner, listLearners, updateLearner } from './service.ts'

const tag = 'Education'

export const learnerRoutes: readonly Route[] = [
  list('/learners', listLearners, {
    tag,
    summary: 'Learners of your organization, newest first',
    answer: pageOf(Learner),
  }),
  create('/learners', createLearner, {
    tag,
    summary: 'Add a learner',
    description:
      'A mentor, a clinician, a student. What a mentor learns counts for the requirements that you make of mentors.',
    answer: Learner,
    refusals: ['natural_key_taken'],
    example: { request: { name: 'Sample Learner', profession: 'student', reference: 'STUDENT-0042' } },
  }),
  item('/learners/{id}', getLearner, { tag, summary: 'Get a learner', answer: Learner }),
  patch('/learners/{id}', updateLearner, {
    tag,
    summary: 'Change a learner',
    answer: Learner,
    example: { request: { licenseState: 'CO', licenseNumber: 'SAMPLE-1' } },
  }),
]
