import { createHash } from 'node:crypto'
import type { Ctx } from '../../core/context.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { type Audience, type ReleasableField, releasableFields } from './codes.ts'
import type { Mentor } from './contract.ts'
import { isReleased } from './releases.ts'
import type { MentorRow } from './store.ts'

/** The mentor as the caller may see them: all of it by their own token, else what they released to coordinators. */
export function toMentor({ person }: Ctx, row: MentorRow): Mentor {
  return showTo(person?.id === row.id ? undefined : 'coordinator', row)
}

function showTo(audience: Audience | undefined, row: MentorRow): Mentor {
  const withheld = releasableFields.filter((field) => audience && !isReleased(row, field, audience))
  const { networkId: _, activatedAt: __, supervisedAt: ___, remediationClockId: ____, ...fields } = row
  const whole = {
    ...fields,
    withheld,
    eligibleUntil: toInstantOrNull(row.eligibleUntil),
    supervisionDueAt: toInstantOrNull(row.supervisionDueAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
  const hidden = new Set<string>(withheld)
  return Object.fromEntries(Object.entries(whole).filter(([member]) => !hidden.has(member))) as Mentor
}

/** The version, for If-Match, and what changes without one: load, papers and supervision are counted by others. */
export function mentorTag(mentor: Mentor): string {
  const digest = createHash('sha256').update(JSON.stringify(mentor)).digest('base64url')
  return `"v${mentor.version}.${digest.slice(0, 12)}"`
}

/** Those fields of a mentor that an audience may see, for explanations and shortlists. */
export function releasedFields(
  row: Pick<MentorRow, 'type' | 'releases' | ReleasableField>,
  audience: Audience,
): Partial<Pick<MentorRow, ReleasableField>> {
  const shown = releasableFields.filter((field) => isReleased(row, field, audience))
  return Object.fromEntries(shown.map((field) => [field, row[field]]))
}
