import { z } from 'zod'

/** Who accompanies, labelled honestly. The types are never merged into one another. */
export const mentorTypes = [
  'peer_certified',
  'peer_volunteer',
  'family_peer',
  'clinician_with_lived_experience',
  'clinician_ally',
  'health_student',
  'community_ally',
] as const
export const MentorType = z.enum(mentorTypes)
export type MentorType = z.output<typeof MentorType>

/** Who is a licensed professional beside mentoring: of them more is asked, and their employers see less. */
export const clinicianTypes = [
  'clinician_with_lived_experience',
  'clinician_ally',
] as const satisfies readonly MentorType[]
export const isClinician = (type: MentorType): boolean =>
  (clinicianTypes as readonly MentorType[]).includes(type)

/** What a clinician accepts in writing before they mentor, each in the words of the organization for which they do. */
export const clinicianTerms = ['licence_duties', 'dual_role', 'record_separation'] as const

/** How long an uploaded panel counts: who is treated changes. A proposal of the service's reference, not law. */
export const panelMonths = 12

export const mentorStatuses = [
  'applicant',
  'screening',
  'in_training',
  'ready',
  'active',
  'paused',
  'ended',
] as const
export const MentorStatus = z.enum(mentorStatuses)
export type MentorStatus = z.output<typeof MentorStatus>

/** How long, as the mentor attests it: a band, never a date. */
export const recoveryBands = [
  'under_2_years',
  'from_2_to_5_years',
  'from_5_to_10_years',
  'over_10_years',
] as const

/** Why a mentor is paused. A pause protects the mentor: it never counts against them. */
export const pauseReasons = ['wellbeing', 'leave', 'under_review'] as const

/** Who may see a field that the mentor released; `coordinator` also lets matching weigh it. */
export const audiences = ['coordinator', 'clinic', 'patient'] as const
export const Audience = z.enum(audiences)
export type Audience = z.output<typeof Audience>

/** The fields that are the mentor's own to release, one by one. */
export const releasableFields = [
  'displayName',
  'experienceStatement',
  'recoveryBand',
  'substances',
  'pathways',
  'languages',
  'lifeSituations',
  'interests',
  'demographics',
  'availability',
] as const
export type ReleasableField = (typeof releasableFields)[number]
export type Releases = Partial<Record<ReleasableField, Audience[]>>

export const demographicKeys = ['gender', 'ageBand', 'ethnicity', 'faith', 'veteran', 'parent'] as const
export type Demographics = Partial<Record<(typeof demographicKeys)[number], string>>

/** What a mentor does not take on. Nobody asks why. */
export interface MentorLimits {
  reasons?: string[] | undefined
  substances?: string[] | undefined
  modes?: string[] | undefined
}
