import { toInstant } from '../../core/wire.ts'
import type { Program } from './contract.ts'
import type { ProgramRow } from './store.ts'

export function toProgram({ networkId: _, ...row }: ProgramRow): Program {
  return { ...row, createdAt: toInstant(row.createdAt), updatedAt: toInstant(row.updatedAt) }
}
