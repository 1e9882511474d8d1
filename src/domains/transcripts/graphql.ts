import type { Graph } from '../../graphql/graph.ts'
import { entryKinds, entryStatuses } from './contract.ts'
import { readTranscript, reportLearners } from './service.ts'

export const transcriptGraph: Graph = {
  fields: {
    Learner: { transcript: { action: readTranscript } },
    Course: { learnerReport: { action: reportLearners } },
  },
  enums: {
    TranscriptEntryKind: entryKinds,
    TranscriptEntryStatus: entryStatuses,
  },
}
