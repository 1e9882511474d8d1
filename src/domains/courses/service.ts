import { createHash } from 'node:crypto'
import { and, desc, eq, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { EventType, TxCtx } from '../../core/context.ts'
import { AppError, invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import { LostRace } from '../../db/transaction.ts'
import {
  ById,
  CourseFilter,
  NewCourse,
  NewCourseAccreditation,
  NewCourseVersion,
  OfCourse,
} from './contract.ts'
import { quartersOf, sumOf, topicsOf } from './rules.ts'
import {
  type CourseAccreditationRow,
  type CourseRow,
  findCourse,
  findCourseAccreditation,
  findVersion,
  type VersionRow,
} from './store.ts'
import { courseAccreditations, courses, courseVersions } from './table.ts'
import { toCourse, toCourseAccreditation, toVersion } from './view.ts'

export const createCourse = action({
  id: 'courses.create',
  scope: 'education:write',
  input: NewCourse,
  run: async (ctx, input) => {
    const { networkId, organizationId, now } = ctx
    const row: CourseRow = {
      ...input,
      networkId,
      id: newId(now),
      organizationId,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(courses, row))
    ctx.emit({
      type: 'course.created',
      subjectType: 'course',
      subjectId: row.id,
      codes: { code: row.code },
    })
    ctx.touch({ subjectType: 'course', subjectId: row.id })
    return toCourse(row)
  },
})

export const getCourse = action({
  id: 'courses.get',
  scope: 'education:read',
  input: ById,
  run: async (ctx, { id }) => toCourse(await findCourse(ctx, id)),
})

export const listCourses = action({
  id: 'courses.list',
  scope: 'education:read',
  input: CourseFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const page = await pageById(ctx, { list: 'courses', filters, limit, cursor }, (after, wanted) =>
      ctx.db
        .select()
        .from(courses)
        .where(
          and(
            eq(courses.networkId, ctx.networkId),
            eq(courses.organizationId, ctx.organizationId),
            after ? lt(courses.id, after) : undefined,
            filters.code ? eq(courses.code, filters.code) : undefined,
          ),
        )
        .orderBy(desc(courses.id))
        .limit(wanted),
    )
    return { data: page.rows.map(toCourse), nextCursor: page.nextCursor }
  },
})

export const draftVersion = action({
  id: 'courseVersions.draft',
  scope: 'education:write',
  input: NewCourseVersion,
  run: async (ctx, { id: courseId, modules, validMonths = null, ...input }) => {
    await findCourse(ctx, courseId)
    const { networkId, organizationId, now } = ctx
    const row: VersionRow = {
      ...input,
      networkId,
      id: newId(now),
      organizationId,
      courseId,
      validMonths,
      modules: modules.map(({ passMark = null, ...module }) => ({ ...module, passMark })),
      contentSha256: null,
      status: 'draft',
      publishedAt: null,
      retiredAt: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(courseVersions, row))
    tellVersion(ctx, 'course_version.drafted', row)
    return toVersion(row)
  },
})

/** From here on it stays as it is; the database refuses every other change. Saying it twice changes nothing. */
export const publishVersion = action({
  id: 'courseVersions.publish',
  scope: 'education:write',
  input: ById,
  run: async (ctx, { id }) => {
    const found = await findVersion(ctx, id)
    checkVersion(ctx, found.version)
    if (found.status === 'published') return toVersion(found)
    if (found.status === 'retired') throw new AppError('transition_not_allowed', 'The version is retired.')
    const row = await changeVersion(ctx, found, {
      status: 'published',
      publishedAt: ctx.now,
      contentSha256: digestOf(found),
    })
    tellVersion(ctx, 'course_version.published', row)
    return toVersion(row)
  },
})

/** It takes no new learners; those who are in it finish it. Saying it twice changes nothing. */
export const retireVersion = action({
  id: 'courseVersions.retire',
  scope: 'education:write',
  input: ById,
  run: async (ctx, { id }) => {
    const found = await findVersion(ctx, id)
    checkVersion(ctx, found.version)
    if (found.status === 'retired') return toVersion(found)
    if (found.status === 'draft')
      throw new AppError('transition_not_allowed', 'A version is retired once it was published.')
    const row = await changeVersion(ctx, found, { status: 'retired', retiredAt: ctx.now })
    tellVersion(ctx, 'course_version.retired', row)
    return toVersion(row)
  },
})

/** Of what a learner is held to; two versions that ask for the same have the same. */
function digestOf({
  language,
  objectives,
  modules,
  attemptsMax,
  evaluationRequired,
  validMonths,
}: VersionRow) {
  const content = [
    language,
    objectives,
    modules.map(({ code, title, kind, minutes, required, passMark }) => [
      ...[code, title, kind, minutes, required, passMark],
    ]),
    attemptsMax,
    evaluationRequired,
    validMonths,
  ]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

async function changeVersion(
  ctx: TxCtx,
  { id, version }: VersionRow,
  changes: Partial<VersionRow>,
): Promise<VersionRow> {
  const [row] = await ctx.db
    .update(courseVersions)
    .set({ ...changes, version: version + 1, updatedAt: ctx.now })
    .where(
      and(
        eq(courseVersions.networkId, ctx.networkId),
        eq(courseVersions.id, id),
        eq(courseVersions.version, version),
      ),
    )
    .returning()
  if (!row) throw new LostRace()
  return row
}

function tellVersion(ctx: TxCtx, type: Extract<EventType, `course_version.${string}`>, { id }: VersionRow) {
  ctx.emit({ type, subjectType: 'course_version', subjectId: id })
  ctx.touch({ subjectType: 'course_version', subjectId: id })
}

export const getVersion = action({
  id: 'courseVersions.get',
  scope: 'education:read',
  input: ById,
  run: async (ctx, { id }) => toVersion(await findVersion(ctx, id)),
})

export const listVersions = action({
  id: 'courseVersions.list',
  scope: 'education:read',
  input: OfCourse,
  run: async (ctx, { id, limit, cursor }) => {
    const page = pageById(ctx, { list: 'courseVersions', filters: { id }, limit, cursor }, (after, wanted) =>
      ctx.db
        .select()
        .from(courseVersions)
        .where(
          and(
            eq(courseVersions.networkId, ctx.networkId),
            eq(courseVersions.courseId, id),
            after ? lt(courseVersions.id, after) : undefined,
          ),
        )
        .orderBy(desc(courseVersions.id))
        .limit(wanted),
    )
    const [{ rows, nextCursor }] = await Promise.all([page, findCourse(ctx, id)])
    return { data: rows.map(toVersion), nextCursor }
  },
})

export const accredit = action({
  id: 'courseAccreditations.record',
  scope: 'education:write',
  input: NewCourseAccreditation,
  run: async (ctx, { id: courseVersionId, creditsMax, topics: list, ...input }) => {
    await findVersion(ctx, courseVersionId)
    const quartersMax = quartersOf(creditsMax)
    const topics = topicsOf(list)
    const tooMany = Object.values(topics).some((quarters) => quarters > quartersMax)
    if (quartersMax === 0 || tooMany)
      throw invalidInput({
        path: quartersMax === 0 ? ['creditsMax'] : ['topics'],
        code: 'credit_out_of_bounds',
        detail: 'There is a quarter of a credit at least, and of no topic more than altogether.',
      })
    const { networkId, organizationId, now } = ctx
    const row: CourseAccreditationRow = {
      ...input,
      networkId,
      id: newId(now),
      organizationId,
      courseVersionId,
      activityNumber: input.activityNumber ?? null,
      statement: input.statement ?? null,
      quartersMax,
      topics: sumOf(topics) === 0 ? {} : topics,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(courseAccreditations, row))
    ctx.emit({
      type: 'course_accreditation.recorded',
      subjectType: 'course_accreditation',
      subjectId: row.id,
      codes: { creditType: row.creditType },
    })
    ctx.touch({ subjectType: 'course_accreditation', subjectId: row.id })
    return toCourseAccreditation(row)
  },
})

export const getCourseAccreditation = action({
  id: 'courseAccreditations.get',
  scope: 'education:read',
  input: ById,
  run: async (ctx, { id }) => toCourseAccreditation(await findCourseAccreditation(ctx, id)),
})

export const listCourseAccreditations = action({
  id: 'courseAccreditations.list',
  scope: 'education:read',
  input: OfCourse,
  run: async (ctx, { id, limit, cursor }) => {
    const page = pageById(
      ctx,
      { list: 'course-accreditations', filters: { id }, limit, cursor },
      (after, wanted) =>
        ctx.db
          .select()
          .from(courseAccreditations)
          .where(
            and(
              eq(courseAccreditations.networkId, ctx.networkId),
              eq(courseAccreditations.courseVersionId, id),
              after ? lt(courseAccreditations.id, after) : undefined,
            ),
          )
          .orderBy(desc(courseAccreditations.id))
          .limit(wanted),
    )
    const [{ rows, nextCursor }] = await Promise.all([page, findVersion(ctx, id)])
    return { data: rows.map(toCourseAccreditation), nextCursor }
  },
})
