import { toInstant } from '../../core/wire.ts'
import type { TreatingRelationship } from './contract.ts'
import type { treatingRelationships } from './table.ts'

type Row = typeof treatingRelationships.$inferSelect

export const toTreating = ({ networkId: _, readerIds: __, ...row }: Row): TreatingRelationship => ({
  ...row,
  createdAt: toInstant(row.createdAt),
  updatedAt: toInstant(row.updatedAt),
})
