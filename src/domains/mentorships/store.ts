import { and, eq, inArray, ne, type SQL, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { newId } from '../../core/id.ts'
import { checkVersion } from '../../core/version.ts'
import { insertRows } from '../../db/insert.ts'
import type { Opened } from '../../db/sealing.ts'
import { LostRace } from '../../db/transaction.ts'
import { freePlace } from '../mentors/store.ts'
import { offers } from '../offers/table.ts'
import type { Outcome } from '../referrals/codes.ts'
import type { ContactEvidence } from '../referrals/rules.ts'
import { findReferralById, type ReferralRecord, type ReferralRow } from '../referrals/store.ts'
import { points } from './intensity.ts'
import { contacts, mentorshipPauses, mentorships, sealedMentorships } from './table.ts'
import type { Standing } from './turn.ts'

export type MentorshipRow = Opened<typeof mentorships>

export async function findMentorship(ctx: TxCtx, id: string): Promise<MentorshipRow> {
  const rows = await ctx.db
    .select(sealedMentorships.columns)
    .from(mentorships)
    .where(and(eq(mentorships.networkId, ctx.networkId), eq(mentorships.id, id)))
  const [row] = await sealedMentorships.open(ctx, rows)
  if (!row) throw notFound('mentorship')
  return row
}

/** A mentorship of the caller's own mentors, with its referral. */
export async function findOwn(
  ctx: TxCtx,
  id: string,
): Promise<{ mentorship: MentorshipRow; record: ReferralRecord }> {
  const { organizationId, referralId } = await findMentorship(ctx, id)
  if (organizationId !== ctx.organizationId) throw notFound('mentorship')
  // Found behind the person wall: it is theirs, and so is what belongs to it.
  ctx.beyondPerson()
  // Once more, after the referral: what changes from here on changes the referral's version too, and is noticed.
  const [record, mentorship] = await Promise.all([findReferralById(ctx, referralId), findMentorship(ctx, id)])
  checkVersion(ctx, mentorship.version)
  return { mentorship, record }
}

/** The mentorship of a referral that has not closed. */
export async function findLiving(ctx: TxCtx, referralId: string): Promise<MentorshipRow | undefined> {
  const rows = await ctx.db
    .select(sealedMentorships.columns)
    .from(mentorships)
    .where(
      and(
        eq(mentorships.networkId, ctx.networkId),
        eq(mentorships.referralId, referralId),
        ne(mentorships.status, 'closed'),
      ),
    )
  const [row] = await sealedMentorships.open(ctx, rows)
  return row
}

/** A meeting that the mentor called off was no attempt to reach the person; one that the person called off was. */
const isAttempt = sql`${contacts.result} <> 'cancelled_by_mentor'`
const isTwoWay = sql`${contacts.result} = 'two_way'`

/** What has been tried, counted by the database. */
export async function contactEvidence({ db }: TxCtx, which: SQL | undefined): Promise<ContactEvidence> {
  const [counted] = await db
    .select({
      twoWayContacts: sql<number>`count(*) filter (where ${isTwoWay})::int`,
      attempts: sql<number>`count(*) filter (where ${isAttempt})::int`,
      modes: sql<number>`count(distinct ${contacts.mode}) filter (where ${isAttempt})::int`,
      firstAttemptAt: sql<Date | null>`min(${contacts.at}) filter (where ${isAttempt})`.mapWith(contacts.at),
      lastAttemptAt: sql<Date | null>`max(${contacts.at}) filter (where ${isAttempt})`.mapWith(contacts.at),
      lastTwoWayAt: sql<Date | null>`max(${contacts.at}) filter (where ${isTwoWay})`.mapWith(contacts.at),
    })
    .from(contacts)
    .where(which)
  return counted ?? noEvidence
}

export const noEvidence: ContactEvidence = {
  twoWayContacts: 0,
  attempts: 0,
  modes: 0,
  firstAttemptAt: null,
  lastAttemptAt: null,
  lastTwoWayAt: null,
}

/** Every contact of a referral, whichever mentor made it; one entered in error never was. */
export const ofReferral = ({ networkId }: TxCtx, referralId: string) =>
  and(
    eq(contacts.networkId, networkId),
    eq(contacts.referralId, referralId),
    eq(contacts.enteredInError, false),
  )

/** The contacts of the mentorship that lives, for a new mentor starts anew. */
function ofLiving(ctx: TxCtx, referralId: string) {
  const { db, networkId } = ctx
  const living = db
    .select({ id: mentorships.id })
    .from(mentorships)
    .where(
      and(
        eq(mentorships.networkId, networkId),
        eq(mentorships.referralId, referralId),
        ne(mentorships.status, 'closed'),
      ),
    )
  return and(ofReferral(ctx, referralId), inArray(contacts.mentorshipId, living))
}

/** Where an open referral stands with its mentor and its contacts: one round trip. */
export async function standingOf(ctx: TxCtx, { row, deadlines }: ReferralRecord): Promise<Standing> {
  const [living, evidence] = await Promise.all([
    findLiving(ctx, row.id),
    contactEvidence(ctx, ofLiving(ctx, row.id)),
  ])
  const { priority, receivingOrganizationId } = row
  return { priority, receivingOrganizationId, deadlines, living, evidence }
}

/** The statements after a hold: silence while it was on is no silence, so contact is expected anew from now. */
export async function endSilence(ctx: TxCtx, living: MentorshipRow, heldSince: Date): Promise<MentorshipRow> {
  if (living.status !== 'active') return living
  ctx.write(insertRows(mentorshipPauses, { ...pauseOf(ctx, living, heldSince), endedAt: ctx.now }))
  return changeMentorship(ctx, living, { pausedAt: heldSince, resumedAt: ctx.now })
}

export function pauseOf(ctx: TxCtx, mentorship: MentorshipRow, beganAt: Date) {
  const { networkId, organizationId, readerIds, referralId, id: mentorshipId } = mentorship
  return { networkId, id: newId(ctx.now), organizationId, readerIds, mentorshipId, referralId, beganAt }
}

/** Changes what was read; if another request was faster, the transaction looks again. */
export async function changeMentorship(
  ctx: TxCtx,
  found: MentorshipRow,
  { weight: _, ...changes }: Partial<MentorshipRow>,
): Promise<MentorshipRow> {
  const { id, version } = found
  const changed = await ctx.db
    .update(mentorships)
    .set({ ...sealedMentorships.changes(found, changes), version: version + 1, updatedAt: ctx.now })
    .where(
      and(eq(mentorships.networkId, ctx.networkId), eq(mentorships.id, id), eq(mentorships.version, version)),
    )
    .returning(sealedMentorships.columns)
  const [row] = await sealedMentorships.open(ctx, changed)
  if (!row) throw new LostRace()
  return row
}

export interface Ending {
  readonly outcome: Outcome
  readonly nextSupport?: string | undefined
  readonly nextSupportDeclined?: boolean | undefined
  /** Beside the outcome: the person recused, the mentor left, another took over. */
  readonly because?: string | undefined
}

/** Closes living mentorships and gives their mentors the room back. */
export async function closeLiving(
  ctx: TxCtx,
  which: SQL | undefined,
  ending: Ending,
): Promise<MentorshipRow[]> {
  const { db, networkId, now } = ctx
  const changed = await db
    .update(mentorships)
    .set({
      status: 'closed',
      closedAt: now,
      outcome: ending.outcome,
      nextSupportDeclined: ending.nextSupportDeclined ?? false,
      closedBecause: ending.because,
      reassignSince: null,
      version: sql`${mentorships.version} + 1`,
      updatedAt: now,
    })
    .where(and(eq(mentorships.networkId, networkId), ne(mentorships.status, 'closed'), which))
    .returning(sealedMentorships.columns)
  const closed = (await sealedMentorships.open(ctx, changed)).map((row) =>
    nameNextSupport(ctx, row, ending.nextSupport),
  )
  await Promise.all(closed.map(({ mentorId, intensity }) => freePlace(ctx, mentorId, points[intensity])))
  for (const mentorship of closed) {
    ctx.emit({
      type: 'mentorship.closed',
      subjectType: 'mentorship',
      subjectId: mentorship.id,
      patientId: mentorship.patientId,
      organizationId: mentorship.organizationId,
      readerIds: mentorship.readerIds,
      codes: { outcome: ending.outcome },
    })
    ctx.touch({ subjectType: 'mentorship', subjectId: mentorship.id, patientId: mentorship.patientId })
  }
  return closed
}

/** Sealed for each person by itself, so it goes out with the commit once it is known whose mentorships have closed. */
export function nameNextSupport(
  ctx: TxCtx,
  row: MentorshipRow,
  nextSupport: string | undefined,
): MentorshipRow {
  if (nextSupport === undefined) return row
  ctx.write(
    ctx.db
      .update(mentorships)
      .set(sealedMentorships.changes(row, { nextSupport }))
      .where(and(eq(mentorships.networkId, ctx.networkId), eq(mentorships.id, row.id))),
  )
  return { ...row, nextSupport }
}

/**
 * Ends what lives under a referral: its mentorship closes, the mentor's place is free again, an open offer is
 * withdrawn. Either organization's act may end it, so it reaches across the organization wall.
 */
export function endAccompaniment(ctx: TxCtx, { id }: ReferralRow, ending: Ending): Promise<void> {
  return ctx.acrossOrganizations(async () => {
    await Promise.all([
      closeLiving(ctx, eq(mentorships.referralId, id), ending),
      withdrawOffers(ctx, eq(offers.referralId, id)),
    ])
  })
}

/** The statement by which notes are withheld from a mentor's new employers too; from former ones they stay withheld. */
export function withholdNotes({ db, networkId }: TxCtx, mentorId: string, employerIds: readonly string[]) {
  return db
    .update(mentorships)
    .set({
      withheldFromIds: sql`(select coalesce(array_agg(distinct e), '{}') from unnest(${mentorships.withheldFromIds} || ${sql.param([...employerIds])}::uuid[]) e)`,
    })
    .where(and(eq(mentorships.networkId, networkId), eq(mentorships.mentorId, mentorId)))
    .returning({ id: mentorships.id })
}

/** Takes back what no mentor has answered yet. */
export async function withdrawOffers(ctx: TxCtx, which: SQL | undefined): Promise<WithdrawnOffer[]> {
  const { db, networkId, now } = ctx
  const withdrawn = await db
    .update(offers)
    .set({ status: 'withdrawn', answeredAt: now, version: sql`${offers.version} + 1`, updatedAt: now })
    .where(and(eq(offers.networkId, networkId), eq(offers.status, 'pending'), which))
    .returning({
      id: offers.id,
      organizationId: offers.organizationId,
      referralId: offers.referralId,
      // Null where the one who withdraws it can no longer see the referral.
      patientId: sql<string | null>`(select r.patient_id from referrals r
        where r.network_id = ${offers}.network_id and r.id = ${offers}.referral_id)`,
    })
  for (const { id, organizationId, patientId } of withdrawn) {
    ctx.emit({ type: 'offer.withdrawn', subjectType: 'offer', subjectId: id, patientId, organizationId })
    ctx.touch({ subjectType: 'offer', subjectId: id, patientId: patientId ?? undefined })
  }
  return withdrawn
}

type WithdrawnOffer = Pick<typeof offers.$inferSelect, 'id' | 'organizationId' | 'referralId'>
