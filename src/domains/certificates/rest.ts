import { add, command, item, list, type Route } from '../../rest/route.ts'
import { pageOf } from '../../rest/shapes.ts'
import { Certificate } from './contract.ts'
import { getCertificate, issueCertificate, listCertificates, revokeCertificate } from './service.ts'

const tag = 'Education'

export const certificateRoutes: readonly Route[] = [
  add('/enrolments/{id}/certificates', issueCertificate, {
    tag,
    summary: 'Issue a certificate of a completed course',
    description:
      'Its number cannot be guessed. Anybody who has it learns at `/education/certificates/{number}` whether it is valid, and the initials; nothing else.',
    answer: Certificate,
    refusals: ['course_not_completed', 'natural_key_taken'],
    locate: ({ id }) => `/v1/certificates/${id}`,
    example: { request: { signer: 'Sample Director of Training', form: 'live' } },
  }),
  list('/learners/{id}/certificates', listCertificates, {
    tag,
    summary: 'Certificates of a learner, newest first',
    answer: pageOf(Certificate),
  }),
  item('/certificates/{id}', getCertificate, { tag, summary: 'Get a certificate', answer: Certificate }),
  command('/certificates/{id}/revoke', revokeCertificate, {
    tag,
    summary: 'Revoke a certificate',
    description:
      'With the credit and the completion that it stands for. A mentor of whom the course is demanded is not eligible from that moment on.',
    answer: Certificate,
    example: { request: { reason: 'issued_in_error' } },
  }),
]
