import { and, desc, eq, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, absentIfNotFound, type Issue, invalidInput } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import { keyOf } from '../../db/sealing.ts'
import { findLearner } from '../learners/store.ts'
import { findCohort, findLearningProgram } from '../learning/store.ts'
import { findMentor, type MentorRow } from '../mentors/store.ts'
import { organizationsAmong } from '../organizations/store.ts'
import { ById, NewPlacement, OfPlacement, PlacementFilter } from './contract.ts'
import { isPeer } from './rules.ts'
import {
  changePlacement,
  findHour,
  findPlacement,
  holdOwn,
  type PlacementRow,
  tellOfPlacement,
  toHour,
  toPlacement,
} from './store.ts'
import { placementHours, placements, sealedHours, sealedPlacements } from './table.ts'

export const createPlacement = action({
  id: 'placements.create',
  scope: 'education:write',
  input: NewPlacement,
  run: async (ctx, { schoolOrganizationId = null, schoolReference = null, ...input }) => {
    const { cohortId, learnerId, hostMentorId, supervisorId, relationship } = input
    const [cohort, learner, host, supervisor, schools] = await Promise.all([
      findCohort(ctx, cohortId).catch(absentIfNotFound),
      findLearner(ctx, learnerId).catch(absentIfNotFound),
      findMentor(ctx, hostMentorId).catch(absentIfNotFound),
      findMentor(ctx, supervisorId).catch(absentIfNotFound),
      organizationsAmong(ctx, schoolOrganizationId ? [schoolOrganizationId] : []),
    ])
    const unknown = (member: string, code: string): Issue => ({
      path: [member],
      code,
      detail: 'There is none of this id, or it is not yours.',
    })
    const isElsewhere = schoolOrganizationId !== null && schoolOrganizationId !== ctx.organizationId
    if (!cohort || !learner || !host || !supervisor || (isElsewhere && !schools.has(schoolOrganizationId)))
      throw invalidInput(
        ...(cohort ? [] : [unknown('cohortId', 'unknown_cohort')]),
        ...(learner ? [] : [unknown('learnerId', 'unknown_learner')]),
        ...(host ? [] : [unknown('hostMentorId', 'unknown_mentor')]),
        ...(supervisor ? [] : [unknown('supervisorId', 'unknown_mentor')]),
        ...(isElsewhere && !schools.has(schoolOrganizationId)
          ? [unknown('schoolOrganizationId', 'unknown_organization')]
          : []),
      )
    refuseSupervisor(supervisor, [host.id, learner.mentorId])
    if (learner.mentorId === host.id)
      throw invalidInput({
        path: ['hostMentorId'],
        code: 'conflicting_members',
        detail: 'A mentor does not go along with themselves.',
      })
    const program = await findLearningProgram(ctx, cohort.learningProgramId)
    const { networkId, organizationId, now } = ctx
    const row: PlacementRow = {
      networkId,
      id: newId(now),
      organizationId,
      readerIds: isElsewhere ? [schoolOrganizationId] : [],
      cohortId,
      learningProgramId: program.id,
      learnerId,
      learnerMentorId: learner.mentorId,
      hostMentorId,
      supervisorId,
      schoolOrganizationId: isElsewhere ? schoolOrganizationId : null,
      schoolReference,
      relationship,
      status: 'active',
      requiredMinutes: program.requiredMinutes,
      recordedMinutes: 0,
      signedMinutes: 0,
      signedReflections: 0,
      evidenced: [],
      endedAt: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    ctx.write(insertRows(placements, sealedPlacements.row(keyOf(learner), row)))
    tellOfPlacement(ctx, 'placement.created', row)
    return toPlacement(ctx, row)
  },
})

/** A peer, at work, and nobody who would answer for their own hours. */
function refuseSupervisor(supervisor: MentorRow, others: readonly (string | null)[]) {
  const detail = others.includes(supervisor.id)
    ? 'Nobody supervises their own hours.'
    : !isPeer(supervisor) || supervisor.status !== 'active'
      ? 'A peer who is active supervises a placement.'
      : undefined
  if (detail) throw invalidInput({ path: ['supervisorId'], code: 'supervisor_not_peer', detail })
}

export const getPlacement = action({
  id: 'placements.get',
  scope: 'education:read',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => {
    const row = await findPlacement(ctx, id)
    ctx.touch({ subjectType: 'placement', subjectId: id })
    return toPlacement(ctx, row)
  },
})

/** One's own, and those of the learners whom one sent. */
export const listPlacements = action({
  id: 'placements.list',
  scope: 'education:read',
  portal: ['mentor'],
  input: PlacementFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const page = await pageById(ctx, { list: 'placements', filters, limit, cursor }, (after, wanted) =>
      ctx.db
        .select(sealedPlacements.columns)
        .from(placements)
        .where(
          and(
            eq(placements.networkId, ctx.networkId),
            after ? lt(placements.id, after) : undefined,
            filters.learnerId ? eq(placements.learnerId, filters.learnerId) : undefined,
            filters.status ? eq(placements.status, filters.status) : undefined,
          ),
        )
        .orderBy(desc(placements.id))
        .limit(wanted),
    )
    for (const { id } of page.rows) ctx.touch({ subjectType: 'placement', subjectId: id })
    const opened = await sealedPlacements.open(ctx, page.rows)
    return { data: opened.map((row) => toPlacement(ctx, row)), nextCursor: page.nextCursor }
  },
})

/** At any time, and without a reason. What was signed stays signed. Saying it twice changes nothing. */
export const withdrawPlacement = action({
  id: 'placements.withdraw',
  scope: 'education:write',
  input: ById,
  run: async (ctx, { id }) => {
    const found = await holdOwn(ctx, id)
    checkVersion(ctx, found.version)
    if (found.status === 'withdrawn') return toPlacement(ctx, found)
    if (found.status !== 'active')
      throw new AppError('transition_not_allowed', `The placement is ${found.status}.`)
    const row = await changePlacement(ctx, found, { status: 'withdrawn', endedAt: ctx.now })
    tellOfPlacement(ctx, 'placement.withdrawn', row)
    return toPlacement(ctx, row)
  },
})

export const getHour = action({
  id: 'placementHours.get',
  scope: 'education:read',
  portal: ['mentor'],
  input: ById,
  run: async (ctx, { id }) => {
    const row = await findHour(ctx, id)
    ctx.touch({ subjectType: 'placement_hour', subjectId: id, patientId: row.patientId })
    return toHour(row)
  },
})

export const listHours = action({
  id: 'placementHours.list',
  scope: 'education:read',
  portal: ['mentor'],
  input: OfPlacement,
  run: async (ctx, { id, limit, cursor }) => {
    await findPlacement(ctx, id)
    const page = await pageOfHours(ctx, id, limit, cursor)
    for (const { id: hourId, patientId } of page.rows)
      ctx.touch({ subjectType: 'placement_hour', subjectId: hourId, patientId })
    const opened = await sealedHours.open(ctx, page.rows)
    return { data: opened.map(toHour), nextCursor: page.nextCursor }
  },
})

const pageOfHours = (ctx: TxCtx, placementId: string, limit: number, cursor: string | undefined) =>
  pageById(ctx, { list: 'placementHours', filters: { placementId }, limit, cursor }, (after, wanted) =>
    ctx.db
      .select(sealedHours.columns)
      .from(placementHours)
      .where(
        and(
          eq(placementHours.networkId, ctx.networkId),
          eq(placementHours.placementId, placementId),
          after ? lt(placementHours.id, after) : undefined,
        ),
      )
      .orderBy(desc(placementHours.id))
      .limit(wanted),
  )
