export const enrolmentStatuses = ['enrolled', 'completed', 'failed', 'withdrawn', 'revoked'] as const
export type EnrolmentStatus = (typeof enrolmentStatuses)[number]

export const factKinds = ['attendance', 'attempt', 'evaluation'] as const
