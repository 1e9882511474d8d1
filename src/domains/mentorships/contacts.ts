import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, absentIfNotFound, invalidInput, notFound } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { cutPage, openCursor, sealCursor } from '../../core/page.ts'
import { checkVersion } from '../../core/version.ts'
import { defined } from '../../core/wire.ts'
import { insertRows } from '../../db/insert.ts'
import { keyOf, type Opened } from '../../db/sealing.ts'
import { LostRace } from '../../db/transaction.ts'
import { groundsOf } from '../decisions/grounds.ts'
import { discloseOne, project } from '../disclosures/store.ts'
import { accompaniedOf, markEngagementDue } from '../engagement/mark.ts'
import { findMentor } from '../mentors/store.ts'
import type { ContactEvidence } from '../referrals/rules.ts'
import { advance, type ReferralRecord } from '../referrals/store.ts'
import { ContactFilter, CorrectContact, contactClasses, NewContact } from './contract.ts'
import { notesWithheld, readingOf } from './notes.ts'
import { changeMentorship, findMentorship, findOwn, type MentorshipRow, standingOf } from './store.ts'
import { contacts, contactVersions, sealedContacts, sealedContactVersions } from './table.ts'
import { nextTurn, type Standing } from './turn.ts'
import { toContact, toContactVersion, versionsMax } from './view.ts'

type Row = Opened<typeof contacts>

/** Clocks of two systems differ a little; a call just made must not be "in the future". */
const clockToleranceMs = 5 * 60_000

export const recordContact = action({
  id: 'contacts.record',
  scope: 'mentorships:write',
  portal: ['mentor'],
  input: NewContact,
  run: async (ctx, { id, at, minutes = null, summary = null, introducesMentorId = null, ...said }) => {
    const { mentorship, record } = await findOwn(ctx, id)
    if (introducesMentorId) await refuseUnknownMentor(ctx, introducesMentorId)
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
      introducesMentorId,
      recordedBy: ctx.clientId,
      recordedAt: ctx.now,
      version: 1,
      mentorId: mentorship.mentorId,
      mentorType: mentorship.mentorType,
      enteredInError: false,
      correctedAt: null,
    }
    const standing = await standingOf(ctx, record)
    ctx.write(insertRows(contacts, sealedContacts.row(keyOf(mentorship), row)))
    const living = await beginRhythmAnew(ctx, standing.living, row)
    await moveOn(ctx, record, { ...standing, living, evidence: withContact(standing.evidence, row) })
    ctx.emit({
      type: 'contact.recorded',
      subjectType: 'contact',
      subjectId: row.id,
      patientId: row.patientId,
      readerIds: row.readerIds,
    })
    ctx.touch({ subjectType: 'contact', subjectId: row.id, patientId: row.patientId })
    return toContact(ctx, row)
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

async function refuseUnknownMentor(ctx: TxCtx, id: string) {
  if (await findMentor(ctx, id).catch(absentIfNotFound)) return
  throw invalidInput({
    path: ['introducesMentorId'],
    code: 'unknown_mentor',
    detail: 'Your organization has no such mentor.',
  })
}

/** Adaptive check-ups grow apart while nothing is needed; a need brings the person closer again. */
async function beginRhythmAnew(
  ctx: TxCtx,
  living: MentorshipRow | undefined,
  { at, result, needs, mentorshipId }: Row,
) {
  const isNeed = result === 'two_way' && needs.length > 0
  if (!living || living.id !== mentorshipId || living.cadence !== 'checkup_adaptive' || !isNeed) return living
  return at > living.rhythmFrom ? changeMentorship(ctx, living, { rhythmFrom: at }) : living
}

/** What contacts change: the first attempt puts the referral in progress, a conversation sets the next expected one. */
async function moveOn(ctx: TxCtx, record: ReferralRecord, standing: Standing, command = 'record_contact') {
  const { status } = record.row
  const { evidence, living } = standing
  markEngagementDue(ctx, accompaniedOf(record.row))
  // While somebody looks for the next mentor, or for an answer to an offer, the turn is theirs.
  if (status === 'on_hold' || living?.status === 'paused' || record.clock?.action === 'answer_offer') return
  const turn = nextTurn(standing, ctx.now)
  const unchanged =
    turn.action === record.clock?.action && turn.dueAt.getTime() === record.clock.dueAt.getTime()
  const next = evidence.attempts > 0 ? 'in_progress' : status
  if (unchanged && status === next) return
  await advance(ctx, record, {
    command,
    status: next,
    businessStatus: evidence.lastTwoWayAt
      ? 'contact_completed'
      : evidence.attempts > 0
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

/**
 * A correction says the contact anew. What it said before is kept, and everything that follows from contacts (the
 * next one expected, the engagement) follows from what it says now.
 */
export const correctContact = action({
  id: 'contacts.correct',
  scope: 'mentorships:write',
  portal: ['mentor'],
  input: CorrectContact,
  run: async (ctx, { id, at, ...said }) => {
    const before = await findContact(ctx, id)
    const { mentorship, record } = await findOwn({ ...ctx, expectedVersion: undefined }, before.mentorshipId)
    checkVersion(ctx, before.version)
    const when = at === undefined ? before.at : new Date(at)
    refuseOutOfRange(when, mentorship, ctx.now)
    const kept = sealedContactVersions.row(keyOf(before), { ...before, contactId: id })
    ctx.write(insertRows(contactVersions, kept))
    const changed = await ctx.db
      .update(contacts)
      .set({
        ...sealedContacts.changes(before, defined(said)),
        at: when,
        version: before.version + 1,
        correctedAt: ctx.now,
        recordedBy: ctx.clientId,
        recordedAt: ctx.now,
      })
      .where(
        and(eq(contacts.networkId, ctx.networkId), eq(contacts.id, id), eq(contacts.version, before.version)),
      )
      .returning(sealedContacts.columns)
    const [row] = await sealedContacts.open(ctx, changed)
    if (!row) throw new LostRace()
    if (record.clock) await moveOn(ctx, record, await standingOf(ctx, record), 'correct_contact')
    const { readerIds, patientId } = row
    ctx.emit({ type: 'contact.corrected', subjectType: 'contact', subjectId: id, patientId, readerIds })
    ctx.touch({ subjectType: 'contact', subjectId: id, patientId })
    return toContact(ctx, row)
  },
})

async function findContact(ctx: TxCtx, id: string): Promise<Row> {
  const rows = await ctx.db
    .select(sealedContacts.columns)
    .from(contacts)
    .where(and(eq(contacts.networkId, ctx.networkId), eq(contacts.id, id)))
  const [row] = await sealedContacts.open(ctx, rows)
  if (!row) throw notFound('contact')
  return row
}

export const listContactVersions = action({
  id: 'contacts.versions',
  scope: 'mentorships:read',
  portal: ['mentor'],
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const contact = await findContact(ctx, id)
    const { patientId } = contact
    if (contact.organizationId !== ctx.organizationId) throw notFound('contact')
    ctx.beyondPerson()
    const rows = await ctx.db
      .select(sealedContactVersions.columns)
      .from(contactVersions)
      .where(and(eq(contactVersions.networkId, ctx.networkId), eq(contactVersions.contactId, id)))
      .orderBy(desc(contactVersions.version))
      .limit(versionsMax)
    ctx.touch({ subjectType: 'contact', subjectId: id, patientId })
    const earlier = await sealedContactVersions.open(ctx, rows)
    return { id, data: [contact, ...earlier].map(toContactVersion) }
  },
})

export const listContacts = action({
  id: 'contacts.list',
  scope: 'mentorships:read',
  fromReplica: true,
  portal: ['mentor', 'patient'],
  input: ContactFilter,
  run: async (ctx, { id, limit, cursor }) => {
    const [after] = openCursor(ctx, 'contacts', id, cursor) ?? []
    if (ctx.person) await findMentorship(ctx, id)
    ctx.beyondPerson()
    const [mentorship, grounds, rows] = await Promise.all([
      findMentorship(ctx, id),
      groundsOf(ctx, { mentorshipId: id }),
      ctx.db
        .select(sealedContacts.columns)
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
    const shown = discloseOne(ctx, readingOf(ctx, mentorship, grounds, ['contact_summary']))
    ctx.touch({ subjectType: 'mentorship', subjectId: id, patientId: mentorship.patientId })
    const page = cutPage(rows, limit, (last) => sealCursor(ctx, 'contacts', id, [last.id]))
    const opened = await sealedContacts.open(ctx, page.rows)
    const data = opened.map((row) => project(toContact(ctx, row), contactClasses, shown.permitted))
    return { data, nextCursor: page.nextCursor, ...notesWithheld(ctx, mentorship, shown) }
  },
})
