import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { Credential, MentorEligibility, MentorRequirement, Screening } from './contract.ts'
import type { Checklist } from './rules.ts'
import type { CredentialRow, RequirementRow, ScreeningRow } from './store.ts'

export function toRequirement({ networkId: _, ...row }: RequirementRow): MentorRequirement {
  return {
    ...row,
    endedAt: toInstantOrNull(row.endedAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

export function toScreening({ networkId: _, ...row }: ScreeningRow): Screening {
  return { ...row, createdAt: toInstant(row.createdAt), updatedAt: toInstant(row.updatedAt) }
}

export function toCredential({ networkId: _, ...row }: CredentialRow): Credential {
  return { ...row, createdAt: toInstant(row.createdAt), updatedAt: toInstant(row.updatedAt) }
}

export function toEligibility(
  mentorId: string,
  { eligibleUntil, items, ...rest }: Checklist,
): MentorEligibility {
  return {
    mentorId,
    ...rest,
    eligibleUntil: toInstantOrNull(eligibleUntil),
    items: items.map(({ until, ...item }) => ({
      ...item,
      required: true as const,
      until: toInstantOrNull(until),
    })),
  }
}
