import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { EventType, TxCtx } from '../../core/context.ts'
import { AppError, invalidInput } from '../../core/errors.ts'
import { Id } from '../../core/id.ts'
import { mergePatch } from '../../core/merge.ts'
import { pageById } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { defined } from '../../core/wire.ts'
import { only } from '../../db/rows.ts'
import { leaveNobodyAlone, returnToTheirPeople } from '../mentorships/departure.ts'
import { withholdNotes } from '../mentorships/store.ts'
import { changePapers } from '../qualifications/remediation.ts'
import { releasableFields } from './codes.ts'
import {
  type MentorChanges as Changes,
  MentorChanges,
  MentorFilter,
  NewMentor,
  ownMembers,
  SetMentorStatus,
} from './contract.ts'
import { refreshEligibility } from './eligibility.ts'
import { insertMentors, refuseOwnLine, refuseUnknownOrganizations } from './intake.ts'
import { widens } from './releases.ts'
import { canBecome } from './rules.ts'
import { changeMentor, findMentor, isMatchedBy, type MentorRow } from './store.ts'
import { supervisionDueAt } from './supervision.ts'
import { mentors, sealedMentors } from './table.ts'
import { toMentor } from './view.ts'

export const createMentor = action({
  id: 'mentors.create',
  scope: 'mentors:write',
  input: NewMentor,
  run: async (ctx, input) => {
    await refuseUnknownOrganizations(ctx, input)
    const row = await heldToRequirements(ctx, only(await insertMentors(ctx, [input])))
    tell(ctx, 'mentor.created', row)
    return toMentor(ctx, row)
  },
})

/** Requirements that came before the mentor, or between two readings, count for them too. */
async function heldToRequirements(ctx: TxCtx, row: MentorRow): Promise<MentorRow> {
  const refreshed = await refreshEligibility(ctx, { mentorId: row.id }).returning(sealedMentors.columns)
  const [held] = await sealedMentors.open(ctx, refreshed)
  return held ?? row
}

export const getMentor = action({
  id: 'mentors.get',
  scope: 'mentors:read',
  portal: ['mentor'],
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => toMentor(ctx, await findMentor(ctx, id)),
})

export const listMentors = action({
  id: 'mentors.list',
  scope: 'mentors:read',
  fromReplica: true,
  input: MentorFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const page = await pageById(ctx, { list: 'mentors', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select(sealedMentors.columns)
        .from(mentors)
        .where(
          and(
            eq(mentors.networkId, ctx.networkId),
            eq(mentors.organizationId, ctx.organizationId),
            after ? lt(mentors.id, after) : undefined,
            filters.status ? eq(mentors.status, filters.status) : undefined,
            filters.type ? eq(mentors.type, filters.type) : undefined,
            filters.organizationId ? eq(mentors.organizationId, filters.organizationId) : undefined,
            filters.programId ? isMatchedBy(ctx, filters.programId) : undefined,
          ),
        )
        .orderBy(desc(mentors.id))
        .limit(rows),
    )
    return {
      data: (await sealedMentors.open(ctx, page.rows)).map((row) => toMentor(ctx, row)),
      nextCursor: page.nextCursor,
    }
  },
})

export const updateMentor = action({
  id: 'mentors.update',
  scope: 'mentors:write',
  portal: ['mentor'],
  input: MentorChanges,
  run: async (ctx, { id, ...said }) => {
    const found = await findMentor(ctx, id)
    checkVersion(ctx, found.version)
    const changes = merged(found, defined(said))
    refuseOthersWords(ctx, found, changes)
    await refuseUnknownOrganizations(ctx, changes)
    refuseOwnLine({
      employerIds: changes.employerIds ?? found.employerIds,
      supervisorOrganizationId:
        changes.supervisorOrganizationId === undefined
          ? found.supervisorOrganizationId
          : changes.supervisorOrganizationId,
    })
    const row = onboardingMembers.some((member) => changes[member] !== undefined)
      ? await judgedAnew(ctx, found, changes)
      : await changeMentor(ctx, found, changes)
    if (changes.employerIds) ctx.write(withholdNotes(ctx, id, changes.employerIds))
    tell(ctx, 'mentor.updated', row)
    return toMentor(ctx, row)
  },
})

/** What is lost or gained by it counts, and is told, before the transaction ends. */
async function judgedAnew(ctx: TxCtx, found: MentorRow, changes: Partial<MentorRow>): Promise<MentorRow> {
  await changePapers(ctx, { mentorId: found.id }, () => changeMentor(ctx, found, changes))
  return findMentor(ctx, found.id)
}

/**
 * What a clinician's readiness rests on. The organization's to say, never the mentor's own token's: behind the person wall the texts
 * that they accepted are not found, and they would lose their readiness by a word about themselves.
 */
const onboardingMembers = ['employerIds', 'supervisorOrganizationId', 'practitionerReferences'] as const

/** What a merge patch makes of the mentor: releases, demographics and limits are patched member by member. */
function merged(
  found: MentorRow,
  { releases, demographics, mustNot, ...changes }: Partial<Omit<Changes, 'id'>>,
) {
  return {
    ...changes,
    ...(releases && { releases: mergePatch(found.releases, releases) }),
    ...(demographics && { demographics: mergePatch(found.demographics, demographics) }),
    ...(mustNot && { mustNot: mergePatch(found.mustNot, mustNot) }),
  }
}

/** Each speaks for themselves: the mentor of their own person, the organization of what it decides. */
function refuseOthersWords(ctx: TxCtx, found: MentorRow, changes: ReturnType<typeof merged>) {
  if (ctx.person) {
    const others = Object.keys(changes).filter(
      (member) => !(ownMembers as readonly string[]).includes(member),
    )
    if (others.length === 0) return
    throw invalidInput(
      ...others.map((member) => ({
        path: [member],
        code: 'organization_decides',
        detail: 'This is for the mentor’s organization to say, not for the portal token of the mentor.',
      })),
    )
  }
  if (changes.releases && widens(found, changes.releases, releasableFields))
    throw invalidInput({
      path: ['releases'],
      code: 'mentor_decides',
      detail: 'Only the mentor lets more people see a field: send this with their portal token.',
    })
}

export const setMentorStatus = action({
  id: 'mentors.setStatus',
  scope: 'mentors:write',
  input: SetMentorStatus,
  run: async (ctx, { id, status, reason, pauseReason, pausedUntil }) => {
    const found = await findMentor(ctx, id)
    checkVersion(ctx, found.version)
    if (!canBecome(found.status, status)) {
      throw new AppError('transition_not_allowed', `A mentor who is ${found.status} cannot become ${status}.`)
    }
    if (status !== 'paused' && (pauseReason !== undefined || pausedUntil !== undefined))
      throw invalidInput({
        path: [pauseReason === undefined ? 'pausedUntil' : 'pauseReason'],
        code: 'conflicting_members',
        detail: 'This goes with the status paused.',
      })
    const activatedAt = status === 'active' ? (found.activatedAt ?? ctx.now) : found.activatedAt
    const changed = await changeMentor(ctx, found, {
      status,
      statusReason: pauseReason ?? reason ?? null,
      pausedUntil: pausedUntil ?? null,
      activatedAt,
      supervisionDueAt: activatedAt && supervisionDueAt(activatedAt, found.supervisedAt),
    })
    const row = await heldToRequirements(ctx, changed)
    tell(ctx, 'mentor.updated', row)
    if (status === 'paused' || status === 'ended') await leaveNobodyAlone(ctx, id, status)
    if (found.status === 'paused' && status === 'active') await returnToTheirPeople(ctx, id)
    return toMentor(ctx, row)
  },
})

function tell(ctx: TxCtx, type: Extract<EventType, `mentor.${string}`>, { id, status }: MentorRow) {
  ctx.emit({ type, subjectType: 'mentor', subjectId: id, codes: { status } })
  ctx.touch({ subjectType: 'mentor', subjectId: id })
}
