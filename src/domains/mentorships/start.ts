import type { z } from 'zod'
import type { TxCtx } from '../../core/context.ts'
import { newId } from '../../core/id.ts'
import { takePlace } from '../mentors/store.ts'
import type { Cadence } from '../programs/contract.ts'
import { findProgram } from '../programs/store.ts'
import { advance, type ReferralRecord } from '../referrals/store.ts'
import type { MentorshipRow } from './store.ts'
import { mentorships } from './table.ts'
import { nextTurn } from './turn.ts'

const noContactsYet = {
  twoWayContacts: 0,
  attempts: 0,
  modes: 0,
  firstAttemptAt: null,
  lastAttemptAt: null,
  lastTwoWayAt: null,
} as const

/** A mentor has said yes: takes the place, starts the mentorship and its first clock. */
export async function startMentorship(
  ctx: TxCtx,
  record: ReferralRecord,
  mentorId: string,
): Promise<MentorshipRow> {
  const { row, timeZone } = record
  const [mentor, cadence] = await Promise.all([takePlace(ctx, mentorId), cadenceOf(ctx, row.programId)])
  const { networkId, organizationId, now } = ctx
  const mentorship: MentorshipRow = {
    networkId,
    id: newId(now),
    organizationId,
    readerIds: [row.organizationId].filter((id) => id !== organizationId),
    referralId: row.id,
    patientId: row.patientId,
    mentorId,
    mentorType: mentor.type,
    status: 'active',
    cadence,
    startedAt: now,
    pausedAt: null,
    resumeBy: null,
    resumedAt: null,
    closedAt: null,
    outcome: null,
    nextSupport: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  }
  ctx.write(ctx.db.insert(mentorships).values(mentorship))
  const { priority, receivingOrganizationId } = row
  const standing = {
    priority,
    receivingOrganizationId,
    timeZone,
    living: mentorship,
    evidence: noContactsYet,
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
    readerIds: mentorship.readerIds,
  })
  ctx.touch({ subjectType: 'mentorship', subjectId: mentorship.id, patientId: mentorship.patientId })
  return mentorship
}

async function cadenceOf(ctx: TxCtx, programId: string | null): Promise<z.output<typeof Cadence>> {
  return programId === null ? 'stepped_default' : (await findProgram(ctx, programId)).cadence
}
