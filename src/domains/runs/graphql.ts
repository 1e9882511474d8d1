import type { Graph } from '../../graphql/graph.ts'
import { runStatuses } from './contract.ts'
import { getRuns, pairsOfRuns, runsOfPrograms } from './many.ts'
import { applyRun, createRun, getRun, getRunInput, listRunPairs, listRuns } from './service.ts'

export const runGraph: Graph = {
  entities: { MatchingRun: { many: getRuns } },
  queries: { matchingRun: getRun, matchingRuns: listRuns },
  mutations: { createMatchingRun: createRun, applyMatchingRun: applyRun },
  fields: {
    MatchingRun: {
      pairs: { action: listRunPairs, each: pairsOfRuns },
      input: { action: getRunInput, cost: 50 },
    },
    Program: { matchingRuns: { action: listRuns, each: runsOfPrograms, by: 'programId' } },
  },
  enums: {
    MatchingRunStatus: runStatuses,
  },
}
