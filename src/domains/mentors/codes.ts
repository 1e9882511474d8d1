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
