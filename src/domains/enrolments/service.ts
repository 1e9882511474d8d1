import { and, desc, eq, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, absentIfNotFound, invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import { findCourse, findVersion } from '../courses/store.ts'
import { findLearner } from '../learners/store.ts'
import { ById, EnrolmentFilter, NewEnrolment } from './contract.ts'
import { progressOf } from './rules.ts'
import { changeEnrolment, type EnrolmentRow, findEnrolment, toEnrolment, toEnrolments } from './store.ts'
import { enrolments } from './table.ts'
import { tell } from './telling.ts'

export const enrol = action({
  id: 'enrolments.create',
  scope: 'education:write',
  input: NewEnrolment,
  run: async (ctx, { learnerId, courseVersionId, dueOn = null }) => {
    const [learner, version] = await Promise.all([
      findLearner(ctx, learnerId).catch(absentIfNotFound),
      findVersion(ctx, courseVersionId).catch(absentIfNotFound),
    ])
    const detail = 'Your organization has none of this id.'
    if (!learner || !version)
      throw invalidInput(
        ...(learner ? [] : [{ path: ['learnerId'], code: 'unknown_learner', detail }]),
        ...(version ? [] : [{ path: ['courseVersionId'], code: 'unknown_course_version', detail }]),
      )
    if (version.status !== 'published')
      throw new AppError('transition_not_allowed', `The version is ${version.status}: it takes no learners.`)
    const { networkId, organizationId, now } = ctx
    const course = await findCourse(ctx, version.courseId)
    const row: EnrolmentRow = {
      networkId,
      id: newId(now),
      organizationId,
      learnerId,
      mentorId: learner.mentorId,
      courseId: course.id,
      courseCode: course.code,
      courseVersionId,
      status: 'enrolled',
      enrolledAt: now,
      dueOn,
      completedOn: null,
      minutes: null,
      validUntil: null,
      endedAt: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(enrolments, row))
    tell(ctx, 'enrolment.created', row)
    return toEnrolment(row, progressOf(version, []))
  },
})

export const getEnrolment = action({
  id: 'enrolments.get',
  scope: 'education:read',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => {
    const row = await findEnrolment(ctx, id)
    // It is the caller's own; what it asks for and what happened in it belong to it.
    ctx.beyondPerson()
    ctx.touch({ subjectType: 'enrolment', subjectId: id })
    return onlyOne(ctx, row)
  },
})

export const listEnrolments = action({
  id: 'enrolments.list',
  scope: 'education:read',
  portal: ['mentor'],
  input: EnrolmentFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const page = await pageById(ctx, { list: 'enrolments', filters, limit, cursor }, (after, wanted) =>
      ctx.db
        .select()
        .from(enrolments)
        .where(
          and(
            eq(enrolments.networkId, ctx.networkId),
            eq(enrolments.organizationId, ctx.organizationId),
            after ? lt(enrolments.id, after) : undefined,
            filters.learnerId ? eq(enrolments.learnerId, filters.learnerId) : undefined,
            filters.status ? eq(enrolments.status, filters.status) : undefined,
          ),
        )
        .orderBy(desc(enrolments.id))
        .limit(wanted),
    )
    // All of them are the caller's own.
    if (page.rows.length > 0) ctx.beyondPerson()
    for (const { id } of page.rows) ctx.touch({ subjectType: 'enrolment', subjectId: id })
    return { data: await toEnrolments(ctx, page.rows), nextCursor: page.nextCursor }
  },
})

/** Saying it twice changes nothing. */
export const withdrawEnrolment = action({
  id: 'enrolments.withdraw',
  scope: 'education:write',
  input: ById,
  run: async (ctx, { id }) => {
    const found = await findEnrolment(ctx, id, { hold: true })
    checkVersion(ctx, found.version)
    if (found.status === 'withdrawn') return onlyOne(ctx, found)
    if (found.status !== 'enrolled')
      throw new AppError('transition_not_allowed', `The enrolment is ${found.status}.`)
    const row = await changeEnrolment(ctx, found, { status: 'withdrawn', endedAt: ctx.now })
    tell(ctx, 'enrolment.withdrawn', row)
    return onlyOne(ctx, row)
  },
})

async function onlyOne(ctx: TxCtx, row: EnrolmentRow) {
  const [one] = await toEnrolments(ctx, [row])
  if (!one) throw new Error('An enrolment is shown as one')
  return one
}
