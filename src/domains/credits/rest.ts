import { add, command, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import {
  getExternalCredit,
  listExternalCredits,
  reviewExternalCredit,
  submitExternalCredit,
} from './commands.ts'
import { CreditAward, ExternalCredit } from './contract.ts'
import { awardCredit, getAward, listAwards } from './service.ts'

const tag = 'Education'

export const creditRoutes: readonly Route[] = [
  add('/enrolments/{id}/credit-awards', awardCredit, {
    tag,
    summary: 'Award credit for a completed course',
    description:
      'Never more than was accredited, nor for a day on which the accreditation did not hold; once for each learner and version.',
    answer: CreditAward,
    refusals: ['course_not_completed', 'credit_not_accredited', 'credit_already_awarded'],
    locate: ({ id }) => `/v1/credit-awards/${id}`,
    example: { request: { accreditationId: '01938f3e-7c00-7aaa-8bbb-0123456789ab', credits: '6.50' } },
  }),
  item('/credit-awards/{id}', getAward, { tag, summary: 'Get an award of credit', answer: CreditAward }),
  list('/learners/{id}/credit-awards', listAwards, {
    tag,
    summary: 'Credit that a learner was awarded, newest first',
    answer: pageOf(CreditAward),
  }),
  list('/learners/{id}/external-credits', listExternalCredits, {
    tag,
    summary: 'Credit that a learner earned elsewhere, newest first',
    answer: pageOf(ExternalCredit),
  }),
  add('/learners/{id}/external-credits', submitExternalCredit, {
    tag,
    summary: 'Send in credit that was earned elsewhere',
    description: 'It counts once somebody else has looked at the evidence, of which only the hash is kept.',
    answer: ExternalCredit,
    refusals: ['natural_key_taken'],
    locate: ({ id }) => `/v1/external-credits/${id}`,
    example: {
      request: {
        title: 'Ethics for peer workers',
        provider: 'Sample State University',
        creditType: 'naadac_ce',
        credits: '6.00',
        topics: [{ topic: 'ethics', credits: '6.00' }],
        completedOn: '2026-10-02',
        evidenceHash: `sha256:${'0'.repeat(64)}`,
      },
    },
  }),
  item('/external-credits/{id}', getExternalCredit, {
    tag,
    summary: 'Get a credit that was earned elsewhere',
    answer: ExternalCredit,
  }),
  command('/external-credits/{id}/review', reviewExternalCredit, {
    tag,
    summary: 'Accept or reject a credit that was earned elsewhere',
    description: 'By another client than the one that sent it.',
    answer: ExternalCredit,
    refusals: ['review_by_another', 'transition_not_allowed'],
    example: { request: { outcome: 'accepted' } },
  }),
]
