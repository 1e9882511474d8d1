import { and, desc, eq, inArray, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, invalidInput, notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import { LostRace } from '../../db/transaction.ts'
import { organizations } from '../organizations/table.ts'
import { AppealFilter, ById, DecideAppeal, NewAppeal } from './contract.ts'
import { evaluate } from './evaluate.ts'
import { type AppealRow, findAppeal, findEvaluation, schemeInForce } from './store.ts'
import { recognitionAppeals, recognitionEvaluations } from './table.ts'
import { toAppeal } from './view.ts'

/** Of an evaluation that was not met or could not be measured, once, by the organization that it is about. */
export const openAppeal = action({
  id: 'recognitionAppeals.open',
  scope: 'recognition:write',
  input: NewAppeal,
  run: async (ctx, { id: evaluationId, grounds }) => {
    const { networkId, organizationId, now } = ctx
    const [evaluation, hubs] = await Promise.all([
      findEvaluation(ctx, evaluationId),
      ctx.db
        .select({ id: organizations.id })
        .from(organizations)
        .where(and(eq(organizations.networkId, networkId), eq(organizations.kind, 'hub')))
        .limit(20),
    ])
    // Whoever decides sees every organization's: they appeal for none of them.
    if (evaluation.organizationId !== organizationId) throw notFound('recognition evaluation')
    if (evaluation.outcome === 'met')
      throw new AppError('transition_not_allowed', 'The evaluation was met: there is nothing to appeal.')
    const row: AppealRow = {
      networkId,
      id: newId(now),
      organizationId,
      evaluationId,
      grounds,
      status: 'open',
      decisionReason: null,
      waives: null,
      decidedAt: null,
      decidedByOrganizationId: null,
      resultId: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(recognitionAppeals, row))
    ctx.emit({
      type: 'recognition_appeal.opened',
      subjectType: 'recognition_appeal',
      subjectId: row.id,
      readerIds: hubs.map(({ id }) => id),
      codes: { scheme: evaluation.schemeCode },
    })
    ctx.touch({ subjectType: 'recognition_appeal', subjectId: row.id })
    return toAppeal(row, evaluation.facts, organizationId)
  },
})

/** By the network's office, and by nobody who appealed. Upheld, the evaluation is made again by the rules of today. */
export const decideAppeal = action({
  id: 'recognitionAppeals.decide',
  scope: 'network:write',
  input: DecideAppeal,
  alone: true,
  run: (ctx, { id, decision, reason, waives = null }) =>
    ctx.acrossOrganizations(async () => {
      const found = await findAppeal(ctx, id)
      checkVersion(ctx, found.version)
      if (found.organizationId === ctx.organizationId)
        throw new AppError('review_by_another', 'Nobody decides their own appeal.')
      if (found.status !== 'open')
        throw new AppError('transition_not_allowed', `The appeal was ${found.status} already.`)
      const { schemeCode, mentorId, facts } = await findEvaluation(ctx, found.evaluationId)
      if (waives !== null && !facts.some(({ fact, met }) => fact === waives && met !== true))
        throw invalidInput({
          path: ['waives'],
          code: 'nothing_to_waive',
          detail: 'The evaluation has no such fact, or it was met.',
        })
      const scheme = decision === 'upheld' ? await schemeInForce(ctx, schemeCode) : undefined
      if (decision === 'upheld' && !scheme)
        throw new AppError('transition_not_allowed', 'The scheme is in force no more.')
      const { organizationId } = found
      const result =
        scheme && (await evaluate(ctx, { organizationId, scheme, mentorId, occasion: 'appeal', waives }))
      const [row] = await ctx.db
        .update(recognitionAppeals)
        .set({
          status: decision,
          decisionReason: reason,
          waives,
          decidedAt: ctx.now,
          decidedByOrganizationId: ctx.organizationId,
          resultId: result?.id ?? null,
          version: found.version + 1,
          updatedAt: ctx.now,
        })
        .where(
          and(
            eq(recognitionAppeals.networkId, ctx.networkId),
            eq(recognitionAppeals.id, id),
            eq(recognitionAppeals.version, found.version),
          ),
        )
        .returning()
      if (!row) throw new LostRace()
      ctx.emit({
        type: `recognition_appeal.${decision}`,
        subjectType: 'recognition_appeal',
        subjectId: id,
        organizationId,
        readerIds: [ctx.organizationId],
        codes: { scheme: schemeCode },
      })
      ctx.touch({ subjectType: 'recognition_appeal', subjectId: id })
      return toAppeal(row, facts, ctx.organizationId)
    }),
})

/** The office sees the appeals of its network, everybody else their own. */
function asReader<T>(ctx: TxCtx, work: () => Promise<T>): Promise<T> {
  return ctx.scopes.has('network:write') ? ctx.acrossOrganizations(work) : work()
}

export const getAppeal = action({
  id: 'recognitionAppeals.get',
  scope: 'recognition:read',
  input: ById,
  alone: true,
  run: (ctx, { id }) =>
    asReader(ctx, async () => {
      const row = await findAppeal(ctx, id)
      const { facts } = await findEvaluation(ctx, row.evaluationId)
      ctx.touch({ subjectType: 'recognition_appeal', subjectId: id })
      return toAppeal(row, facts, ctx.organizationId)
    }),
})

export const listAppeals = action({
  id: 'recognitionAppeals.list',
  scope: 'recognition:read',
  input: AppealFilter,
  alone: true,
  run: (ctx, { limit, cursor, ...filters }) =>
    asReader(ctx, async () => {
      const page = await pageById(
        ctx,
        { list: 'recognitionAppeals', filters, limit, cursor },
        (after, rows) =>
          ctx.db
            .select()
            .from(recognitionAppeals)
            .where(
              and(
                eq(recognitionAppeals.networkId, ctx.networkId),
                after ? lt(recognitionAppeals.id, after) : undefined,
                filters.status ? eq(recognitionAppeals.status, filters.status) : undefined,
              ),
            )
            .orderBy(desc(recognitionAppeals.id))
            .limit(rows),
      )
      const judged = await factsOf(
        ctx,
        page.rows.map(({ evaluationId }) => evaluationId),
      )
      for (const { id } of page.rows) ctx.touch({ subjectType: 'recognition_appeal', subjectId: id })
      return {
        data: page.rows.map((row) => toAppeal(row, judged.get(row.evaluationId) ?? [], ctx.organizationId)),
        nextCursor: page.nextCursor,
      }
    }),
})

async function factsOf({ db, networkId }: TxCtx, ids: readonly string[]) {
  if (ids.length === 0) return new Map<string, AppealFacts>()
  const rows = await db
    .select({ id: recognitionEvaluations.id, facts: recognitionEvaluations.facts })
    .from(recognitionEvaluations)
    .where(and(eq(recognitionEvaluations.networkId, networkId), inArray(recognitionEvaluations.id, [...ids])))
  return new Map(rows.map(({ id, facts }) => [id, facts]))
}
type AppealFacts = (typeof recognitionEvaluations.$inferSelect)['facts']
