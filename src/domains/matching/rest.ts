import { type Route, view } from '../../rest/route.ts'
import { Candidates } from './contract.ts'
import { listCandidates } from './service.ts'

const tag = 'Matching'

export const matchingRoutes: readonly Route[] = [
  view('/referrals/{id}/candidates', listCandidates, {
    tag,
    summary: 'Who fits this person, in order, and why',
    description:
      'Hard constraints first, then a weighted score of what is known. Explained criterion by criterion, with who was excluded by what, and what would have to be asked less. Nothing that a mentor did not release is in it.',
    answer: Candidates,
    refusals: ['transition_not_allowed'],
  }),
]
