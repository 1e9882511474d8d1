import { and, desc, eq, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { EventType, TxCtx } from '../../core/context.ts'
import { absentIfNotFound, invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { defined, toInstant } from '../../core/wire.ts'
import { insertRows } from '../../db/insert.ts'
import { newPersonKey } from '../../db/person-keys.ts'
import { LostRace } from '../../db/transaction.ts'
import { findMentor } from '../mentors/store.ts'
import { ById, type Learner, LearnerChanges, LearnerFilter, NewLearner } from './contract.ts'
import { findLearner, type LearnerRow } from './store.ts'
import { learners, sealedLearners } from './table.ts'

function toLearner({ networkId: _, ...row }: LearnerRow): Learner {
  return { ...row, createdAt: toInstant(row.createdAt), updatedAt: toInstant(row.updatedAt) }
}

function tell(ctx: TxCtx, type: Extract<EventType, `learner.${string}`>, id: string) {
  ctx.emit({ type, subjectType: 'learner', subjectId: id })
  ctx.touch({ subjectType: 'learner', subjectId: id })
}

export const createLearner = action({
  id: 'learners.create',
  scope: 'education:write',
  input: NewLearner,
  run: async (ctx, { mentorId = null, ...input }) => {
    if (mentorId && !(await findMentor(ctx, mentorId).catch(absentIfNotFound)))
      throw invalidInput({
        path: ['mentorId'],
        code: 'unknown_mentor',
        detail: 'Your organization has no such mentor.',
      })
    const { networkId, organizationId, now } = ctx
    const row: LearnerRow = {
      networkId,
      id: newId(now),
      organizationId,
      mentorId,
      name: input.name,
      profession: input.profession,
      reference: input.reference ?? null,
      npi: input.npi ?? null,
      licenseState: input.licenseState ?? null,
      licenseNumber: input.licenseNumber ?? null,
      birthMonthDay: input.birthMonthDay ?? null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    const key = await newPersonKey(ctx, row.id)
    ctx.write(insertRows(learners, sealedLearners.row(key, row)))
    tell(ctx, 'learner.created', row.id)
    return toLearner(row)
  },
})

export const getLearner = action({
  id: 'learners.get',
  scope: 'education:read',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => {
    const row = await findLearner(ctx, id)
    ctx.touch({ subjectType: 'learner', subjectId: id })
    return toLearner(row)
  },
})

/** With the token of a mentor: the one learner that they are. */
export const listLearners = action({
  id: 'learners.list',
  scope: 'education:read',
  portal: ['mentor'],
  input: LearnerFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const page = await pageById(ctx, { list: 'learners', filters, limit, cursor }, (after, wanted) =>
      ctx.db
        .select(sealedLearners.columns)
        .from(learners)
        .where(
          and(
            eq(learners.networkId, ctx.networkId),
            eq(learners.organizationId, ctx.organizationId),
            after ? lt(learners.id, after) : undefined,
            filters.mentorId ? eq(learners.mentorId, filters.mentorId) : undefined,
          ),
        )
        .orderBy(desc(learners.id))
        .limit(wanted),
    )
    for (const { id } of page.rows) ctx.touch({ subjectType: 'learner', subjectId: id })
    const opened = await sealedLearners.open(ctx, page.rows)
    return { data: opened.map(toLearner), nextCursor: page.nextCursor }
  },
})

export const updateLearner = action({
  id: 'learners.update',
  scope: 'education:write',
  input: LearnerChanges,
  run: async (ctx, { id, ...said }) => {
    const found = await findLearner(ctx, id)
    checkVersion(ctx, found.version)
    const stored = await ctx.db
      .update(learners)
      .set({
        ...sealedLearners.changes(found, defined(said)),
        version: found.version + 1,
        updatedAt: ctx.now,
      })
      .where(
        and(eq(learners.networkId, ctx.networkId), eq(learners.id, id), eq(learners.version, found.version)),
      )
      .returning(sealedLearners.columns)
    const [row] = await sealedLearners.open(ctx, stored)
    if (!row) throw new LostRace()
    tell(ctx, 'learner.updated', id)
    return toLearner(row)
  },
})
