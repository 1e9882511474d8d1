import { list, type Route, view } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { LearnerReportLine, Transcript, TranscriptEntry } from './contract.ts'
import { readTranscript, reportLearners } from './service.ts'

const tag = 'Education'

export const transcriptRoutes: readonly Route[] = [
  view('/learners/{id}/transcript', readTranscript, {
    tag,
    summary: 'The transcript of a learner, as JSON or CSV',
    answer: Transcript,
    csv: { columns: Object.keys(TranscriptEntry.shape), rowsOf: ({ entries }) => entries },
  }),
  list('/courses/{id}/learner-report', reportLearners, {
    tag,
    summary: 'Who earned credit by a course, for its accreditor, as JSON or CSV',
    description:
      'The learner fields of ACCME’s PARS as far as they are known here; check them against your accreditor’s present template. Of your own organization only.',
    answer: pageOf(LearnerReportLine),
    csv: { columns: Object.keys(LearnerReportLine.shape), rowsOf: ({ data }) => data },
  }),
]
