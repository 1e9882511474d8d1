import { and, desc, eq, lt } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { cutPage, openCursor, sealCursor } from '../../core/page.ts'
import { toInstant } from '../../core/wire.ts'
import { consentsOfPatient, toFacts } from '../consents/store.ts'
import { discloseOne, project } from '../disclosures/store.ts'
import type { ContactEvidence } from '../referrals/rules.ts'
import { advance, type ReferralRecord } from '../referrals/store.ts'
import { type Contact, ContactFilter, contactClasses, NewContact } from './contract.ts'
import { findMentorship, findOwn, type MentorshipRow, patientOf, standingOf } from './store.ts'
import { contacts } from './table.ts'
import { nextTurn, type Standing } from './turn.ts'

type Row = typeof contacts.$inferSelect

function toContact({
  id,
  mentorshipId,
  at,
  mode,
  direction,
  result,
  minutes,
  summary,
  recordedAt,
}: Row): Contact {
  return {
    id,
    mentorshipId,
    at: toInstant(at),
    mode,
    direction,
    result,
    minutes,
    summary,
    recordedAt: toInstant(recordedAt),
  }
}

/** Clocks of two systems differ a little; a call just made must not be "in the future". */
const clockToleranceMs = 5 * 60_000

export const recordContact = action({
  id: 'contacts.record',
  scope: 'mentorships:write',
  input: NewContact,
  run: async (ctx, { id, at, minutes = null, summary = null, ...said }) => {
    const { mentorship, record } = await findOwn(ctx, id)
    if (mentorship.status === 'closed')
      throw new AppError('transition_not_allowed', 'The mentorship is closed.')
    const when = new Date(at)
    refuseOutOfRange(when, mentorship, ctx.now)
    const row: Row = {
      ...said,
      networkId: ctx.networkId,
      id: newId(ctx.now),
      organizationId: ctx.organizationId,
      readerIds: mentorship.readerIds,
      mentorshipId: id,
      referralId: mentorship.referralId,
      patientId: mentorship.patientId,
      at: when,
      minutes,
      summary,
      recordedBy: ctx.clientId,
      recordedAt: ctx.now,
    }
    const standing = await standingOf(ctx, record)
    ctx.write(ctx.db.insert(contacts).values(row))
    await moveOn(ctx, record, standing, row)
    ctx.emit({
      type: 'contact.recorded',
      subjectType: 'contact',
      subjectId: row.id,
      readerIds: row.readerIds,
    })
    ctx.touch({ subjectType: 'contact', subjectId: row.id, patientId: row.patientId })
    return { ...toContact(row), version: 1 }
  },
})

function refuseOutOfRange(at: Date, { startedAt }: MentorshipRow, now: Date) {
  const refuse = (code: string, detail: string) =>
    new AppError('invalid_input', 'See errors: each fault is named by its pointer.', [
      { path: ['at'], code, detail },
    ])
  if (at.getTime() > now.getTime() + clockToleranceMs)
    throw refuse('contact_in_future', 'A contact is recorded after it happened.')
  if (at.getTime() < startedAt.getTime() - clockToleranceMs) {
    throw refuse('contact_before_mentorship', 'The mentorship had not begun yet.')
  }
}

/** What a contact changes: the first attempt puts the referral in progress, a conversation sets the next expected one. */
async function moveOn(ctx: TxCtx, record: ReferralRecord, standing: Standing, contact: Row) {
  const { status } = record.row
  const before = standing.evidence
  const after = withContact(before, contact)
  if (status === 'on_hold' || standing.living?.status === 'paused') return
  const turn = nextTurn({ ...standing, evidence: after }, ctx.now)
  const unchanged =
    turn.action === record.clock?.action && turn.dueAt.getTime() === record.clock.dueAt.getTime()
  if (unchanged && status === 'in_progress') return
  await advance(ctx, record, {
    command: 'record_contact',
    status: after.attempts > 0 ? 'in_progress' : status,
    businessStatus: after.lastTwoWayAt
      ? 'contact_completed'
      : after.attempts > 0
        ? 'attempting_contact'
        : record.row.businessStatus,
    turn: unchanged ? 'same' : turn,
  })
}

function withContact(before: ContactEvidence, { at, result }: Row): ContactEvidence {
  const latest = (known: Date | null) => (known && known > at ? known : at)
  const attempted = result !== 'cancelled_by_mentor'
  const spoke = result === 'two_way'
  return {
    ...before,
    attempts: before.attempts + Number(attempted),
    twoWayContacts: before.twoWayContacts + Number(spoke),
    lastAttemptAt: attempted ? latest(before.lastAttemptAt) : before.lastAttemptAt,
    lastTwoWayAt: spoke ? latest(before.lastTwoWayAt) : before.lastTwoWayAt,
  }
}

export const listContacts = action({
  id: 'contacts.list',
  scope: 'mentorships:read',
  input: ContactFilter,
  run: async (ctx, { id, limit, cursor }) => {
    const [after] = openCursor(ctx, 'contacts', id, cursor) ?? []
    const [mentorship, consents, rows] = await Promise.all([
      findMentorship(ctx, id),
      consentsOfPatient(ctx, patientOf(ctx, id)),
      ctx.db
        .select()
        .from(contacts)
        .where(
          and(
            eq(contacts.networkId, ctx.networkId),
            eq(contacts.mentorshipId, id),
            after ? lt(contacts.id, after) : undefined,
          ),
        )
        .orderBy(desc(contacts.id))
        .limit(limit + 1),
    ])
    const shown = discloseOne(ctx, {
      consents: consents.map(toFacts),
      holderId: mentorship.organizationId,
      patientId: mentorship.patientId,
      subjectType: 'mentorship',
      subjectId: id,
      dataClasses: ['contact_summary', 'contact_notes'],
    })
    ctx.touch({ subjectType: 'mentorship', subjectId: id, patientId: mentorship.patientId })
    const page = cutPage(rows, limit, (last) => sealCursor(ctx, 'contacts', id, [last.id]))
    const data = page.rows.map((row) => project(toContact(row), contactClasses, shown.permitted))
    return { data, nextCursor: page.nextCursor, ...shown.attached }
  },
})
