import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { ConflictDeclaration } from './contract.ts'
import { bars } from './rules.ts'
import type { conflictDeclarations } from './table.ts'

type Row = typeof conflictDeclarations.$inferSelect

export function toDeclaration(
  { networkId: _, organizationId: __, ...row }: Row,
  now: Date,
): ConflictDeclaration {
  return {
    ...row,
    bars: bars(row, now),
    withdrawnAt: toInstantOrNull(row.withdrawnAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}
