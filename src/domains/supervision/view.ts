import { toInstant } from '../../core/wire.ts'
import type { SupervisionSession } from './contract.ts'
import type { SessionRow } from './store.ts'

export function toSession({ networkId: _, ...row }: SessionRow): SupervisionSession {
  return {
    ...row,
    at: toInstant(row.at),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}
