import { type Audience, audiences, type MentorType, type ReleasableField, type Releases } from './codes.ts'

/** What is nobody's business but the mentor's until they say so. */
const livedExperience: ReadonlySet<ReleasableField> = new Set([
  'experienceStatement',
  'recoveryBand',
  'substances',
  'pathways',
  'lifeSituations',
  'demographics',
])

/** An employer must not learn of a clinician's own experience by the way. */
const clinicians: ReadonlySet<MentorType> = new Set(['clinician_with_lived_experience', 'clinician_ally'])

/**
 * Who sees a field of which the mentor said nothing. People are to know whom they talk to and when; what a mentor
 * lived through goes no further than the coordinators who match, and of a clinician not even that far.
 */
function byDefault(field: ReleasableField, type: MentorType): readonly Audience[] {
  if (field === 'languages') return audiences
  if (field === 'displayName' || field === 'availability') return ['coordinator', 'patient']
  return livedExperience.has(field) && clinicians.has(type) ? [] : ['coordinator']
}

interface Releasing {
  readonly type: MentorType
  readonly releases: Releases
}

export function isReleased({ type, releases }: Releasing, field: ReleasableField, to: Audience): boolean {
  return (releases[field] ?? byDefault(field, type)).includes(to)
}

/** Whether any field would be seen by somebody who does not see it now. */
export function widens(before: Releasing, after: Releases, fields: readonly ReleasableField[]): boolean {
  return fields.some((field) =>
    audiences.some(
      (audience) =>
        isReleased({ ...before, releases: after }, field, audience) && !isReleased(before, field, audience),
    ),
  )
}
