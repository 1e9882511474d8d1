import type { DataClass } from '../consents/codes.ts'
import { type Decision, decisionRules } from '../decisions/facts.ts'
import { medicalKinds, type Organization } from '../organizations/contract.ts'
import { type EmergencyStatus, type MedicalRole, medicalRoles, type ReviewOutcome } from './codes.ts'

/** Long enough for a call to an emergency room, too short to work with. The database refuses more. */
export const grantMinutes = 15

/** After this long without documentation it is the privacy officer's, and the reminder came long before. */
export const documentWithinHours = 24

/** Within this span somebody looks at what was disclosed. A proposal of the service's, in the holder's business days. */
export const reviewWithin = { businessDays: 3 } as const

/** All that an emergency opens: who the person is, how to reach them, and what is known of their safety. Never notes. */
export const emergencyClasses = [
  'identity',
  'contact',
  'referral_reason',
  'referral_status',
  'engagement_status',
  'safety',
] as const satisfies readonly DataClass[]

/** One emergency as the rules see it. */
export interface EmergencyFacts {
  readonly openedByClientId: string
  readonly openedAt: Date
  readonly expiresAt: Date
  readonly documentedAt: Date | null
  /** Of the latest review. */
  readonly outcome: ReviewOutcome | null
}

export function statusOf({ expiresAt, documentedAt, outcome }: EmergencyFacts, now: Date): EmergencyStatus {
  if (outcome === 'needs_follow_up') return 'in_follow_up'
  if (outcome !== null) return 'reviewed'
  if (documentedAt) return 'documented'
  return expiresAt > now ? 'open' : 'undocumented'
}

/** Reading ends with the grant, or with the documentation: what is read after it would stand in no document. */
export function emergencyPermit(facts: EmergencyFacts, now: Date): Decision {
  const open = statusOf(facts, now) === 'open'
  return {
    decision: open ? 'permit' : 'deny',
    relationship: 'emergency_medical',
    permittedClasses: open ? emergencyClasses : [],
    reasons: [],
    ruleVersion: decisionRules,
  }
}

export const mayDocument = (status: EmergencyStatus) => status === 'open' || status === 'undocumented'

export const mayReview = (status: EmergencyStatus) => status === 'documented' || status === 'in_follow_up'

interface Opener {
  readonly id: string
  readonly kind: Organization['kind']
  readonly status: Organization['status']
}

/** Whoever holds the record may tell medical personnel of it; an organization that has such personnel may look itself. */
export function mayOpen({ id, kind, status }: Opener, holderId: string): boolean {
  return status === 'active' && (id === holderId || medicalKinds.has(kind))
}

export const isMedicalRole = (role: string): role is MedicalRole =>
  (medicalRoles as readonly string[]).includes(role)
