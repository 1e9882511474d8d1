import { and, eq } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { toInstant } from '../../core/wire.ts'
import type { LearningProgram } from './contract.ts'
import { cohorts, learningPrograms } from './table.ts'

export type LearningProgramRow = typeof learningPrograms.$inferSelect
export type CohortRow = typeof cohorts.$inferSelect

export async function findLearningProgram({ db, networkId }: TxCtx, id: string): Promise<LearningProgramRow> {
  const [row] = await db
    .select()
    .from(learningPrograms)
    .where(and(eq(learningPrograms.networkId, networkId), eq(learningPrograms.id, id)))
  if (!row) throw notFound('learning program')
  return row
}

export const toProgram = ({ networkId: _, ...row }: LearningProgramRow): LearningProgram => ({
  ...row,
  createdAt: toInstant(row.createdAt),
  updatedAt: toInstant(row.updatedAt),
})

export async function findCohort({ db, networkId }: TxCtx, id: string): Promise<CohortRow> {
  const [row] = await db
    .select()
    .from(cohorts)
    .where(and(eq(cohorts.networkId, networkId), eq(cohorts.id, id)))
  if (!row) throw notFound('cohort')
  return row
}
