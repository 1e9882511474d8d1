import { eq } from 'drizzle-orm'
import type { z } from 'zod'
import type { TxCtx } from '../../core/context.ts'
import { newId } from '../../core/id.ts'
import { insertRows } from '../../db/insert.ts'
import { keyOf, withKey } from '../../db/sealing.ts'
import { dateIn } from '../clocks/calendar.ts'
import { takePlace } from '../mentors/store.ts'
import type { Cadence, StartingIntensity } from '../programs/contract.ts'
import { findProgram } from '../programs/store.ts'
import { advance, type ReferralRecord } from '../referrals/store.ts'
import { points } from './intensity.ts'
import { closeLiving, type MentorshipRow, noEvidence } from './store.ts'
import { mentorships } from './table.ts'
import { nextTurn } from './turn.ts'

/**
 * A mentor has said yes: takes the place, starts the mentorship and its first clock. Where it takes over from
 * another mentorship, that one ends in the same moment: the person is never between two mentors.
 */
export async function startMentorship(
  ctx: TxCtx,
  record: ReferralRecord,
  mentorId: string,
  takesOverFrom?: MentorshipRow,
): Promise<MentorshipRow> {
  const { row, deadlines } = record
  const rhythm = await rhythmOf(ctx, row.programId)
  const intensity = rhythm.startingIntensity[row.priority] ?? 'standard'
  const mentor = await takePlace(ctx, mentorId, points[intensity])
  if (takesOverFrom)
    await closeLiving(ctx, eq(mentorships.id, takesOverFrom.id), {
      outcome: takesOverFrom.reassignSince ? 'mentor_unavailable' : 'transferred',
      nextSupport: 'Another mentor of the program',
      because: takesOverFrom.reassignSince ? 'reassigned' : 'handed_over',
    })
  const { networkId, organizationId, now } = ctx
  const plain: MentorshipRow = {
    networkId,
    id: newId(now),
    organizationId,
    readerIds: [row.organizationId].filter((id) => id !== organizationId),
    referralId: row.id,
    patientId: row.patientId,
    mentorId,
    mentorType: mentor.type,
    status: 'active',
    cadence: rhythm.cadence,
    rhythmFrom: now,
    startedAt: now,
    pausedAt: null,
    resumeBy: null,
    resumedAt: null,
    closedAt: null,
    outcome: null,
    nextSupport: null,
    nextSupportDeclined: false,
    closedBecause: null,
    intensity,
    weight: points[intensity],
    plannedEndOn: weeksOn(now, rhythm.termWeeks, deadlines.timeZone),
    reviewDueOn: weeksOn(now, Math.min(rhythm.reviewWeeks, rhythm.termWeeks), deadlines.timeZone),
    continuityOfId: takesOverFrom?.id ?? null,
    reassignSince: null,
    withheldFromIds: mentor.employerIds,
    version: 1,
    createdAt: now,
    updatedAt: now,
  }
  const mentorship = withKey(plain, keyOf(row))
  ctx.write(insertRows(mentorships, plain))
  const { priority, receivingOrganizationId } = row
  const standing = {
    priority,
    receivingOrganizationId,
    deadlines,
    living: mentorship,
    evidence: noEvidence,
  }
  await advance(ctx, record, {
    command: 'start_mentorship',
    businessStatus: 'awaiting_first_contact',
    turn: nextTurn(standing, now),
  })
  ctx.emit({
    type: 'mentorship.started',
    subjectType: 'mentorship',
    subjectId: mentorship.id,
    patientId: mentorship.patientId,
    readerIds: mentorship.readerIds,
  })
  ctx.touch({ subjectType: 'mentorship', subjectId: mentorship.id, patientId: mentorship.patientId })
  return mentorship
}

interface Rhythm {
  readonly cadence: z.output<typeof Cadence>
  readonly termWeeks: number
  readonly reviewWeeks: number
  readonly startingIntensity: StartingIntensity
}

/** Where a referral has no program, the service's own defaults hold. */
const withoutProgram: Rhythm = {
  cadence: 'stepped_default',
  termWeeks: 26,
  reviewWeeks: 13,
  startingIntensity: {},
}

async function rhythmOf(ctx: TxCtx, programId: string | null): Promise<Rhythm> {
  return programId === null ? withoutProgram : findProgram(ctx, programId)
}

const weekMs = 7 * 86_400_000

const weeksOn = (from: Date, weeks: number, timeZone: string) =>
  dateIn(timeZone, new Date(from.getTime() + weeks * weekMs))
