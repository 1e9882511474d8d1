import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { MentorRow } from '../mentors/store.ts'
import type { Checklist } from '../qualifications/rules.ts'
import { readinessRules } from './codes.ts'
import type { ClinicianAcceptance, ClinicianTerms, MentorReadiness } from './contract.ts'
import { remedyOf } from './rules.ts'
import type { AcceptanceRow, TermsRow } from './store.ts'

export const toTerms = ({ networkId: _, ...row }: TermsRow): ClinicianTerms => ({
  ...row,
  supersededAt: toInstantOrNull(row.supersededAt),
  createdAt: toInstant(row.createdAt),
  updatedAt: toInstant(row.updatedAt),
})

export const toAcceptance = ({
  networkId: _,
  recordedBy: __,
  ...row
}: AcceptanceRow): ClinicianAcceptance => ({
  ...row,
  acceptedAt: toInstant(row.acceptedAt),
  withdrawnAt: toInstantOrNull(row.withdrawnAt),
  createdAt: toInstant(row.createdAt),
  updatedAt: toInstant(row.updatedAt),
})

export const toReadiness = (
  { id, type }: Pick<MentorRow, 'id' | 'type'>,
  { eligible, eligibleUntil, items }: Checklist,
): MentorReadiness => ({
  mentorId: id,
  mentorType: type,
  ready: eligible,
  readyUntil: toInstantOrNull(eligibleUntil),
  rules: readinessRules,
  items: items.map(({ until, ...item }) => ({
    ...item,
    until: toInstantOrNull(until),
    remedy: remedyOf(item),
  })),
})
