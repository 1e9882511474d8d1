import { and, desc, eq, isNotNull, isNull, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { pageById } from '../../core/page.ts'
import { ById, CredentialFilter, EvaluationFilter, SchemeFilter } from './contract.ts'
import { findEvaluation, findRecognition, findScheme } from './store.ts'
import { recognitionCredentials, recognitionEvaluations, recognitionSchemes } from './table.ts'
import { toEvaluation, toRecognition, toScheme } from './view.ts'

export const getScheme = action({
  id: 'recognitionSchemes.get',
  scope: 'recognition:read',
  input: ById,
  run: async (ctx, { id }) => toScheme(await findScheme(ctx, id)),
})

export const listSchemes = action({
  id: 'recognitionSchemes.list',
  scope: 'recognition:read',
  input: SchemeFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const { code, inForce } = filters
    const page = await pageById(ctx, { list: 'recognitionSchemes', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select()
        .from(recognitionSchemes)
        .where(
          and(
            eq(recognitionSchemes.networkId, ctx.networkId),
            after ? lt(recognitionSchemes.id, after) : undefined,
            code ? eq(recognitionSchemes.code, code) : undefined,
            inForce === undefined
              ? undefined
              : (inForce === 'true' ? isNull : isNotNull)(recognitionSchemes.retiredAt),
          ),
        )
        .orderBy(desc(recognitionSchemes.id))
        .limit(rows),
    )
    return { data: page.rows.map(toScheme), nextCursor: page.nextCursor }
  },
})

export const getEvaluation = action({
  id: 'recognitionEvaluations.get',
  scope: 'recognition:read',
  input: ById,
  run: async (ctx, { id }) => {
    const row = await findEvaluation(ctx, id)
    ctx.touch({ subjectType: 'recognition_evaluation', subjectId: id })
    return toEvaluation(row)
  },
})

/** Of one's own organization and its mentors: to every other one an evaluation does not exist. */
export const listEvaluations = action({
  id: 'recognitionEvaluations.list',
  scope: 'recognition:read',
  input: EvaluationFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const { schemeCode, mentorId } = filters
    const page = await pageById(
      ctx,
      { list: 'recognitionEvaluations', filters, limit, cursor },
      (after, rows) =>
        ctx.db
          .select()
          .from(recognitionEvaluations)
          .where(
            and(
              eq(recognitionEvaluations.networkId, ctx.networkId),
              eq(recognitionEvaluations.organizationId, ctx.organizationId),
              after ? lt(recognitionEvaluations.id, after) : undefined,
              schemeCode ? eq(recognitionEvaluations.schemeCode, schemeCode) : undefined,
              mentorId ? eq(recognitionEvaluations.mentorId, mentorId) : undefined,
            ),
          )
          .orderBy(desc(recognitionEvaluations.id))
          .limit(rows),
    )
    for (const { id } of page.rows) ctx.touch({ subjectType: 'recognition_evaluation', subjectId: id })
    return { data: page.rows.map(toEvaluation), nextCursor: page.nextCursor }
  },
})

export const getRecognition = action({
  id: 'recognitionCredentials.get',
  scope: 'recognition:read',
  input: ById,
  run: async (ctx, { id }) => toRecognition(await findRecognition(ctx, id), ctx.now),
})

/** Those of organizations are the whole network's to see, those of mentors their own organization's. */
export const listRecognition = action({
  id: 'recognitionCredentials.list',
  scope: 'recognition:read',
  input: CredentialFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const { schemeCode, organizationId } = filters
    const page = await pageById(
      ctx,
      { list: 'recognitionCredentials', filters, limit, cursor },
      (after, rows) =>
        ctx.db
          .select()
          .from(recognitionCredentials)
          .where(
            and(
              eq(recognitionCredentials.networkId, ctx.networkId),
              after ? lt(recognitionCredentials.id, after) : undefined,
              schemeCode ? eq(recognitionCredentials.schemeCode, schemeCode) : undefined,
              organizationId ? eq(recognitionCredentials.organizationId, organizationId) : undefined,
            ),
          )
          .orderBy(desc(recognitionCredentials.id))
          .limit(rows),
    )
    return { data: page.rows.map((row) => toRecognition(row, ctx.now)), nextCursor: page.nextCursor }
  },
})
