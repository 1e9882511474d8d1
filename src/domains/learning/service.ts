import { and, desc, eq, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { toInstant } from '../../core/wire.ts'
import { insertRows } from '../../db/insert.ts'
import { ById, type Cohort, NewCohort, NewLearningProgram, Nothing, OfProgram, Pages } from './contract.ts'
import { foreignTo, frameworks } from './frameworks.ts'
import {
  type CohortRow,
  findCohort,
  findLearningProgram,
  type LearningProgramRow,
  toProgram,
} from './store.ts'
import { cohorts, learningPrograms } from './table.ts'

const toCohort = ({ networkId: _, ...row }: CohortRow): Cohort => ({
  ...row,
  createdAt: toInstant(row.createdAt),
  updatedAt: toInstant(row.updatedAt),
})

export const readFrameworks = action({
  id: 'competencyFrameworks.read',
  scope: 'education:read',
  portal: ['mentor'],
  input: Nothing,
  run: async () => ({
    frameworks: frameworks.map(({ principles, competencies, ...framework }) => ({
      ...framework,
      principles: [...principles],
      competencies: [...competencies],
    })),
  }),
})

export const createLearningProgram = action({
  id: 'learningPrograms.create',
  scope: 'education:write',
  input: NewLearningProgram,
  run: async (ctx, input) => {
    const foreign = foreignTo(input.framework, input.competencies)
    if (foreign.length > 0)
      throw invalidInput(
        ...foreign.map((index) => ({
          path: ['competencies', index],
          code: 'unknown_competency',
          detail: 'The framework has no such competency.',
        })),
      )
    const { networkId, organizationId, now } = ctx
    const row: LearningProgramRow = {
      ...input,
      competencies: [...new Set(input.competencies)],
      networkId,
      id: newId(now),
      organizationId,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(learningPrograms, row))
    ctx.emit({ type: 'learning_program.created', subjectType: 'learning_program', subjectId: row.id })
    ctx.touch({ subjectType: 'learning_program', subjectId: row.id })
    return toProgram(row)
  },
})

export const getLearningProgram = action({
  id: 'learningPrograms.get',
  scope: 'education:read',
  input: ById,
  run: async (ctx, { id }) => toProgram(await findLearningProgram(ctx, id)),
})

export const listLearningPrograms = action({
  id: 'learningPrograms.list',
  scope: 'education:read',
  input: Pages,
  run: async (ctx, { limit, cursor }) => {
    const page = await pageById(
      ctx,
      { list: 'learningPrograms', filters: {}, limit, cursor },
      (after, wanted) =>
        ctx.db
          .select()
          .from(learningPrograms)
          .where(
            and(
              eq(learningPrograms.networkId, ctx.networkId),
              eq(learningPrograms.organizationId, ctx.organizationId),
              after ? lt(learningPrograms.id, after) : undefined,
            ),
          )
          .orderBy(desc(learningPrograms.id))
          .limit(wanted),
    )
    return { data: page.rows.map(toProgram), nextCursor: page.nextCursor }
  },
})

export const addCohort = action({
  id: 'cohorts.create',
  scope: 'education:write',
  input: NewCohort,
  run: async (ctx, { id: learningProgramId, ...input }) => {
    await findLearningProgram(ctx, learningProgramId)
    if (input.endsOn < input.beginsOn)
      throw invalidInput({
        path: ['endsOn'],
        code: 'expires_before_start',
        detail: 'It would end before it began.',
      })
    const { networkId, organizationId, now } = ctx
    const row: CohortRow = {
      ...input,
      networkId,
      id: newId(now),
      organizationId,
      learningProgramId,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(cohorts, row))
    ctx.emit({ type: 'cohort.created', subjectType: 'cohort', subjectId: row.id })
    ctx.touch({ subjectType: 'cohort', subjectId: row.id })
    return toCohort(row)
  },
})

export const getCohort = action({
  id: 'cohorts.get',
  scope: 'education:read',
  input: ById,
  run: async (ctx, { id }) => toCohort(await findCohort(ctx, id)),
})

export const listCohorts = action({
  id: 'cohorts.list',
  scope: 'education:read',
  input: OfProgram,
  run: async (ctx, { id, limit, cursor }) => {
    const page = pageById(ctx, { list: 'cohorts', filters: { id }, limit, cursor }, (after, wanted) =>
      ctx.db
        .select()
        .from(cohorts)
        .where(
          and(
            eq(cohorts.networkId, ctx.networkId),
            eq(cohorts.learningProgramId, id),
            after ? lt(cohorts.id, after) : undefined,
          ),
        )
        .orderBy(desc(cohorts.id))
        .limit(wanted),
    )
    const [{ rows, nextCursor }] = await Promise.all([page, findLearningProgram(ctx, id)])
    return { data: rows.map(toCohort), nextCursor }
  },
})
