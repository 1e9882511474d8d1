import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import { AppError } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { toInstant } from '../../core/wire.ts'
import { only } from '../../db/rows.ts'
import { LostRace } from '../../db/transaction.ts'
import { type Mentor, MentorFilter, NewMentor, SetMentorStatus } from './contract.ts'
import { canBecome } from './rules.ts'
import { findMentor, type MentorRow } from './store.ts'
import { mentors } from './table.ts'

function toMentor({ networkId: _, ...row }: MentorRow): Mentor {
  return { ...row, createdAt: toInstant(row.createdAt), updatedAt: toInstant(row.updatedAt) }
}

export const createMentor = action({
  id: 'mentors.create',
  scope: 'mentors:write',
  input: NewMentor,
  run: async (ctx, input) => {
    const { networkId, organizationId, now } = ctx
    const row = only(
      await ctx.db
        .insert(mentors)
        .values({
          ...input,
          networkId,
          id: newId(now),
          organizationId,
          status: 'applicant',
          createdAt: now,
          updatedAt: now,
        })
        .returning(),
    )
    ctx.emit({ type: 'mentor.created', subjectType: 'mentor', subjectId: row.id })
    ctx.touch({ subjectType: 'mentor', subjectId: row.id })
    return toMentor(row)
  },
})

export const getMentor = action({
  id: 'mentors.get',
  scope: 'mentors:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => toMentor(await findMentor(ctx, id)),
})

export const listMentors = action({
  id: 'mentors.list',
  scope: 'mentors:read',
  input: MentorFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const page = await pageById(ctx, { list: 'mentors', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select()
        .from(mentors)
        .where(
          and(
            eq(mentors.networkId, ctx.networkId),
            eq(mentors.organizationId, ctx.organizationId),
            after ? lt(mentors.id, after) : undefined,
            filters.status ? eq(mentors.status, filters.status) : undefined,
            filters.type ? eq(mentors.type, filters.type) : undefined,
          ),
        )
        .orderBy(desc(mentors.id))
        .limit(rows),
    )
    return { data: page.rows.map(toMentor), nextCursor: page.nextCursor }
  },
})

export const setMentorStatus = action({
  id: 'mentors.setStatus',
  scope: 'mentors:write',
  input: SetMentorStatus,
  run: async (ctx, { id, status, reason }) => {
    const found = await findMentor(ctx, id)
    checkVersion(ctx, found.version)
    if (!canBecome(found.status, status)) {
      throw new AppError('transition_not_allowed', `A mentor who is ${found.status} cannot become ${status}.`)
    }
    const [row] = await ctx.db
      .update(mentors)
      .set({ status, statusReason: reason ?? null, version: found.version + 1, updatedAt: ctx.now })
      .where(
        and(eq(mentors.networkId, ctx.networkId), eq(mentors.id, id), eq(mentors.version, found.version)),
      )
      .returning()
    if (!row) throw new LostRace()
    ctx.emit({ type: 'mentor.updated', subjectType: 'mentor', subjectId: id, codes: { status } })
    ctx.touch({ subjectType: 'mentor', subjectId: id })
    return toMentor(row)
  },
})
