import { and, desc, eq, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { EventType, TxCtx } from '../../core/context.ts'
import { AppError, invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import { keyOf } from '../../db/sealing.ts'
import { LostRace } from '../../db/transaction.ts'
import { quartersOf, sumOf, topicsOf } from '../courses/rules.ts'
import { findLearner } from '../learners/store.ts'
import { ById, NewExternalCredit, OfLearner, ReviewExternalCredit } from './contract.ts'
import { type ExternalRow, findExternal, toExternal } from './store.ts'
import { externalCredits, sealedExternalCredits } from './table.ts'

const dayMs = 86_400_000

export const submitExternalCredit = action({
  id: 'externalCredits.submit',
  scope: 'education:write',
  portal: ['mentor'],
  input: NewExternalCredit,
  run: async (ctx, { id: learnerId, credits, topics: list, ...input }) => {
    const learner = await findLearner(ctx, learnerId)
    // East of here it may be tomorrow already.
    if (input.completedOn > new Date(ctx.now.getTime() + dayMs).toISOString().slice(0, 10))
      throw invalidInput({
        path: ['completedOn'],
        code: 'date_in_future',
        detail: 'This is recorded once it has happened.',
      })
    const [quarters, topics] = [quartersOf(credits), topicsOf(list)]
    if (quarters === 0 || sumOf(topics) > quarters)
      throw invalidInput({
        path: quarters === 0 ? ['credits'] : ['topics'],
        code: 'credit_out_of_bounds',
        detail: 'There is a quarter of a credit at least, and of topics no more than altogether.',
      })
    const { networkId, organizationId, now } = ctx
    const row: ExternalRow = {
      ...input,
      networkId,
      id: newId(now),
      organizationId,
      learnerId,
      mentorId: learner.mentorId,
      quarters,
      topics,
      status: 'submitted',
      submittedBy: ctx.person?.id ?? ctx.clientId,
      reviewedBy: null,
      reviewedAt: null,
      reviewNote: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(externalCredits, sealedExternalCredits.row(keyOf(learner), row)))
    tell(ctx, 'external_credit.submitted', row)
    return toExternal(row)
  },
})

export const reviewExternalCredit = action({
  id: 'externalCredits.review',
  scope: 'education:write',
  input: ReviewExternalCredit,
  run: async (ctx, { id, outcome, note = null }) => {
    const found = await findExternal(ctx, id)
    checkVersion(ctx, found.version)
    if (found.submittedBy === ctx.clientId)
      throw new AppError(
        'review_by_another',
        'Another client of your organization than the one that sent it reviews it.',
      )
    if (found.status !== 'submitted')
      throw new AppError('transition_not_allowed', `The credit is ${found.status} already.`)
    const changes = { status: outcome, reviewedBy: ctx.clientId, reviewedAt: ctx.now, reviewNote: note }
    const stored = await ctx.db
      .update(externalCredits)
      .set({
        ...sealedExternalCredits.changes(found, changes),
        version: found.version + 1,
        updatedAt: ctx.now,
      })
      .where(
        and(
          eq(externalCredits.networkId, ctx.networkId),
          eq(externalCredits.id, id),
          eq(externalCredits.version, found.version),
        ),
      )
      .returning(sealedExternalCredits.columns)
    const [row] = await sealedExternalCredits.open(ctx, stored)
    if (!row) throw new LostRace()
    tell(ctx, `external_credit.${outcome}`, row)
    return toExternal(row)
  },
})

function tell(
  ctx: TxCtx,
  type: Extract<EventType, `external_credit.${string}`>,
  { id, creditType }: ExternalRow,
) {
  ctx.emit({ type, subjectType: 'external_credit', subjectId: id, codes: { creditType } })
  ctx.touch({ subjectType: 'external_credit', subjectId: id })
}

export const getExternalCredit = action({
  id: 'externalCredits.get',
  scope: 'education:read',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => {
    const row = await findExternal(ctx, id)
    ctx.touch({ subjectType: 'external_credit', subjectId: id })
    return toExternal(row)
  },
})

export const listExternalCredits = action({
  id: 'externalCredits.list',
  scope: 'education:read',
  portal: ['mentor'],
  input: OfLearner,
  run: async (ctx, { id, limit, cursor }) => {
    await findLearner(ctx, id)
    const page = await pageById(
      ctx,
      { list: 'externalCredits', filters: { id }, limit, cursor },
      (after, wanted) =>
        ctx.db
          .select(sealedExternalCredits.columns)
          .from(externalCredits)
          .where(
            and(
              eq(externalCredits.networkId, ctx.networkId),
              eq(externalCredits.learnerId, id),
              after ? lt(externalCredits.id, after) : undefined,
            ),
          )
          .orderBy(desc(externalCredits.id))
          .limit(wanted),
    )
    for (const one of page.rows) ctx.touch({ subjectType: 'external_credit', subjectId: one.id })
    const opened = await sealedExternalCredits.open(ctx, page.rows)
    return { data: opened.map(toExternal), nextCursor: page.nextCursor }
  },
})
