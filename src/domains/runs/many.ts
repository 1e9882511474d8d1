import { and, asc, desc, eq } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { firstPages } from '../../core/first-pages.ts'
import { grouped } from '../../core/grouped.ts'
import { eachById, FirstPages, Many } from '../../core/many.ts'
import { cutPage, sealCursor } from '../../core/page.ts'
import { anyOf, each, eachId } from '../../db/each.ts'
import { newestOfEach } from '../../db/newest.ts'
import { runColumns, talliesOf, toPair, toRun } from './store.ts'
import { matchingRunPairs, matchingRuns } from './table.ts'

export const getRuns = action({
  id: 'matchingRuns.getMany',
  scope: 'matching:read',
  input: Many,
  run: async (ctx, { ids }) => {
    const [rows, tallies] = await Promise.all([
      ctx.db
        .select(runColumns)
        .from(matchingRuns)
        .where(and(eq(matchingRuns.networkId, ctx.networkId), anyOf(matchingRuns.id, ids))),
      talliesOf(ctx, ids),
    ])
    return eachById(rows.map((row) => toRun(row, tallies.get(row.id))))
  },
})

/** The runs of each program, newest first, as `listRuns` lists them. */
export const runsOfPrograms = action({
  id: 'matchingRuns.ofPrograms',
  scope: 'matching:read',
  input: FirstPages,
  run: async (ctx, { ids, limit }) => {
    const of = and(eq(matchingRuns.organizationId, ctx.organizationId), eq(matchingRuns.programId, eachId))
    const rows = await ctx.db
      .select(runColumns)
      .from(matchingRuns)
      .where(
        and(eq(matchingRuns.networkId, ctx.networkId), newestOfEach(ctx, matchingRuns, { ids, limit, of })),
      )
      .orderBy(desc(matchingRuns.id))
    const tallies = await talliesOf(
      ctx,
      rows.map(({ id }) => id),
    )
    const rowsOf = grouped(rows, ({ programId }) => programId)
    return firstPages(ctx, {
      ids,
      limit,
      list: 'matching-runs',
      filters: (programId) => ({ programId }),
      rowsOf,
      show: (row) => toRun(row, tallies.get(row.id)),
    })
  },
})

/** The pairs of each run, as `listRunPairs` lists them. */
export const pairsOfRuns = action({
  id: 'matchingRuns.pairsOfMany',
  scope: 'matching:read',
  input: FirstPages,
  run: async (ctx, { ids, limit }) => {
    const { db, networkId } = ctx
    const first = db
      .select()
      .from(matchingRunPairs)
      .where(and(eq(matchingRunPairs.networkId, networkId), eq(matchingRunPairs.runId, eachId)))
      .orderBy(asc(matchingRunPairs.referralId))
      .limit(limit + 1)
      .as('first')
    const [known, found] = await Promise.all([
      db
        .select({ id: matchingRuns.id })
        .from(matchingRuns)
        .where(and(eq(matchingRuns.networkId, networkId), anyOf(matchingRuns.id, ids))),
      db.select().from(each(ids)).crossJoinLateral(first),
    ])
    const pairsOf = grouped(
      found.map((one) => one.first),
      ({ runId }) => runId,
    )
    return known.map(({ id }) => {
      const page = cutPage(pairsOf(id), limit, ({ referralId }) =>
        sealCursor(ctx, 'matching-run-pairs', id, [referralId]),
      )
      for (const { referralId } of page.rows) ctx.touch({ subjectType: 'referral', subjectId: referralId })
      return { id, answer: { data: page.rows.map(toPair), nextCursor: page.nextCursor } }
    })
  },
})
