/** By the mentor's own token, or on paper, of which the organization keeps the original and sends the hash. */
export const acceptanceMethods = ['portal', 'recorded_signature'] as const

/** Changes with every change of what is asked of a mentor before they take people. */
export const readinessRules = 'readiness-2'

/** What would meet an item that is not met: whose move it is. */
export const remedies = [
  'organization_publishes_terms',
  'mentor_accepts_terms',
  'organization_names_employer',
  'organization_names_practitioner_reference',
  'employer_uploads_panel',
  'organization_names_independent_supervisor',
  'organization_records_screening',
  'organization_decides_screening',
  'organization_records_credential',
  'organization_verifies_credential',
  'mentor_completes_course',
] as const
export type Remedy = (typeof remedies)[number]
