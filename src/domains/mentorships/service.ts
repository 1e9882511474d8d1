import { and, desc, eq, isNull, lt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { EventType, TxCtx } from '../../core/context.ts'
import { AppError, invalidInput, notFound } from '../../core/errors.ts'
import { Id } from '../../core/id.ts'
import { pageById } from '../../core/page.ts'
import { defined } from '../../core/wire.ts'
import { insertRows } from '../../db/insert.ts'
import { endOfDate } from '../clocks/calendar.ts'
import { noGrounds } from '../decisions/facts.ts'
import { groundsOf } from '../decisions/grounds.ts'
import { disclose, discloseOne, project } from '../disclosures/store.ts'
import { freePlace, takeMore } from '../mentors/store.ts'
import { showPatient } from '../patients/view.ts'
import type { Outcome } from '../referrals/codes.ts'
import { requireAttempts, requireComing } from '../referrals/guards.ts'
import type { ContactEvidence } from '../referrals/rules.ts'
import { type Advance, advance, type ReferralRecord } from '../referrals/store.ts'
import {
  CloseMentorship,
  type Mentorship,
  MentorshipChanges,
  MentorshipFilter,
  mentorshipClasses,
  PauseMentorship,
  RecuseMentorship,
  ResumeMentorship,
} from './contract.ts'
import { searching } from './departure.ts'
import { type Intensity, points } from './intensity.ts'
import { notesWithheld, readingOf } from './notes.ts'
import {
  changeMentorship,
  contactEvidence,
  endAccompaniment,
  findMentorship,
  findOwn,
  type MentorshipRow,
  noEvidence,
  ofReferral,
  pauseOf,
  standingOf,
} from './store.ts'
import { mentorshipPauses, mentorships, sealedMentorships } from './table.ts'
import { businessStatusFor, nextTurn } from './turn.ts'
import { toMentorship } from './view.ts'

export const getMentorship = action({
  id: 'mentorships.get',
  scope: 'mentorships:read',
  portal: ['mentor', 'patient'],
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    if (ctx.person) await findMentorship(ctx, id)
    ctx.beyondPerson()
    const [row, grounds] = await Promise.all([findMentorship(ctx, id), groundsOf(ctx, { mentorshipId: id })])
    const shown = discloseOne(ctx, readingOf(ctx, row, grounds, ['engagement_status']))
    ctx.touch({ subjectType: 'mentorship', subjectId: id, patientId: row.patientId })
    return {
      ...project(toMentorship(ctx, row), mentorshipClasses, shown.permitted),
      ...notesWithheld(ctx, row, shown),
    }
  },
})

export const listMentorships = action({
  id: 'mentorships.list',
  scope: 'mentorships:read',
  fromReplica: true,
  portal: ['mentor', 'patient'],
  input: MentorshipFilter,
  run: async (ctx, { limit, cursor, ...filters }) => {
    const page = await pageById(ctx, { list: 'mentorships', filters, limit, cursor }, (after, rows) =>
      ctx.db
        .select(sealedMentorships.columns)
        .from(mentorships)
        .where(
          and(
            eq(mentorships.networkId, ctx.networkId),
            // A person's own are found by the person wall, whichever organization holds them.
            ctx.person ? undefined : eq(mentorships.organizationId, ctx.organizationId),
            after ? lt(mentorships.id, after) : undefined,
            filters.status ? eq(mentorships.status, filters.status) : undefined,
            filters.mentorId ? eq(mentorships.mentorId, filters.mentorId) : undefined,
            filters.referralId ? eq(mentorships.referralId, filters.referralId) : undefined,
            filters.patientId ? eq(mentorships.patientId, filters.patientId) : undefined,
          ),
        )
        .orderBy(desc(mentorships.id))
        .limit(rows),
    )
    return {
      data: await showAll(ctx, await sealedMentorships.open(ctx, page.rows)),
      nextCursor: page.nextCursor,
    }
  },
})

/** Whom the mentor is to call: the person's name and contact points, as far as a consent covers them. */
export const getMentorshipPatient = action({
  id: 'mentorships.patient',
  scope: 'mentorships:read',
  portal: ['mentor'],
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const { patientId, status } = await findMentorship(ctx, id)
    if (status === 'closed') throw notFound('mentorship')
    ctx.beyondPerson()
    return showPatient(ctx, patientId)
  },
})

/** A person's token may come from their clinic: to it each mentorship is a disclosure, as a single one is. */
async function showAll(ctx: TxCtx, rows: readonly MentorshipRow[]): Promise<Mentorship[]> {
  const [foreign] = rows.filter(({ organizationId }) => organizationId !== ctx.organizationId)
  if (foreign) ctx.beyondPerson()
  // Rows of other organizations are found by one person's token only, so they have one patient.
  const grounds = foreign ? await groundsOf(ctx, foreign.patientId) : noGrounds
  const shown = disclose(
    ctx,
    rows.map((row) => readingOf(ctx, row, grounds, ['engagement_status'])),
    'short',
  )
  return rows.flatMap((row, index) => {
    const part = shown[index]
    if (!part || part.permitted.size === 0) return []
    ctx.touch({ subjectType: 'mentorship', subjectId: row.id, patientId: row.patientId })
    return [
      {
        ...project(toMentorship(ctx, row), mentorshipClasses, part.permitted),
        ...notesWithheld(ctx, row, part),
      },
    ]
  })
}

export const pauseMentorship = action({
  id: 'mentorships.pause',
  scope: 'mentorships:write',
  input: PauseMentorship,
  run: async (ctx, { id, resumeBy }) => {
    const { mentorship, record } = await findOwn(ctx, id)
    requireStatus(mentorship, ['active'])
    requireComing(resumeBy, ctx.now, record.deadlines.timeZone)
    const paused = await changeMentorship(ctx, mentorship, { status: 'paused', pausedAt: ctx.now, resumeBy })
    ctx.write(insertRows(mentorshipPauses, pauseOf(ctx, mentorship, ctx.now)))
    if (record.row.status !== 'on_hold') {
      await advance(ctx, record, {
        command: 'pause_mentorship',
        businessStatus: 'on_hold',
        turn: {
          action: 'review_pause',
          ownerOrganizationId: ctx.organizationId,
          ownerRole: 'coordinator',
          dueAt: endOfDate(resumeBy, record.deadlines.timeZone),
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
    const resumed = await changeMentorship(ctx, mentorship, {
      status: 'active',
      resumedAt: ctx.now,
      resumeBy: null,
    })
    ctx.write(endPause(ctx, id))
    if (record.row.status !== 'on_hold') {
      const standing = await standingOf(ctx, record)
      const turn = nextTurn({ ...standing, living: resumed }, ctx.now)
      await advance(ctx, record, {
        command: 'resume_mentorship',
        businessStatus: businessStatusFor(turn.action),
        turn,
      })
    }
    tell(ctx, 'mentorship.resumed', resumed)
    return toMentorship(ctx, resumed)
  },
})

/** The statement that ends the pause that is on. */
function endPause({ db, networkId, now }: TxCtx, mentorshipId: string) {
  return db
    .update(mentorshipPauses)
    .set({ endedAt: now })
    .where(
      and(
        eq(mentorshipPauses.networkId, networkId),
        eq(mentorshipPauses.mentorshipId, mentorshipId),
        isNull(mentorshipPauses.endedAt),
      ),
    )
}

export const updateMentorship = action({
  id: 'mentorships.update',
  scope: 'mentorships:write',
  input: MentorshipChanges,
  run: async (ctx, { id, ...said }) => {
    const { mentorship, record } = await findOwn(ctx, id)
    requireStatus(mentorship, ['active', 'paused'])
    const changes = defined(said)
    if (changes.intensity) await changePoints(ctx, mentorship, changes.intensity)
    const rhythmFrom =
      changes.cadence && changes.cadence !== mentorship.cadence ? ctx.now : mentorship.rhythmFrom
    const changed = await changeMentorship(ctx, mentorship, { ...changes, rhythmFrom })
    // Another rhythm is another next conversation, if a conversation is what is waited for.
    if (record.clock?.action === 'keep_contact') {
      const standing = await standingOf(ctx, record)
      const turn = nextTurn({ ...standing, living: changed }, ctx.now)
      await advance(ctx, record, {
        command: 'update_mentorship',
        businessStatus: record.row.businessStatus,
        turn,
      })
    }
    tell(ctx, 'mentorship.updated', changed)
    return toMentorship(ctx, changed)
  },
})

/** A mentorship that asks more of its mentor needs the room for it. */
async function changePoints(ctx: TxCtx, { mentorId, intensity }: MentorshipRow, to: Intensity) {
  const more = points[to] - points[intensity]
  if (more > 0) await takeMore(ctx, mentorId, more)
  if (more < 0) ctx.write(freePlace(ctx, mentorId, -more))
}

export const closeMentorship = action({
  id: 'mentorships.close',
  scope: 'mentorships:write',
  input: CloseMentorship,
  run: async (ctx, { id, outcome, nextSupport, nextSupportDeclined }) => {
    const { mentorship, record } = await findOwn(ctx, id)
    requireStatus(mentorship, ['active', 'paused'])
    if (nextSupport !== undefined && nextSupportDeclined)
      throw invalidInput({
        path: ['nextSupportDeclined'],
        code: 'conflicting_members',
        detail: 'Either something comes next, or the person declined it.',
      })
    const step = afterClosing(
      ctx,
      record,
      outcome,
      await contactEvidence(ctx, ofReferral(ctx, record.row.id)),
    )
    await endAccompaniment(ctx, record.row, { outcome, nextSupport, nextSupportDeclined })
    await advance(ctx, record, step)
    return toMentorship(ctx, await findMentorship(ctx, id))
  },
})

/**
 * A mentor steps back: one call, no reason asked, and in the same moment a coordinator has a clock to find the next
 * mentor. The two are never matched again unless both agree.
 */
export const recuseMentorship = action({
  id: 'mentorships.recuse',
  scope: 'mentorships:write',
  portal: ['mentor'],
  input: RecuseMentorship,
  run: async (ctx, { id }) => {
    const { mentorship, record } = await findOwn(ctx, id)
    requireStatus(mentorship, ['active', 'paused'])
    const outcome = 'mentor_unavailable'
    const step = afterClosing(ctx, record, outcome, noEvidence)
    await endAccompaniment(ctx, record.row, { outcome, because: 'recused' })
    // To everybody else it is a mentorship that closed: that the mentor stepped back is theirs to tell.
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
  record: ReferralRecord,
  outcome: Outcome,
  evidence: ContactEvidence,
): Advance {
  const command = 'close_mentorship'
  const { row } = record
  if (outcome === 'mentor_unavailable') {
    const turn = searching(ctx, record, 'reassign_mentor')
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

function tell(
  ctx: TxCtx,
  type: Extract<EventType, `mentorship.${string}`>,
  { id, readerIds, patientId }: MentorshipRow,
) {
  ctx.emit({ type, subjectType: 'mentorship', subjectId: id, patientId, readerIds })
  ctx.touch({ subjectType: 'mentorship', subjectId: id, patientId })
}
