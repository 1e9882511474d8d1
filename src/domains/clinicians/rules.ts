import type { RequiredItem } from '../qualifications/rules.ts'
import type { Remedy } from './codes.ts'

/** What would meet an item, by what it is and why it is not met; nothing where it is. */
export function remedyOf({
  item,
  code,
  met,
  reason,
}: Pick<RequiredItem, 'item' | 'code' | 'met' | 'reason'>): Remedy | null {
  if (met) return null
  if (item === 'course') return 'mentor_completes_course'
  if (item === 'screening')
    return reason === 'not_decided' ? 'organization_decides_screening' : 'organization_records_screening'
  if (item === 'credential')
    return reason === 'not_verified' ? 'organization_verifies_credential' : 'organization_records_credential'
  if (code === 'employer') return 'organization_names_employer'
  if (code === 'practitioner_reference') return 'organization_names_practitioner_reference'
  if (code === 'panel') return 'employer_uploads_panel'
  if (code === 'independent_supervisor') return 'organization_names_independent_supervisor'
  return reason === 'not_published' ? 'organization_publishes_terms' : 'mentor_accepts_terms'
}
