import { add, command, list, question, type Route, view } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { listHolds, placeHold, releaseHold } from './commands.ts'
import { DestructionCertificate, LegalHold, RetentionPolicy } from './contract.ts'
import {
  destroyPatient,
  getCertificate,
  getRetentionPolicy,
  listCertificates,
  updateRetentionPolicy,
} from './service.ts'

const tag = 'Retention'

export const destructionRoutes: readonly Route[] = [
  command('/patients/{id}/destroy', destroyPatient, {
    tag,
    summary: 'Destroy what was said of a patient, for good',
    description:
      'The key of the person is destroyed, and with it every name, number and word that was sealed under it, wherever it is held. Rows stay with ids, codes and times, their words read as null or empty. Refused while a legal hold, an open referral or a mentorship stands, and before the retention of the network has ended.',
    answer: DestructionCertificate,
    status: 201,
    locate: ({ id }) => `/v1/destruction-certificates/${id}`,
    refusals: ['record_kept', 'record_erased'],
    example: {
      request: { ground: 'retention_ended', authority: 'Retention schedule 2026, section 4' },
    },
  }),
  list('/destruction-certificates', listCertificates, {
    tag,
    summary: 'List what your organization has destroyed, newest first',
    answer: pageOf(DestructionCertificate),
  }),
  view('/destruction-certificates/{id}', getCertificate, {
    tag,
    summary: 'Get a certificate of destruction',
    answer: DestructionCertificate,
  }),
  add('/patients/{id}/legal-holds', placeHold, {
    tag,
    summary: 'Keep a record, whatever its retention says',
    answer: LegalHold,
    locate: ({ patientId }) => `/v1/patients/${patientId}/legal-holds`,
    refusals: ['record_erased'],
    example: { request: { reason: 'Sample: preservation letter of 2 November, file 26-114' } },
  }),
  list('/patients/{id}/legal-holds', listHolds, {
    tag,
    summary: 'List the legal holds on a patient’s record',
    answer: pageOf(LegalHold),
  }),
  command('/legal-holds/{id}/release', releaseHold, {
    tag,
    summary: 'Release a legal hold',
    description: 'By another client of the organization than the one that placed it.',
    answer: LegalHold,
    refusals: ['release_by_another', 'transition_not_allowed'],
    example: { request: {} },
  }),
  view('/retention-policy', getRetentionPolicy, {
    tag,
    summary: 'How long the network keeps records',
    answer: RetentionPolicy,
  }),
  question('/retention-policy', updateRetentionPolicy, {
    tag,
    summary: 'Say how long the network keeps records',
    description: 'For the office that runs the network. Nothing is destroyed by time alone.',
    answer: RetentionPolicy,
    example: { request: { recordYears: 10 } },
  }),
]
