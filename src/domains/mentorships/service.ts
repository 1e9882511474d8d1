import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { EventType, TxCtx } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { Id } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { LostRace } from '../../db/transaction.ts'
import { dueAt, endOfDate } from '../clocks/rules.ts'
import { consentsOfPatient, toFacts } from '../consents/store.ts'
import { discloseOne, project } from '../disclosures/store.ts'
import type { Outcome } from '../referrals/codes.ts'
import { requireAttempts, requireComing } from '../referrals/guards.ts'
import type { ContactEvidence } from '../referrals/rules.ts'
import { type Advance, advance, type ReferralRecord } from '../referrals/store.ts'
import {
  CloseMentorship,
  type Mentorship,
  MentorshipFilter,
  mentorshipClasses,
  PauseMentorship,
  ResumeMentorship,
} from './contract.ts'
import {
  contactEvidence,
  endAccompaniment,
  findMentorship,
  findOwn,
  type MentorshipRow,
  ofReferral,
  patientOf,
  standingOf,
} from './store.ts'
import { mentorships } from './table.ts'
import { nextTurn } from './turn.ts'

/** Who the mentor is stays with their organization; others learn the type. */
function toMentorship(ctx: TxCtx, row: MentorshipRow): Mentorship {
  const { networkId: _, readerIds: __, pausedAt: ___, resumedAt: ____, mentorId, ...fields } = row
  return {
    ...fields,
    ...(row.organizationId === ctx.organizationId && { mentorId }),
    startedAt: toInstant(row.startedAt),
    closedAt: toInstantOrNull(row.closedAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

export const getMentorship = action({
  id: 'mentorships.get',
  scope: 'mentorships:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const [row, consents] = await Promise.all([
      findMentorship(ctx, id),
      consentsOfPatient(ctx, patientOf(ctx, id)),
    ])
    const shown = discloseOne(ctx, {
      consents: consents.map(toFacts),
      holderId: row.organizationId,
      patientId: row.patientId,
      subjectType: 'mentorship',
      subjectId: id,
      dataClasses: ['engagement_status', 'contact_notes'],
    })
    ctx.touch({ subjectType: 'mentorship', subjectId: id, patientId: row.patientId })
    return { ...project(toMentorship(ctx, row), mentorshipClasses, shown.permitted), ...shown.attached }
  },
})

export const listMentorships = action({
  id: 'mentorships.list',
  scope: 'mentorships:read',
  input: MentorshipFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const page = await pageById(ctx, { list: 'mentorships', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select()
        .from(mentorships)
        .where(
          and(
            eq(mentorships.networkId, ctx.networkId),
            eq(mentorships.organizationId, ctx.organizationId),
            after ? lt(mentorships.id, after) : undefined,
            filters.status ? eq(mentorships.status, filters.status) : undefined,
            filters.mentorId ? eq(mentorships.mentorId, filters.mentorId) : undefined,
            filters.referralId ? eq(mentorships.referralId, filters.referralId) : undefined,
          ),
        )
        .orderBy(desc(mentorships.id))
        .limit(rows),
    )
    for (const row of page.rows)
      ctx.touch({ subjectType: 'mentorship', subjectId: row.id, patientId: row.patientId })
    return { data: page.rows.map((row) => toMentorship(ctx, row)), nextCursor: page.nextCursor }
  },
})

export const pauseMentorship = action({
  id: 'mentorships.pause',
  scope: 'mentorships:write',
  input: PauseMentorship,
  run: async (ctx, { id, resumeBy }) => {
    const { mentorship, record } = await findOwn(ctx, id)
    requireStatus(mentorship, ['active'])
    requireComing(resumeBy, ctx.now, record.timeZone)
    const paused = await change(ctx, mentorship, { status: 'paused', pausedAt: ctx.now, resumeBy })
    if (record.row.status !== 'on_hold') {
      await advance(ctx, record, {
        command: 'pause_mentorship',
        businessStatus: 'on_hold',
        turn: {
          action: 'review_pause',
          ownerOrganizationId: ctx.organizationId,
          ownerRole: 'coordinator',
          dueAt: endOfDate(resumeBy, record.timeZone),
        },
      })
    }
    tell(ctx, 'mentorship.paused', paused)
    return toMentorship(ctx, paused)
  },
})

export const resumeMentorship = action({
  id: 'mentorships.resume',
  scope: 'mentorships:write',
  input: ResumeMentorship,
  run: async (ctx, { id }) => {
    const { mentorship, record } = await findOwn(ctx, id)
    requireStatus(mentorship, ['paused'])
    const resumed = await change(ctx, mentorship, { status: 'active', resumedAt: ctx.now, resumeBy: null })
    if (record.row.status !== 'on_hold') {
      const standing = await standingOf(ctx, record)
      const turn = nextTurn({ ...standing, living: resumed }, ctx.now)
      const businessStatus = standing.evidence.lastTwoWayAt ? 'contact_completed' : 'attempting_contact'
      await advance(ctx, record, { command: 'resume_mentorship', businessStatus, turn })
    }
    tell(ctx, 'mentorship.resumed', resumed)
    return toMentorship(ctx, resumed)
  },
})

export const closeMentorship = action({
  id: 'mentorships.close',
  scope: 'mentorships:write',
  input: CloseMentorship,
  run: async (ctx, { id, outcome, nextSupport }) => {
    const { mentorship, record } = await findOwn(ctx, id)
    requireStatus(mentorship, ['active', 'paused'])
    const step = afterClosing(
      ctx,
      record,
      outcome,
      await contactEvidence(ctx, ofReferral(ctx, record.row.id)),
    )
    await endAccompaniment(ctx, record.row, { outcome, nextSupport })
    await advance(ctx, record, step)
    return toMentorship(ctx, await findMentorship(ctx, id))
  },
})

/**
 * What a closed mentorship makes of its referral. A person whose mentor is gone is not done: the referral stays
 * open and somebody has two business days to find the next mentor. Otherwise the referral ends with it.
 */
function afterClosing(
  ctx: TxCtx,
  { row, timeZone }: ReferralRecord,
  outcome: Outcome,
  evidence: ContactEvidence,
): Advance {
  const command = 'close_mentorship'
  if (outcome === 'mentor_unavailable') {
    const due = dueAt('reassign_mentor', row.priority, ctx.now, timeZone)
    const turn = {
      action: 'reassign_mentor',
      ownerOrganizationId: ctx.organizationId,
      ownerRole: 'coordinator',
      dueAt: due,
    } as const
    const status = row.status === 'on_hold' ? 'in_progress' : row.status
    return { command, status, businessStatus: 'awaiting_match', turn }
  }
  if (evidence.twoWayContacts > 0)
    return { command, status: 'completed', businessStatus: 'fulfilled', outcome, turn: null }
  if (outcome === 'goals_met' || outcome === 'planned_end') {
    throw new AppError(
      'two_way_contact_required',
      'Nobody has spoken with the person yet, so goals or a planned end cannot have been reached.',
    )
  }
  if (outcome === 'lost_contact') requireAttempts(evidence)
  const reason = outcome === 'lost_contact' ? 'unable_to_contact' : outcome
  return {
    command,
    status: 'failed',
    businessStatus: 'not_completed',
    reason,
    outcome,
    turn: null,
  }
}

function requireStatus({ status }: MentorshipRow, allowed: readonly MentorshipRow['status'][]) {
  if (!allowed.includes(status)) throw new AppError('transition_not_allowed', `The mentorship is ${status}.`)
}

async function change(
  ctx: TxCtx,
  { id, version }: MentorshipRow,
  changes: Partial<MentorshipRow>,
): Promise<MentorshipRow> {
  const [row] = await ctx.db
    .update(mentorships)
    .set({ ...changes, version: version + 1, updatedAt: ctx.now })
    .where(
      and(eq(mentorships.networkId, ctx.networkId), eq(mentorships.id, id), eq(mentorships.version, version)),
    )
    .returning()
  if (!row) throw new LostRace()
  return row
}

function tell(
  ctx: TxCtx,
  type: Extract<EventType, `mentorship.${string}`>,
  { id, readerIds, patientId }: MentorshipRow,
) {
  ctx.emit({ type, subjectType: 'mentorship', subjectId: id, readerIds })
  ctx.touch({ subjectType: 'mentorship', subjectId: id, patientId })
}
