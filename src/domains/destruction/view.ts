import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { Opened } from '../../db/sealing.ts'
import type { LegalHold } from './contract.ts'
import type { legalHolds } from './table.ts'

type Row = Opened<typeof legalHolds>

export const toHold = ({ networkId: _, ...row }: Row): LegalHold => ({
  ...row,
  placedAt: toInstant(row.placedAt),
  releasedAt: toInstantOrNull(row.releasedAt),
})
