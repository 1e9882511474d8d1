import type { TxCtx } from '../../core/context.ts'
import { invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { newPersonKeys } from '../../db/person-keys.ts'
import { organizationsAmong } from '../organizations/store.ts'
import type { MentorChanges, NewMentor } from './contract.ts'
import type { MentorRow } from './store.ts'
import { mentors, sealedMentors } from './table.ts'

/** Adds mentors, each an applicant with a key of their own. */
export async function insertMentors(ctx: TxCtx, inputs: readonly NewMentor[]): Promise<MentorRow[]> {
  const { networkId, organizationId, now } = ctx
  const rows = inputs.map((input) => ({
    ...input,
    networkId,
    id: newId(now),
    organizationId,
    status: 'applicant' as const,
    createdAt: now,
    updatedAt: now,
  }))
  const keys = await newPersonKeys(
    ctx,
    rows.map(({ id }) => id),
  )
  const sealed = rows.map((row, index) => sealedMentors.row(keys[index] ?? null, row))
  return sealedMentors.open(ctx, await ctx.db.insert(mentors).values(sealed).returning(sealedMentors.columns))
}

type Affiliation = Pick<MentorChanges, 'employerIds' | 'supervisorOrganizationId'>

/** Employers and supervisors are organizations of the network, and a clinician's supervisor stands outside their line. */
export async function refuseUnknownOrganizations(
  ctx: TxCtx,
  { employerIds = [], supervisorOrganizationId }: Affiliation,
): Promise<void> {
  const known = await organizationsAmong(ctx, [
    ...employerIds,
    ...(supervisorOrganizationId ? [supervisorOrganizationId] : []),
  ])
  const unknown = { code: 'unknown_organization', detail: 'The network has no such organization.' }
  const issues = employerIds.flatMap((id, index) =>
    known.has(id) ? [] : [{ path: ['employerIds', index], ...unknown }],
  )
  if (supervisorOrganizationId && !known.has(supervisorOrganizationId))
    issues.push({ path: ['supervisorOrganizationId'], ...unknown })
  if (issues.length > 0) throw invalidInput(...issues)
  refuseOwnLine({ employerIds, supervisorOrganizationId })
}

export function refuseOwnLine({ employerIds = [], supervisorOrganizationId }: Affiliation) {
  if (supervisorOrganizationId && employerIds.includes(supervisorOrganizationId))
    throw invalidInput({
      path: ['supervisorOrganizationId'],
      code: 'supervisor_in_line',
      detail: 'A mentor is supervised by somebody outside the organizations that employ them.',
    })
}
