import { z } from 'zod'

/** What an organization can demand: a check of its own, a paper that somebody else issued, a course of its own. */
export const requirementItems = ['screening', 'credential', 'course'] as const

export const screeningKinds = [
  'application',
  'interview',
  'reference',
  'background_check',
  'exclusion_list',
  'training',
  'ethics_agreement',
] as const
export const ScreeningKind = z.enum(screeningKinds)

/** The class of a result: all that is kept of a report. */
export const resultClasses = ['clear', 'needs_review', 'adverse'] as const

/** What somebody concluded from a result. None follows from its class: each adverse one is looked at by a person. */
export const finalDecisions = ['eligible', 'eligible_with_conditions', 'not_eligible'] as const
export const decisions = [...finalDecisions, 'pending'] as const

/** How sure the organization is of a credential, from the weakest to the strongest. */
export const verifications = ['self_declared', 'document_seen', 'issuer_confirmed'] as const
export const Verification = z.enum(verifications)
export type Verification = z.output<typeof Verification>

export const credentialStatuses = ['active', 'revoked', 'entered_in_error'] as const

/** What a checklist lists: what an organization demands, and what is asked of every clinician. */
export const checklistItems = [...requirementItems, 'onboarding'] as const

/** What is asked of a clinician beside the texts that they accept. */
export const onboardingCodes = [
  'licence_duties',
  'dual_role',
  'record_separation',
  'employer',
  'practitioner_reference',
  'panel',
  'independent_supervisor',
] as const

/** Why an item is in order, or why not. */
export const itemReasons = [
  'met',
  'missing',
  'expired',
  'not_verified',
  'not_decided',
  'not_eligible',
  'not_completed',
  'revoked',
  'not_published',
  'not_accepted',
  'superseded',
  'not_named',
  'not_uploaded',
] as const
export type ItemReason = (typeof itemReasons)[number]
