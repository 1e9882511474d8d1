import { and, eq } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import type { Opened } from '../../db/sealing.ts'
import { learners, sealedLearners } from './table.ts'

export type LearnerRow = Opened<typeof learners>

export async function findLearner(ctx: TxCtx, id: string): Promise<LearnerRow> {
  const rows = await ctx.db
    .select(sealedLearners.columns)
    .from(learners)
    .where(and(eq(learners.networkId, ctx.networkId), eq(learners.id, id)))
  const [row] = await sealedLearners.open(ctx, rows)
  if (!row) throw notFound('learner')
  return row
}
