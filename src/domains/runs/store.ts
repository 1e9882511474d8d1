import { and, count, eq, getTableColumns, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { MatchingRun, RunPair } from './contract.ts'
import { matchingRunPairs, matchingRuns } from './table.ts'

export type RunRow = typeof matchingRuns.$inferSelect
export type PairRow = typeof matchingRunPairs.$inferSelect

const { input: _, ...withoutInput } = getTableColumns(matchingRuns)
/** Everything but the input, which may be megabytes. */
export const runColumns = withoutInput

export type RunHead = Omit<RunRow, 'input'>

export async function findRun({ db, networkId }: TxCtx, id: string): Promise<RunHead> {
  const [row] = await db
    .select(runColumns)
    .from(matchingRuns)
    .where(and(eq(matchingRuns.networkId, networkId), eq(matchingRuns.id, id)))
  if (!row) throw notFound('matching run')
  return row
}

export type Tally = Readonly<Record<PairRow['status'], number>>

const nothing: Tally = { proposed: 0, applied: 0, refused: 0 }

/** How many pairs of each run stand how. */
export async function talliesOf(
  { db, networkId }: TxCtx,
  ids: readonly string[],
): Promise<Map<string, Tally>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select({ runId: matchingRunPairs.runId, status: matchingRunPairs.status, pairs: count() })
    .from(matchingRunPairs)
    .where(
      and(
        eq(matchingRunPairs.networkId, networkId),
        sql`${matchingRunPairs.runId} = any(${sql.param([...ids])}::uuid[])`,
      ),
    )
    .groupBy(matchingRunPairs.runId, matchingRunPairs.status)
  const tallies = new Map<string, Tally>()
  for (const { runId, status, pairs } of rows)
    tallies.set(runId, { ...(tallies.get(runId) ?? nothing), [status]: pairs })
  return tallies
}

export function toRun(row: RunHead, tally: Tally = nothing): MatchingRun {
  const { maxOffersPerMentor = null, candidatesPerPerson, timeBudgetSeconds } = row.options
  const { phase, done = 0, total = 0 } = row.progress
  return {
    id: row.id,
    programId: row.programId,
    status: row.status,
    options: { maxOffersPerMentor, candidatesPerPerson, timeBudgetSeconds },
    progress: phase === undefined ? null : { phase, done, total },
    inputSha256: row.inputSha256,
    summary: row.summary,
    failure: row.failure,
    ...tally,
    startedAt: toInstantOrNull(row.startedAt),
    finishedAt: toInstantOrNull(row.finishedAt),
    version: row.version,
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

export function toPair({ referralId, mentorId, score, status, refusal, offerId }: PairRow): RunPair {
  return { referralId, mentorId, score, status, refusal, offerId }
}
