import { eq } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { endOfDate } from '../clocks/calendar.ts'
import { dueAt } from '../clocks/rules.ts'
import {
  contactEvidence,
  endAccompaniment,
  endSilence,
  ofReferral,
  standingOf,
  withdrawOffers,
} from '../mentorships/store.ts'
import { businessStatusFor, nextTurn } from '../mentorships/turn.ts'
import { offers } from '../offers/table.ts'
import type { Outcome } from './codes.ts'
import {
  AcceptReferral,
  CancelReferral,
  CompleteReferral,
  EnterInError,
  FailReferral,
  HoldReferral,
  RejectReferral,
  ReopenReferral,
  ResumeReferral,
  WaitlistReferral,
} from './contract.ts'
import { requireAttempts, requireComing } from './guards.ts'
import { requestReferral } from './request.ts'
import { advance, findForCommand, type ReferralRecord } from './store.ts'
import { showReferral, stillReadable } from './view.ts'

export const acceptReferral = action({
  id: 'referrals.accept',
  again: stillReadable,
  scope: 'referrals:write',
  input: AcceptReferral,
  run: async (ctx, { id }) => {
    const record = await findForCommand(ctx, id, 'accept')
    const { receivingOrganizationId, priority } = record.row
    const due = dueAt('offer_mentor', priority, ctx.now, record.deadlines)
    const turn = {
      action: 'offer_mentor',
      ownerOrganizationId: receivingOrganizationId,
      ownerRole: 'coordinator',
      dueAt: due,
    } as const
    const moved = await advance(ctx, record, {
      command: 'accept',
      status: 'accepted',
      businessStatus: 'awaiting_match',
      turn,
    })
    return showReferral(ctx, moved)
  },
})

export const rejectReferral = action({
  id: 'referrals.reject',
  again: stillReadable,
  scope: 'referrals:write',
  input: RejectReferral,
  run: async (ctx, { id, reason, text }) => {
    const record = await findForCommand(ctx, id, 'reject')
    const moved = await advance(ctx, record, {
      command: 'reject',
      status: 'rejected',
      businessStatus: 'declined',
      reason,
      text,
      turn: null,
    })
    return showReferral(ctx, moved)
  },
})

export const cancelReferral = action({
  id: 'referrals.cancel',
  again: stillReadable,
  scope: 'referrals:write',
  input: CancelReferral,
  run: async (ctx, { id, reason, text }) => {
    const record = await findForCommand(ctx, id, 'cancel')
    const moved = await close(ctx, record, outcomeOfCancellation[reason], {
      command: 'cancel',
      status: 'cancelled',
      businessStatus: 'cancelled',
      reason,
      text,
    })
    return showReferral(ctx, moved)
  },
})

/** How a mentorship ends when its referral is cancelled. */
const outcomeOfCancellation = {
  person_declined: 'person_ended',
  person_served_elsewhere: 'transferred',
  consent_withdrawn: 'person_ended',
  requester_withdrew: 'program_ended_relationship',
  sent_in_error: 'admin_error',
  superseded: 'admin_error',
} as const satisfies Record<string, Outcome>

export const enterReferralInError = action({
  id: 'referrals.enterInError',
  scope: 'referrals:write',
  input: EnterInError,
  run: async (ctx, { id, text }) => {
    const record = await findForCommand(ctx, id, 'enter_in_error')
    const moved = await close(ctx, record, 'admin_error', {
      command: 'enter_in_error',
      status: 'entered_in_error',
      businessStatus: 'entered_in_error',
      text,
    })
    return showReferral(ctx, moved)
  },
})

/** There is no room now. The person keeps their place, and a coordinator a day on which to look again. */
export const waitlistReferral = action({
  id: 'referrals.waitlist',
  again: stillReadable,
  scope: 'referrals:write',
  input: WaitlistReferral,
  run: async (ctx, { id, reviewBy }) => {
    const record = await findForCommand(ctx, id, 'waitlist')
    requireComing(reviewBy, ctx.now, record.deadlines.timeZone, 'reviewBy')
    const { living } = await standingOf(ctx, record)
    if (living || record.clock?.action === 'answer_offer')
      throw new AppError('transition_not_allowed', 'A mentor accompanies the person, or was asked to.')
    const moved = await advance(ctx, record, {
      command: 'waitlist',
      businessStatus: 'waitlisted',
      turn: {
        action: 'offer_mentor',
        ownerOrganizationId: record.row.receivingOrganizationId,
        ownerRole: 'coordinator',
        dueAt: endOfDate(reviewBy, record.deadlines.timeZone),
      },
    })
    return showReferral(ctx, moved)
  },
})

export const holdReferral = action({
  id: 'referrals.hold',
  again: stillReadable,
  scope: 'referrals:write',
  input: HoldReferral,
  run: async (ctx, { id, reason, text, resumeBy }) => {
    const record = await findForCommand(ctx, id, 'hold')
    requireComing(resumeBy, ctx.now, record.deadlines.timeZone)
    await withdrawOffers(ctx, eq(offers.referralId, id))
    const moved = await advance(ctx, record, {
      command: 'hold',
      status: 'on_hold',
      businessStatus: 'on_hold',
      reason,
      text,
      resumeBy,
      turn: {
        action: 'review_hold',
        ownerOrganizationId: record.row.receivingOrganizationId,
        ownerRole: 'coordinator',
        dueAt: endOfDate(resumeBy, record.deadlines.timeZone),
      },
    })
    return showReferral(ctx, moved)
  },
})

export const resumeReferral = action({
  id: 'referrals.resume',
  again: stillReadable,
  scope: 'referrals:write',
  input: ResumeReferral,
  run: async (ctx, { id }) => {
    const record = await findForCommand(ctx, id, 'resume')
    const { living, ...standing } = await standingOf(ctx, record)
    const resumed = living && record.clock ? await endSilence(ctx, living, record.clock.startedAt) : living
    const turn = nextTurn({ ...standing, living: resumed }, ctx.now)
    const moved = await advance(ctx, record, {
      command: 'resume',
      status: 'in_progress',
      businessStatus: businessStatusFor(turn.action),
      turn,
    })
    return showReferral(ctx, moved)
  },
})

export const completeReferral = action({
  id: 'referrals.complete',
  again: stillReadable,
  scope: 'referrals:write',
  input: CompleteReferral,
  run: async (ctx, { id, outcome, nextSupport }) => {
    const record = await findForCommand(ctx, id, 'complete')
    const { twoWayContacts } = await contactEvidence(ctx, ofReferral(ctx, id))
    if (twoWayContacts === 0) {
      throw new AppError(
        'two_way_contact_required',
        'A referral is completed after at least one two-way contact. Without one it fails, or is cancelled.',
      )
    }
    await endAccompaniment(ctx, record.row, { outcome, nextSupport })
    const moved = await advance(ctx, record, {
      command: 'complete',
      status: 'completed',
      businessStatus: 'fulfilled',
      outcome,
      turn: null,
    })
    return showReferral(ctx, moved)
  },
})

const outcomeOfFailure = {
  unable_to_contact: 'lost_contact',
  moved_away: 'transferred',
  no_mentor_found_in_time: 'mentor_unavailable',
  program_closed: 'program_ended_relationship',
} as const satisfies Record<string, Outcome>

export const failReferral = action({
  id: 'referrals.fail',
  again: stillReadable,
  scope: 'referrals:write',
  input: FailReferral,
  run: async (ctx, { id, reason, text }) => {
    const record = await findForCommand(ctx, id, 'fail')
    if (reason === 'unable_to_contact') requireAttempts(await contactEvidence(ctx, ofReferral(ctx, id)))
    const moved = await close(ctx, record, outcomeOfFailure[reason], {
      command: 'fail',
      status: 'failed',
      businessStatus: 'not_completed',
      reason,
      text,
    })
    return showReferral(ctx, moved)
  },
})

type Closing = Omit<Parameters<typeof advance>[2], 'turn' | 'outcome'>

async function close(
  ctx: TxCtx,
  record: ReferralRecord,
  outcome: Outcome,
  step: Closing,
): Promise<ReferralRecord> {
  if (record.row.status !== 'requested') await endAccompaniment(ctx, record.row, { outcome })
  return advance(ctx, record, { ...step, turn: null })
}

/** A closed referral stays closed; a new one follows it, with what is not said anew taken from the old. */
export const reopenReferral = action({
  id: 'referrals.reopen',
  scope: 'referrals:write',
  input: ReopenReferral,
  run: async (ctx, { id, ...changes }) => {
    const { row } = await findForCommand(ctx, id, 'reopen')
    const elsewhere = changes.programId !== undefined || changes.organizationId !== undefined
    const { record, created } = await requestReferral(ctx, {
      placerId: changes.placerId,
      patientId: row.patientId,
      programId: elsewhere ? changes.programId : (row.programId ?? undefined),
      organizationId: elsewhere ? changes.organizationId : row.receivingOrganizationId,
      reason: changes.reason ?? row.reasons,
      priority: changes.priority ?? row.priority,
      preferences: changes.preferences ?? row.preferences,
      note: changes.note ?? row.note ?? undefined,
      consent: changes.consent,
      consentId: changes.consent ? undefined : (changes.consentId ?? row.consentId ?? undefined),
      replacesId: row.id,
    })
    if (!created)
      throw new AppError('natural_key_taken', 'Another referral of your organization has this placerId.')
    return showReferral(ctx, record)
  },
})
