import { z } from 'zod'
import { action } from '../../core/action.ts'
import { AppError, type Issue, invalidInput } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { insertRows } from '../../db/insert.ts'
import { newPersonKey } from '../../db/person-keys.ts'
import { organizationsAmong } from '../organizations/store.ts'
import { NewSupervisionSession, SessionFilter } from './contract.ts'
import { type Attending, supervisedInLine } from './rules.ts'
import { findSession, holdMentors, listSessionRows, noteSupervised } from './store.ts'
import { sealedSessions, supervisionAttendances, supervisionSessions } from './table.ts'
import { toSession } from './view.ts'

/** Clocks of two systems differ a little; a session that just ended must not be "in the future". */
const clockToleranceMs = 5 * 60_000

export const recordSession = action({
  id: 'supervisionSessions.record',
  scope: 'mentors:write',
  input: NewSupervisionSession,
  run: async (ctx, { mentorIds, at, supervisorOrganizationId = null, ...input }) => {
    const { networkId, organizationId, now } = ctx
    const [attending, organizations] = await Promise.all([
      holdMentors(ctx, mentorIds),
      organizationsAmong(ctx, supervisorOrganizationId ? [supervisorOrganizationId] : []),
    ])
    const when = new Date(at)
    const issues = [
      ...(when.getTime() > now.getTime() + clockToleranceMs ? [sessionInFuture] : []),
      ...unknownMentors(mentorIds, attending),
      ...(supervisorOrganizationId && !organizations.has(supervisorOrganizationId)
        ? [unknownOrganization]
        : []),
    ]
    if (issues.length > 0) throw invalidInput(...issues)
    if (supervisedInLine(attending, supervisorOrganizationId))
      throw new AppError(
        'conflict_of_interest',
        'The supervisor works for an organization that employs one of the mentors. Somebody outside that line supervises them.',
      )
    const { supervisorHasPeerBackground = null, actions = null, ...said } = input
    const row = {
      ...said,
      networkId,
      id: newId(now),
      organizationId,
      at: when,
      supervisorOrganizationId,
      supervisorHasPeerBackground,
      actions,
      version: 1,
      createdAt: now,
      updatedAt: now,
    }
    const there = attending.map(({ id }) => ({ networkId, sessionId: row.id, mentorId: id, organizationId }))
    const sealed = sealedSessions.row(await newPersonKey(ctx, row.id), row)
    ctx.write(insertRows(supervisionSessions, sealed))
    ctx.write(insertRows(supervisionAttendances, there))
    noteSupervised(ctx, attending, when)
    ctx.emit({
      type: 'supervision_session.recorded',
      subjectType: 'supervision_session',
      subjectId: row.id,
      codes: { kind: row.kind },
    })
    ctx.touch({ subjectType: 'supervision_session', subjectId: row.id })
    return toSession({ ...row, mentorIds: attending.map(({ id }) => id) })
  },
})

const sessionInFuture: Issue = {
  path: ['at'],
  code: 'session_in_future',
  detail: 'A session is recorded after it took place.',
}

const unknownOrganization: Issue = {
  path: ['supervisorOrganizationId'],
  code: 'unknown_organization',
  detail: 'The network has no such organization.',
}

function unknownMentors(mentorIds: readonly string[], attending: readonly Attending[]): Issue[] {
  const known = new Set(attending.map(({ id }) => id))
  return mentorIds.flatMap((id, index) =>
    known.has(id)
      ? []
      : [
          {
            path: ['mentorIds', index],
            code: 'unknown_mentor',
            detail: 'Your organization has no such mentor.',
          },
        ],
  )
}

export const getSession = action({
  id: 'supervisionSessions.get',
  scope: 'mentors:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const row = await findSession(ctx, id)
    ctx.touch({ subjectType: 'supervision_session', subjectId: id })
    return toSession(row)
  },
})

export const listSessions = action({
  id: 'supervisionSessions.list',
  scope: 'mentors:read',
  input: SessionFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const page = await pageById(
      ctx,
      { list: 'supervisionSessions', filters, limit, cursor },
      (after, wanted) => listSessionRows(ctx, { mentorId: filters.mentorId, after, limit: wanted }),
    )
    for (const { id } of page.rows) ctx.touch({ subjectType: 'supervision_session', subjectId: id })
    return { data: page.rows.map(toSession), nextCursor: page.nextCursor }
  },
})
