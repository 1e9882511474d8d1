import { z } from 'zod'

/** Whom a scheme recognizes. */
export const subjects = ['organization', 'mentor'] as const
export const Subject = z.enum(subjects)
export type Subject = z.output<typeof Subject>

export const comparisons = ['at_least', 'at_most'] as const
export type Comparison = (typeof comparisons)[number]

/** Why an evaluation was made. */
export const occasions = ['asked', 'scheduled', 'appeal'] as const
export type Occasion = (typeof occasions)[number]

export const outcomes = ['met', 'not_met', 'not_measurable'] as const
export type Outcome = (typeof outcomes)[number]

/** What came of one fact. `group_too_small`: it was not measured, for it would speak of fewer people than it may. */
export const factReasons = ['met', 'not_met', 'group_too_small', 'waived'] as const

export const appealStatuses = ['open', 'upheld', 'dismissed'] as const
export const appealDecisions = ['upheld', 'dismissed'] as const

export const revocationReasons = [
  'withdrawn_by_holder',
  'issued_in_error',
  'no_longer_met',
  'misuse',
] as const

/** What anybody is told of a credential. */
export const credentialStates = ['valid', 'expired', 'revoked'] as const
export type CredentialState = (typeof credentialStates)[number]
