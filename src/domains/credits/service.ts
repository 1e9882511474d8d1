import { and, desc, eq, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, absentIfNotFound, invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { insertRows } from '../../db/insert.ts'
import { beyondAccreditation, quartersOf, sumOf, type Topics, topicsOf } from '../courses/rules.ts'
import { type CourseAccreditationRow, findCourseAccreditation } from '../courses/store.ts'
import { findEnrolment } from '../enrolments/store.ts'
import { findLearner } from '../learners/store.ts'
import { ById, NewCreditAward, OfLearner } from './contract.ts'
import { type AwardRow, findAward, tellOfAward, toAward } from './store.ts'
import { creditAwards } from './table.ts'

const beyond = {
  outside_dates: 'The course was completed on a day on which the accreditation did not hold.',
  too_many: 'More credits than were accredited.',
  too_many_of_topic: 'More credits of a topic than were accredited, or than are awarded altogether.',
}

/** The database holds the same: a unique index, and checks against the bounds of the accreditation. */
export const awardCredit = action({
  id: 'creditAwards.create',
  scope: 'education:write',
  input: NewCreditAward,
  run: async (ctx, { id: enrolmentId, accreditationId, credits, topics: list }) => {
    const [enrolment, accredited] = await Promise.all([
      findEnrolment(ctx, enrolmentId, { hold: true }),
      findCourseAccreditation(ctx, accreditationId).catch(absentIfNotFound),
    ])
    if (accredited?.courseVersionId !== enrolment.courseVersionId)
      throw invalidInput({
        path: ['accreditationId'],
        code: 'unknown_accreditation',
        detail: 'The version of this course has no such accreditation.',
      })
    if (enrolment.status !== 'completed' || enrolment.completedOn === null)
      throw new AppError('course_not_completed', `The enrolment is ${enrolment.status}.`)
    const quarters = credits === undefined ? accredited.quartersMax : quartersOf(credits)
    const topics = list ? topicsOf(list) : defaultTopics(accredited, quarters)
    if (quarters === 0 || sumOf(topics) > quarters)
      throw invalidInput({
        path: quarters === 0 ? ['credits'] : ['topics'],
        code: 'credit_out_of_bounds',
        detail: 'There is a quarter of a credit at least, and of topics no more than altogether.',
      })
    const refusal = beyondAccreditation({ quarters, topics, on: enrolment.completedOn }, accredited)
    if (refusal) throw new AppError('credit_not_accredited', beyond[refusal])
    const { networkId, organizationId, now } = ctx
    const { creditType, quartersMax, effectiveFrom, effectiveTo } = accredited
    const row: AwardRow = {
      networkId,
      id: newId(now),
      organizationId,
      learnerId: enrolment.learnerId,
      enrolmentId,
      courseVersionId: enrolment.courseVersionId,
      accreditationId,
      creditType,
      quarters,
      topics,
      awardedOn: enrolment.completedOn,
      quartersMax,
      effectiveFrom,
      effectiveTo,
      revokedAt: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(creditAwards, row))
    tellOfAward(ctx, 'credit_award.made', row)
    return toAward(row)
  },
})

/** Whoever claims all of the credits was there for all of the topics; of part of it nobody knows which. */
const defaultTopics = ({ topics, quartersMax }: CourseAccreditationRow, quarters: number): Topics =>
  quarters === quartersMax && sumOf(topics) <= quarters ? topics : {}

export const getAward = action({
  id: 'creditAwards.get',
  scope: 'education:read',
  input: ById,
  run: async (ctx, { id }) => {
    const row = await findAward(ctx, id)
    ctx.touch({ subjectType: 'credit_award', subjectId: id })
    return toAward(row)
  },
})

export const listAwards = action({
  id: 'creditAwards.list',
  scope: 'education:read',
  portal: ['mentor'],
  input: OfLearner,
  run: async (ctx, { id, limit, cursor }) => {
    await findLearner(ctx, id)
    // The learner is the caller's own; nothing but this learner's credits is read from here on.
    ctx.beyondPerson()
    const page = await pageOfAwards(ctx, id, limit, cursor)
    for (const award of page.rows) ctx.touch({ subjectType: 'credit_award', subjectId: award.id })
    return { data: page.rows.map(toAward), nextCursor: page.nextCursor }
  },
})

const pageOfAwards = (ctx: TxCtx, learnerId: string, limit: number, cursor: string | undefined) =>
  pageById(ctx, { list: 'creditAwards', filters: { learnerId }, limit, cursor }, (after, wanted) =>
    ctx.db
      .select()
      .from(creditAwards)
      .where(
        and(
          eq(creditAwards.networkId, ctx.networkId),
          eq(creditAwards.learnerId, learnerId),
          after ? lt(creditAwards.id, after) : undefined,
        ),
      )
      .orderBy(desc(creditAwards.id))
      .limit(wanted),
  )
