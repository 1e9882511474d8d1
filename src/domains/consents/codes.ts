import { z } from 'zod'
import { purposesOfUse } from '../../core/context.ts'

/** Kinds that cannot be combined: one row is one kind (42 CFR 2.31(b) and (d), 2.35). */
export const consentKinds = [
  'specific_disclosure',
  'tpo_single',
  'counseling_notes',
  'proceedings',
  'criminal_justice',
  'research',
] as const
export type ConsentKind = (typeof consentKinds)[number]

/** `draft` and `signed` permit nothing; only `active` does, and only until it expires. */
export const consentStatuses = [
  'draft',
  'signed',
  'active',
  'suspended',
  'revoked',
  'expired',
  'superseded',
  'entered_in_error',
] as const
export type ConsentStatus = (typeof consentStatuses)[number]

export const suspensionReasons = ['oral_revocation', 'capacity_question', 'suspected_falsity'] as const

export const revocationForms = ['written', 'electronic', 'oral'] as const

/** What a consent covers is said class by class; every field that can cross organizations belongs to one. */
export const dataClasses = [
  'identity',
  'contact',
  'referral_reason',
  'referral_status',
  'engagement_status',
  'contact_summary',
  'contact_notes',
  'recovery_plan',
  'assessment_scores',
  'assessment_answers',
  'milestones',
  'incident',
  'location',
  'safety',
  // That somebody who learns is there: a class of its own, which nothing but the person’s own consent opens.
  'learner_presence',
] as const
export const DataClass = z.enum(dataClasses)
export type DataClass = z.output<typeof DataClass>

export const purposes = purposesOfUse
export const Purpose = z.enum(purposes)
export type Purpose = z.output<typeof Purpose>

/** Kinds of file in which a clinic keeps what was signed. */
export const documentTypes = ['application/pdf', 'image/png', 'image/jpeg', 'text/plain'] as const
