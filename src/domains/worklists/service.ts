import { and, asc, eq, gt, inArray, isNotNull, lte, or, sql } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { cutPage, openCursor, sealCursor } from '../../core/page.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { dateIn, endOfDate } from '../clocks/calendar.ts'
import { clocks } from '../clocks/table.ts'
import { mentors } from '../mentors/table.ts'
import { findOrganization } from '../organizations/store.ts'
import { mentorCredentials } from '../qualifications/table.ts'
import { ClockWorklistFilter, CredentialWorklistFilter, SupervisionWorklistFilter } from './contract.ts'
import { pageOfClocks } from './store.ts'

/** Conversations and attempts that are due before the day is over, there. What is overdue comes first. */
export const toCallToday = action({
  id: 'worklists.toCallToday',
  scope: 'mentorships:read',
  fromReplica: true,
  input: ClockWorklistFilter,
  run: async (ctx, filter) =>
    pageOfClocks(
      ctx,
      'to-call-today',
      filter,
      and(
        // Literal, as in the index clocks_to_call: bound values would hide from the planner that it fits.
        sql`${clocks.action} in ('attempt_first_contact', 'reach_person', 'keep_contact')`,
        // A deadline of midnight is today's.
        lte(clocks.dueAt, await endOfToday(ctx)),
      ),
    ),
})

export const overdue = action({
  id: 'worklists.overdue',
  scope: 'mentorships:read',
  fromReplica: true,
  input: ClockWorklistFilter,
  run: (ctx, filter) => pageOfClocks(ctx, 'overdue', filter, lte(clocks.dueAt, ctx.now)),
})

export const awaitingMatch = action({
  id: 'worklists.awaitingMatch',
  scope: 'mentorships:read',
  fromReplica: true,
  input: ClockWorklistFilter,
  run: (ctx, filter) => pageOfClocks(ctx, 'awaiting-match', filter, eq(clocks.action, 'offer_mentor')),
})

export const needsReassignment = action({
  id: 'worklists.needsReassignment',
  scope: 'mentorships:read',
  fromReplica: true,
  input: ClockWorklistFilter,
  run: (ctx, filter) => pageOfClocks(ctx, 'needs-reassignment', filter, eq(clocks.action, 'reassign_mentor')),
})

async function endOfToday(ctx: TxCtx): Promise<Date> {
  const { timeZone } = await findOrganization(ctx, ctx.organizationId)
  return endOfDate(dateIn(timeZone, ctx.now), timeZone)
}

export const supervisionDue = action({
  id: 'worklists.supervisionDue',
  scope: 'mentors:read',
  fromReplica: true,
  input: SupervisionWorklistFilter,
  run: async (ctx, { limit, cursor }) => {
    const [at = '', id = ''] = openCursor(ctx, 'supervision-due', {}, cursor) ?? []
    const rows = await ctx.db
      .select({ id: mentors.id, dueAt: mentors.supervisionDueAt, lastAt: mentors.supervisedAt })
      .from(mentors)
      .where(
        and(
          eq(mentors.networkId, ctx.networkId),
          eq(mentors.organizationId, ctx.organizationId),
          eq(mentors.status, 'active'),
          isNotNull(mentors.supervisionDueAt),
          lte(mentors.supervisionDueAt, await endOfToday(ctx)),
          cursor
            ? or(
                gt(mentors.supervisionDueAt, new Date(at)),
                and(eq(mentors.supervisionDueAt, new Date(at)), gt(mentors.id, id)),
              )
            : undefined,
        ),
      )
      .orderBy(asc(mentors.supervisionDueAt), asc(mentors.id))
      .limit(limit + 1)
    const due = rows.flatMap((row) => (row.dueAt ? [{ ...row, dueAt: row.dueAt }] : []))
    const page = cutPage(due, limit, (last) =>
      sealCursor(ctx, 'supervision-due', {}, [toInstant(last.dueAt), last.id]),
    )
    return {
      data: page.rows.map(({ id: mentorId, dueAt, lastAt }) => ({
        mentorId,
        reason: {
          code: 'supervision_due' as const,
          dueAt: toInstant(dueAt),
          lastSessionAt: toInstantOrNull(lastAt),
          overdue: dueAt <= ctx.now,
        },
      })),
      nextCursor: page.nextCursor,
    }
  },
})

const dayMs = 86_400_000

/** Credentials of mentors who are at work, soonest to run out first; those that have run out stand at the top. */
export const credentialExpiring = action({
  id: 'worklists.credentialExpiring',
  scope: 'mentors:read',
  fromReplica: true,
  input: CredentialWorklistFilter,
  run: async (ctx, { limit, cursor, withinDays }) => {
    const [on = '', id = ''] = openCursor(ctx, 'credential-expiring', withinDays, cursor) ?? []
    const until = new Date(ctx.now.getTime() + withinDays * dayMs).toISOString().slice(0, 10)
    const today = ctx.now.toISOString().slice(0, 10)
    const rows = await ctx.db
      .select({
        id: mentorCredentials.id,
        mentorId: mentorCredentials.mentorId,
        code: mentorCredentials.code,
        expiresOn: mentorCredentials.expiresOn,
      })
      .from(mentorCredentials)
      .innerJoin(
        mentors,
        and(eq(mentors.networkId, mentorCredentials.networkId), eq(mentors.id, mentorCredentials.mentorId)),
      )
      .where(
        and(
          eq(mentorCredentials.networkId, ctx.networkId),
          eq(mentorCredentials.organizationId, ctx.organizationId),
          eq(mentorCredentials.status, 'active'),
          inArray(mentors.status, ['active', 'paused']),
          isNotNull(mentorCredentials.expiresOn),
          lte(mentorCredentials.expiresOn, until),
          cursor
            ? or(
                gt(mentorCredentials.expiresOn, on),
                and(eq(mentorCredentials.expiresOn, on), gt(mentorCredentials.id, id)),
              )
            : undefined,
        ),
      )
      .orderBy(asc(mentorCredentials.expiresOn), asc(mentorCredentials.id))
      .limit(limit + 1)
    const dated = rows.flatMap((row) =>
      row.expiresOn === null ? [] : [{ ...row, expiresOn: row.expiresOn }],
    )
    const page = cutPage(dated, limit, (last) =>
      sealCursor(ctx, 'credential-expiring', withinDays, [last.expiresOn, last.id]),
    )
    return {
      data: page.rows.map(({ id: credentialId, mentorId, code, expiresOn }) => ({
        mentorId,
        credentialId,
        reason: {
          code: expiresOn < today ? ('credential_expired' as const) : ('credential_expiring' as const),
          credential: code,
          expiresOn,
        },
      })),
      nextCursor: page.nextCursor,
    }
  },
})
