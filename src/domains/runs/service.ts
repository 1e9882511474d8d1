import { inflateSync } from 'node:zlib'
import { and, asc, desc, eq, gt, inArray, lt, sql } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import { AppError, absentIfNotFound, invalidInput, notFound } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { cutPage, openCursor, pageById, sealCursor } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { only } from '../../db/rows.ts'
import { findProgram } from '../programs/store.ts'
import { applyPairs } from './apply.ts'
import { ApplyMatchingRun, NewMatchingRun, RunFilter, RunPairFilter } from './contract.ts'
import { findRun, runColumns, talliesOf, toPair, toRun } from './store.ts'
import { matchingRunPairs, matchingRuns } from './table.ts'

/** Far longer than any run may take: one that is still under way then belongs to a process that is gone. */
const abandonedAfterMs = 15 * 60_000

export const createRun = action({
  id: 'matchingRuns.create',
  scope: 'matching:write',
  input: NewMatchingRun,
  run: async (ctx, { programId, ...options }) => {
    const program = await findProgram(ctx, programId).catch(absentIfNotFound)
    if (program?.organizationId !== ctx.organizationId)
      throw invalidInput({
        path: ['programId'],
        code: 'unknown_program',
        detail: 'Your organization has no such program.',
      })
    const { networkId, organizationId, now } = ctx
    await ctx.db
      .update(matchingRuns)
      .set({ status: 'failed', failure: 'abandoned', finishedAt: now, updatedAt: now })
      .where(
        and(
          eq(matchingRuns.networkId, networkId),
          eq(matchingRuns.programId, programId),
          inArray(matchingRuns.status, ['queued', 'running']),
          lt(matchingRuns.updatedAt, new Date(now.getTime() - abandonedAfterMs)),
        ),
      )
    const row = only(
      await ctx.db
        .insert(matchingRuns)
        .values({
          networkId,
          id: newId(now),
          organizationId,
          programId,
          status: 'queued',
          options,
          createdAt: now,
          updatedAt: now,
        })
        .returning(runColumns),
    )
    ctx.enqueue('matching.run', { runId: row.id })
    ctx.emit({ type: 'matching_run.requested', subjectType: 'matching_run', subjectId: row.id })
    ctx.touch({ subjectType: 'matching_run', subjectId: row.id })
    return toRun(row)
  },
})

export const getRun = action({
  id: 'matchingRuns.get',
  scope: 'matching:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const [row, tallies] = await Promise.all([findRun(ctx, id), talliesOf(ctx, [id])])
    return toRun(row, tallies.get(id))
  },
})

export const listRuns = action({
  id: 'matchingRuns.list',
  scope: 'matching:read',
  input: RunFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const page = await pageById(ctx, { list: 'matching-runs', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select(runColumns)
        .from(matchingRuns)
        .where(
          and(
            eq(matchingRuns.networkId, ctx.networkId),
            eq(matchingRuns.organizationId, ctx.organizationId),
            after ? lt(matchingRuns.id, after) : undefined,
            filters.programId ? eq(matchingRuns.programId, filters.programId) : undefined,
          ),
        )
        .orderBy(desc(matchingRuns.id))
        .limit(rows),
    )
    const tallies = await talliesOf(
      ctx,
      page.rows.map(({ id }) => id),
    )
    return { data: page.rows.map((row) => toRun(row, tallies.get(row.id))), nextCursor: page.nextCursor }
  },
})

export const listRunPairs = action({
  id: 'matchingRuns.pairs',
  scope: 'matching:read',
  input: RunPairFilter,
  run: async (ctx, { id, limit, cursor }) => {
    const [after] = openCursor(ctx, 'matching-run-pairs', id, cursor) ?? []
    await findRun(ctx, id)
    const rows = await ctx.db
      .select()
      .from(matchingRunPairs)
      .where(
        and(
          eq(matchingRunPairs.networkId, ctx.networkId),
          eq(matchingRunPairs.runId, id),
          after ? gt(matchingRunPairs.referralId, after) : undefined,
        ),
      )
      .orderBy(asc(matchingRunPairs.referralId))
      .limit(limit + 1)
    const page = cutPage(rows, limit, ({ referralId }) =>
      sealCursor(ctx, 'matching-run-pairs', id, [referralId]),
    )
    for (const { referralId } of page.rows) ctx.touch({ subjectType: 'referral', subjectId: referralId })
    return { data: page.rows.map(toPair), nextCursor: page.nextCursor }
  },
})

/** For whoever doubts a result: the very input, to be solved again. */
export const getRunInput = action({
  id: 'matchingRuns.input',
  scope: 'matching:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const [row] = await ctx.db
      .select({ input: matchingRuns.input, sha256: matchingRuns.inputSha256 })
      .from(matchingRuns)
      .where(and(eq(matchingRuns.networkId, ctx.networkId), eq(matchingRuns.id, id)))
    if (!row?.input || row.sha256 === null) throw notFound('matching run')
    ctx.touch({ subjectType: 'matching_run', subjectId: id })
    const input = z.looseObject({}).parse(JSON.parse(inflateSync(row.input).toString('utf8')))
    return { id, inputSha256: row.sha256, input }
  },
})

/**
 * Makes offers of what a run proposed. Each pair is looked at again: what has changed since is refused by a code and
 * the others are applied, as the answer says pair by pair.
 */
export const applyRun = action({
  id: 'matchingRuns.apply',
  scope: 'matching:write',
  input: ApplyMatchingRun,
  run: async (ctx, { id, pairs: wanted }) => {
    const run = await findRun(ctx, id)
    checkVersion(ctx, run.version)
    if (run.status !== 'completed' && run.status !== 'applied')
      throw new AppError('transition_not_allowed', `A run that is ${run.status} cannot be applied.`)
    const proposed = await ctx.db
      .select()
      .from(matchingRunPairs)
      .where(
        and(
          eq(matchingRunPairs.networkId, ctx.networkId),
          eq(matchingRunPairs.runId, id),
          eq(matchingRunPairs.status, 'proposed'),
        ),
      )
      .orderBy(desc(matchingRunPairs.score), asc(matchingRunPairs.referralId))
      .for('update')
    const key = (pair: { referralId: string; mentorId: string }) => `${pair.referralId}|${pair.mentorId}`
    const known = new Map(proposed.map((pair) => [key(pair), pair]))
    const unknown = (wanted ?? []).flatMap((pair, index) => (known.has(key(pair)) ? [] : [index]))
    if (unknown.length > 0)
      throw invalidInput(
        ...unknown.map((index) => ({
          path: ['pairs', index],
          code: 'unknown_pair',
          detail: 'The run proposes no such pair, or it was applied or refused already.',
        })),
      )
    const chosen = wanted ? wanted.flatMap((pair) => known.get(key(pair)) ?? []) : proposed
    const settled = await applyPairs(ctx, chosen)
    const row = only(
      await ctx.db
        .update(matchingRuns)
        .set({ status: 'applied', version: sql`${matchingRuns.version} + 1`, updatedAt: ctx.now })
        .where(and(eq(matchingRuns.networkId, ctx.networkId), eq(matchingRuns.id, id)))
        .returning(runColumns),
    )
    ctx.emit({ type: 'matching_run.applied', subjectType: 'matching_run', subjectId: id })
    ctx.touch({ subjectType: 'matching_run', subjectId: id })
    const tallies = await talliesOf(ctx, [id])
    return { id, run: toRun(row, tallies.get(id)), pairs: settled.map(toPair), version: row.version }
  },
})
