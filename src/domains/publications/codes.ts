/** `story`: told by a mentor. `blueprint`: a way in steps, of a mentor or of a program. */
export const publicationKinds = ['story', 'blueprint'] as const
export type PublicationKind = (typeof publicationKinds)[number]

/** Of the latest version. While a new one is written, the one that was published is still read. */
export const publicationStatuses = ['draft', 'submitted', 'returned', 'published', 'withdrawn'] as const
export type PublicationStatus = (typeof publicationStatuses)[number]

export const versionStatuses = [
  'draft',
  'submitted',
  'returned',
  'published',
  'superseded',
  'withdrawn',
] as const

/** How the teller said that others may read it. */
export const consentMethods = ['portal', 'recorded_signature'] as const

export const returnReasons = [
  'language',
  'identifies_others',
  'names_a_method',
  'not_a_story',
  'too_long',
  'other',
] as const

/** Fields of the mentor by which a story can be found to speak to somebody, and what it tells of. */
export const tagFields = ['substances', 'pathways', 'lifeSituations', 'milestones'] as const
export type TagField = (typeof tagFields)[number]
/** What a story tells of. The same list names the milestones of a recovery plan. */
export const milestoneKinds = [
  'first_contact',
  'plan_agreed',
  'goal_achieved',
  'recovery_time',
  'housing',
  'work_or_education',
  'reunification',
  'first_time_helping_another',
  'became_mentor',
] as const
export type MilestoneKind = (typeof milestoneKinds)[number]

export type Tags = {
  readonly [Field in TagField]?: (Field extends 'milestones' ? MilestoneKind : string)[] | undefined
}
