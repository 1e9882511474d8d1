import { add, command, create, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { acceptTerms, publishTerms, withdrawAcceptance } from './commands.ts'
import { ClinicianAcceptance, ClinicianTerms, MentorReadiness } from './contract.ts'
import { getAcceptance, getReadiness, getTerms, listAcceptances, listTerms, readinessTag } from './service.ts'

const tag = 'Clinicians as mentors'

export const clinicianRoutes: readonly Route[] = [
  list('/clinician-terms', listTerms, {
    tag,
    summary: 'What your organization shows to clinicians who want to mentor, newest first',
    description: 'A mentor reads it with their own token.',
    answer: pageOf(ClinicianTerms),
  }),
  create('/clinician-terms', publishTerms, {
    tag,
    summary: 'Publish what clinicians accept before they mentor',
    description:
      'A revision, in force at once in place of the one before. Whoever accepted that one takes nobody new until they have accepted this one; whom they accompany, they go on to accompany.',
    answer: ClinicianTerms,
    example: {
      request: {
        kind: 'licence_duties',
        text: 'Sample: my licence goes on asking of me what it asks of me at work. I have read which duties those are.',
      },
    },
  }),
  item('/clinician-terms/{id}', getTerms, {
    tag,
    summary: 'Get what clinicians accept',
    answer: ClinicianTerms,
  }),
  list('/mentors/{id}/clinician-acceptances', listAcceptances, {
    tag,
    summary: 'What a clinician accepted, and when, newest first',
    answer: pageOf(ClinicianAcceptance),
  }),
  add('/mentors/{id}/clinician-acceptances', acceptTerms, {
    tag,
    summary: 'Accept what was shown',
    description:
      'By the mentor with their own token; or by the organization, which has it on paper and sends when it was signed, and its hash. Accepting the same revision twice changes nothing.',
    answer: ClinicianAcceptance,
    refusals: ['transition_not_allowed'],
    locate: ({ id }) => `/v1/clinician-acceptances/${id}`,
    example: {
      request: {
        termsId: '01938f3e-7c00-7aaa-8bbb-0123456789ab',
        signedAt: '2026-11-17T15:00:00Z',
        evidenceHash: `sha256:${'0123456789abcdef'.repeat(4)}`,
      },
    },
  }),
  item('/clinician-acceptances/{id}', getAcceptance, {
    tag,
    summary: 'Get an acceptance',
    answer: ClinicianAcceptance,
  }),
  command('/clinician-acceptances/{id}/withdraw', withdrawAcceptance, {
    tag,
    summary: 'Take an acceptance back',
    description: 'From now on the clinician takes nobody new.',
    answer: ClinicianAcceptance,
  }),
  item('/mentors/{id}/readiness', getReadiness, {
    tag,
    summary: 'Whether a mentor may take people, and what would make it so',
    description:
      'Computed from facts at the moment of the request: what the organization demands, and of a clinician the texts accepted, the panel uploaded and a supervisor outside of their reporting line. A portal token of the mentor reads their own.',
    answer: MentorReadiness,
    etagOf: readinessTag,
  }),
]
