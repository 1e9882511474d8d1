import { add, command, item, list, type Route, view } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { AppliedRun, MatchingRun, RunInput, RunPair } from './contract.ts'
import { applyRun, createRun, getRun, getRunInput, listRunPairs, listRuns } from './service.ts'

const tag = 'Matching runs'

export const runRoutes: readonly Route[] = [
  list('/matching-runs', listRuns, {
    tag,
    summary: 'Matching runs of your organization, newest first',
    answer: pageOf(MatchingRun),
  }),
  add('/matching-runs', createRun, {
    tag,
    summary: 'Match a whole waitlist at once',
    description:
      'Maximises the sum of the scores under the mentors’ room. It is computed in the background: poll the run until it is `completed`, look at its pairs, apply all, some or none. A result that is not proven optimal says how far it may be from it.',
    answer: MatchingRun,
    status: 202,
    locate: ({ id }) => `/v1/matching-runs/${id}`,
    refusals: ['matching_run_under_way'],
    example: { request: { programId: '01938f3e-7c00-7aaa-8bbb-0123456789ab', maxOffersPerMentor: 2 } },
  }),
  item('/matching-runs/{id}', getRun, { tag, summary: 'Get a matching run', answer: MatchingRun }),
  list('/matching-runs/{id}/pairs', listRunPairs, {
    tag,
    summary: 'What a run proposes, by referral',
    answer: pageOf(RunPair),
  }),
  view('/matching-runs/{id}/input', getRunInput, {
    tag,
    summary: 'What a run was computed from',
    description:
      'Solved again by the same solver it gives the same pairs, unless the run was stopped by the clock.',
    answer: RunInput,
  }),
  command('/matching-runs/{id}/apply', applyRun, {
    tag,
    summary: 'Make the offers of a run: all, some or none',
    description:
      'Each pair is looked at again. What has changed since the run is refused with a code, the others are offered.',
    answer: AppliedRun,
    refusals: ['transition_not_allowed'],
    example: { request: {} },
  }),
]
