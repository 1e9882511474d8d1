import { z } from 'zod'

export const sessionKinds = ['individual', 'group', 'peer', 'crisis_debrief'] as const
export const SessionKind = z.enum(sessionKinds)

/**
 * The twelve groups of SAMHSA's Core Competencies for Peer Workers in Behavioral Health Services (2015), in their
 * order. The codes are this service's; the groups are theirs.
 */
export const competencyGroups = [
  'caring_relationships',
  'providing_support',
  'sharing_lived_experience',
  'personalizing_support',
  'recovery_planning',
  'linking_to_resources',
  'health_wellness_and_recovery_information',
  'managing_crises',
  'valuing_communication',
  'collaboration_and_teamwork',
  'leadership_and_advocacy',
  'growth_and_development',
] as const
export const CompetencyGroup = z.enum(competencyGroups)
