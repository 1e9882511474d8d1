/** HL7 goal-achievement, in this service's spelling. */
export const achievements = [
  'in_progress',
  'improving',
  'worsening',
  'no_change',
  'achieved',
  'sustaining',
  'not_achieved',
  'no_progress',
  'not_attainable',
] as const

export const signers = ['patient', 'mentor'] as const

/** With whom a person may share a milestone. Nobody, unless they say so. */
export const sharers = ['mentor', 'program', 'clinic'] as const
export type Sharer = (typeof sharers)[number]
