import { add, command, create, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import {
  decideScreening,
  enterCredentialInError,
  enterScreeningInError,
  recordCredential,
  recordScreening,
  revokeCredential,
  verifyCredential,
} from './commands.ts'
import { Credential, MentorEligibility, MentorRequirement, Screening } from './contract.ts'
import {
  eligibilityTag,
  endRequirement,
  getCredential,
  getEligibility,
  getRequirement,
  getScreening,
  listCredentials,
  listRequirements,
  listScreenings,
  setRequirement,
} from './service.ts'

const tag = 'Qualifications'

export const qualificationRoutes: readonly Route[] = [
  list('/mentor-requirements', listRequirements, {
    tag,
    summary: 'What your organization demands of its mentors, newest first',
    description: 'Ended ones included. An organization without requirements demands nothing.',
    answer: pageOf(MentorRequirement),
  }),
  create('/mentor-requirements', setRequirement, {
    tag,
    summary: 'Demand an item of your mentors',
    description:
      'Counts at once: mentors who lack the item take no new people, and a clock to restore their eligibility starts. Their mentorships go on. Record what is there already first. Examples with their sources: docs/guides/mentor-requirements.md.',
    answer: MentorRequirement,
    refusals: ['natural_key_taken'],
    example: {
      request: {
        item: 'credential',
        code: 'icrc_pr',
        mentorTypes: ['peer_certified'],
        leastVerification: 'document_seen',
        source: 'IC&RC Peer Recovery credential, renewed every two years',
      },
    },
  }),
  item('/mentor-requirements/{id}', getRequirement, {
    tag,
    summary: 'Get a requirement',
    answer: MentorRequirement,
  }),
  command('/mentor-requirements/{id}/end', endRequirement, {
    tag,
    summary: 'Demand an item no longer',
    description:
      'Counts at once. An ended requirement stays readable; to change one, end it and set it anew.',
    answer: MentorRequirement,
  }),
  item('/mentors/{id}/eligibility', getEligibility, {
    tag,
    summary: 'Whether a mentor has what is demanded, item by item',
    description:
      'Computed from requirements, screenings and credentials at the moment of the request. A date holds until it is over, in UTC. A portal token of the mentor reads their own.',
    answer: MentorEligibility,
    etagOf: eligibilityTag,
  }),
  list('/mentors/{id}/screenings', listScreenings, {
    tag,
    summary: 'The screenings of a mentor, newest recorded first',
    answer: pageOf(Screening),
  }),
  add('/mentors/{id}/screenings', recordScreening, {
    tag,
    summary: 'Record a screening',
    description:
      'The class of the result and what was decided; the report stays where it is. A `not_eligible` takes earlier decisions of the same kind away; a `pending` leaves them standing.',
    answer: Screening,
    status: 201,
    locate: ({ id }) => `/v1/screenings/${id}`,
    example: {
      request: {
        kind: 'background_check',
        resultClass: 'clear',
        decision: 'eligible',
        decidedBy: 'Sample Coordinator',
        performedOn: '2026-11-02',
        expiresOn: '2028-11-01',
      },
    },
  }),
  item('/screenings/{id}', getScreening, { tag, summary: 'Get a screening', answer: Screening }),
  command('/screenings/{id}/decide', decideScreening, {
    tag,
    summary: 'Decide on a screening, or decide anew',
    answer: Screening,
    refusals: ['transition_not_allowed'],
    example: {
      request: {
        decision: 'eligible_with_conditions',
        rationale: 'Reviewed with the mentor; meets people by phone for the first three months.',
        decidedBy: 'Sample Coordinator',
      },
    },
  }),
  command('/screenings/{id}/enter-in-error', enterScreeningInError, {
    tag,
    summary: 'Say that a screening was recorded by mistake',
    description: 'It stays readable and counts for nothing.',
    answer: Screening,
  }),
  list('/mentors/{id}/credentials', listCredentials, {
    tag,
    summary: 'The credentials of a mentor, newest recorded first',
    answer: pageOf(Credential),
  }),
  add('/mentors/{id}/credentials', recordCredential, {
    tag,
    summary: 'Record a credential',
    description:
      'Two active ones of the same code and jurisdiction never hold on the same day; a renewal begins the day after the one before ends.',
    answer: Credential,
    status: 201,
    locate: ({ id }) => `/v1/credentials/${id}`,
    refusals: ['credential_overlaps'],
    example: {
      request: {
        code: 'icrc_pr',
        issuer: 'Sample Certification Board',
        jurisdiction: 'US-DE',
        issuedOn: '2026-11-02',
        expiresOn: '2028-11-01',
        verification: 'document_seen',
        verifiedBy: 'Sample Coordinator',
        verifiedOn: '2026-11-16',
      },
    },
  }),
  item('/credentials/{id}', getCredential, { tag, summary: 'Get a credential', answer: Credential }),
  command('/credentials/{id}/verify', verifyCredential, {
    tag,
    summary: 'Say how a credential was verified',
    description: 'The last verification counts, also where it is weaker than the one before.',
    answer: Credential,
    refusals: ['transition_not_allowed'],
    example: {
      request: {
        verification: 'issuer_confirmed',
        verifiedBy: 'Sample Coordinator',
        verifiedOn: '2026-11-17',
      },
    },
  }),
  command('/credentials/{id}/revoke', revokeCredential, {
    tag,
    summary: 'Revoke a credential',
    description:
      'It was taken back by its issuer, or is no longer accepted. It counts for nothing from now on.',
    answer: Credential,
    refusals: ['transition_not_allowed'],
  }),
  command('/credentials/{id}/enter-in-error', enterCredentialInError, {
    tag,
    summary: 'Say that a credential was recorded by mistake',
    description: 'It stays readable and counts for nothing.',
    answer: Credential,
  }),
]
