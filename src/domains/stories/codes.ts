import { z } from 'zod'

/**
 * To whom the teller gave a story.
 * - `matched_patients`: people whom this mentor accompanies, or before whom the mentor was put to choose from
 * - `patients`: everybody who was referred to the mentor's organization
 * - `program`: those who coordinate there, to pick from
 * - `clinic`: the clinics that refer to it
 * - `public`: everybody in the network
 */
export const storyAudiences = ['matched_patients', 'patients', 'program', 'clinic', 'public'] as const
export const StoryAudience = z.enum(storyAudiences)
export type StoryAudience = z.output<typeof StoryAudience>

export const mediaKinds = ['video', 'audio', 'image', 'text'] as const

/** By what a story speaks to somebody, in the order of explanations. */
export const storyCriteria = [
  'shared_experience',
  'pathway',
  'life_situation',
  'mentor_type',
  'own_mentor',
] as const
export type StoryCriterion = (typeof storyCriteria)[number]
