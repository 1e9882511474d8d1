import type { Graph } from '../../graphql/graph.ts'
import { readTranscript, reportLearners } from './service.ts'

export const transcriptGraph: Graph = {
  fields: {
    Learner: { transcript: { action: readTranscript } },
    Course: { learnerReport: { action: reportLearners } },
  },
  enums: {
    TranscriptEntryKind: ['course', 'external'],
    TranscriptEntryStatus: ['enrolled', 'completed', 'failed', 'withdrawn', 'revoked', 'accepted'],
  },
}
