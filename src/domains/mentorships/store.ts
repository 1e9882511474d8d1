import { and, eq, inArray, ne, type SQL, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { checkVersion } from '../../core/version.ts'
import { freePlace } from '../mentors/store.ts'
import { offers } from '../offers/table.ts'
import type { Outcome } from '../referrals/codes.ts'
import type { ContactEvidence } from '../referrals/rules.ts'
import { findReferralById, type ReferralRecord, type ReferralRow } from '../referrals/store.ts'
import { contacts, mentorships } from './table.ts'
import type { Standing } from './turn.ts'

export type MentorshipRow = typeof mentorships.$inferSelect

export async function findMentorship({ db, networkId }: TxCtx, id: string): Promise<MentorshipRow> {
  const [row] = await db
    .select()
    .from(mentorships)
    .where(and(eq(mentorships.networkId, networkId), eq(mentorships.id, id)))
  if (!row) throw notFound('mentorship')
  return row
}

/** A mentorship of the caller's own mentors, with its referral. */
export async function findOwn(
  ctx: TxCtx,
  id: string,
): Promise<{ mentorship: MentorshipRow; record: ReferralRecord }> {
  const mentorship = await findMentorship(ctx, id)
  if (mentorship.organizationId !== ctx.organizationId) throw notFound('mentorship')
  checkVersion(ctx, mentorship.version)
  return { mentorship, record: await findReferralById(ctx, mentorship.referralId) }
}

/** The patient of a mentorship, for a statement that travels with the one that reads the mentorship. */
export function patientOf({ db, networkId }: TxCtx, mentorshipId: string) {
  return sql`(${db
    .select({ id: mentorships.patientId })
    .from(mentorships)
    .where(and(eq(mentorships.networkId, networkId), eq(mentorships.id, mentorshipId)))})`
}

/** The mentorship of a referral that has not closed. */
export async function findLiving(
  { db, networkId }: TxCtx,
  referralId: string,
): Promise<MentorshipRow | undefined> {
  const [row] = await db
    .select()
    .from(mentorships)
    .where(
      and(
        eq(mentorships.networkId, networkId),
        eq(mentorships.referralId, referralId),
        ne(mentorships.status, 'closed'),
      ),
    )
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
  return (
    counted ?? {
      twoWayContacts: 0,
      attempts: 0,
      modes: 0,
      firstAttemptAt: null,
      lastAttemptAt: null,
      lastTwoWayAt: null,
    }
  )
}

/** Every contact of a referral, whichever mentor made it. */
export const ofReferral = ({ networkId }: TxCtx, referralId: string) =>
  and(eq(contacts.networkId, networkId), eq(contacts.referralId, referralId))

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
export async function standingOf(ctx: TxCtx, { row, timeZone }: ReferralRecord): Promise<Standing> {
  const [living, evidence] = await Promise.all([
    findLiving(ctx, row.id),
    contactEvidence(ctx, ofLiving(ctx, row.id)),
  ])
  const { priority, receivingOrganizationId } = row
  return { priority, receivingOrganizationId, timeZone, living, evidence }
}

/** The statement after a hold: silence while it was on is no silence, so contact is expected anew from now. */
export async function endSilence(ctx: TxCtx, living: MentorshipRow, heldSince: Date): Promise<MentorshipRow> {
  if (living.status !== 'active') return living
  const resumed = { pausedAt: heldSince, resumedAt: ctx.now, version: living.version + 1, updatedAt: ctx.now }
  const [row] = await ctx.db
    .update(mentorships)
    .set(resumed)
    .where(and(eq(mentorships.networkId, ctx.networkId), eq(mentorships.id, living.id)))
    .returning()
  return row ?? living
}

export interface Ending {
  readonly outcome: Outcome
  readonly nextSupport?: string | undefined
}

/**
 * Ends what lives under a referral: its mentorship closes, the mentor's place is free again, an open offer is
 * withdrawn. Either organization's act may end it, so it reaches across the organization wall.
 */
export function endAccompaniment(
  ctx: TxCtx,
  { id, organizationId }: ReferralRow,
  { outcome, nextSupport }: Ending,
): Promise<void> {
  return ctx.acrossOrganizations(async () => {
    const { db, networkId, now } = ctx
    const [closed] = await Promise.all([
      db
        .update(mentorships)
        .set({
          status: 'closed',
          closedAt: now,
          outcome,
          nextSupport,
          version: sql`${mentorships.version} + 1`,
          updatedAt: now,
        })
        .where(
          and(
            eq(mentorships.networkId, networkId),
            eq(mentorships.referralId, id),
            ne(mentorships.status, 'closed'),
          ),
        )
        .returning(),
      withdrawOffers(ctx, id),
    ])
    for (const mentorship of closed) {
      await freePlace(ctx, mentorship.mentorId)
      const readerIds = [organizationId, mentorship.organizationId]
      ctx.emit({
        type: 'mentorship.closed',
        subjectType: 'mentorship',
        subjectId: mentorship.id,
        readerIds,
        codes: { outcome },
      })
      ctx.touch({ subjectType: 'mentorship', subjectId: mentorship.id, patientId: mentorship.patientId })
    }
  })
}

/** The statement that takes back what no mentor has answered yet. */
export function withdrawOffers({ db, networkId, now }: TxCtx, referralId: string) {
  return db
    .update(offers)
    .set({ status: 'withdrawn', answeredAt: now, version: sql`${offers.version} + 1`, updatedAt: now })
    .where(
      and(eq(offers.networkId, networkId), eq(offers.referralId, referralId), eq(offers.status, 'pending')),
    )
    .returning()
}
