export const certificateForms = ['live', 'home_study', 'blended'] as const

export const revocationReasons = [
  'issued_in_error',
  'requirement_not_met',
  'false_evidence',
  'withdrawn_by_issuer',
] as const

export const certificateStatuses = ['valid', 'expired', 'revoked'] as const
export type CertificateStatus = (typeof certificateStatuses)[number]
