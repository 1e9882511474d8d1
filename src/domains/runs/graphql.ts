import type { Graph } from '../../graphql/graph.ts'
import { runStatuses } from './contract.ts'
import { applyRun, createRun, getRun, getRunInput, listRunPairs, listRuns } from './service.ts'

export const runGraph: Graph = {
  queries: { matchingRun: getRun, matchingRuns: listRuns },
  mutations: { createMatchingRun: createRun, applyMatchingRun: applyRun },
  fields: {
    MatchingRun: { pairs: { action: listRunPairs }, input: { action: getRunInput, cost: 50 } },
    Program: { matchingRuns: { action: listRuns, by: 'programId' } },
  },
  enums: {
    MatchingRunStatus: runStatuses,
  },
}
