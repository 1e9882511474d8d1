import { createHash } from 'node:crypto'
import { and, asc, desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { AppError, notFound } from '../../core/errors.ts'
import { Id } from '../../core/id.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { disclose, project } from '../disclosures/store.ts'
import { contacts, mentorships } from '../mentorships/table.ts'
import { findReferralById, type ReferralRecord } from '../referrals/store.ts'
import { type Engagement, engagementClasses } from './contract.ts'
import { type EngagementFacts, engagementRules, retainedAt, standingAt } from './rules.ts'

/** Contacts of one referral that the status is computed from, the newest: ten years of two a week. */
const contactsMax = 1_000
const mentorshipsMax = 50

type MentorshipRow = typeof mentorships.$inferSelect
type ContactRow = Pick<typeof contacts.$inferSelect, 'at' | 'result' | 'mentorshipId'>

export const getEngagement = action({
  id: 'engagement.get',
  scope: 'engagement:read',
  input: z.strictObject({ id: Id }),
  run: async (ctx, { id }) => {
    const [record, ships, made] = await Promise.all([
      findReferralById(ctx, id),
      readMentorships(ctx, id),
      readContacts(ctx, id),
    ])
    ctx.touch({ subjectType: 'referral', subjectId: id, patientId: record.row.patientId })
    return show(ctx, record, toEngagement(record, ships, made, ctx.now))
  },
})

function readMentorships({ db, networkId }: TxCtx, referralId: string): Promise<MentorshipRow[]> {
  return db
    .select()
    .from(mentorships)
    .where(and(eq(mentorships.networkId, networkId), eq(mentorships.referralId, referralId)))
    .orderBy(asc(mentorships.startedAt))
    .limit(mentorshipsMax)
    .then((rows) => rows)
}

function readContacts({ db, networkId }: TxCtx, referralId: string): Promise<ContactRow[]> {
  return db
    .select({ at: contacts.at, result: contacts.result, mentorshipId: contacts.mentorshipId })
    .from(contacts)
    .where(and(eq(contacts.networkId, networkId), eq(contacts.referralId, referralId)))
    .orderBy(desc(contacts.at))
    .limit(contactsMax)
    .then((rows) => rows.reverse())
}

/**
 * Engagement is the receiving organization's data: to the referring clinic it is a disclosure, class by class.
 * Once the referral is closed, the clinic's own copy of that fact is all that remains without a consent.
 */
function show(ctx: TxCtx, { row, consents, parties }: ReferralRecord, engagement: Engagement): Engagement {
  const [shown] = disclose(
    ctx,
    [
      {
        consents,
        holderId: row.receivingOrganizationId,
        patientId: row.patientId,
        subjectType: 'referral',
        subjectId: row.id,
        dataClasses: ['engagement_status', 'contact_summary'],
      },
    ],
    'long',
  )
  if (!parties.includes('requester') && !shown?.permitted.has('engagement_status')) throw notFound('referral')
  if (shown?.permitted.has('engagement_status')) {
    return { ...project(engagement, engagementClasses, shown.permitted), ...shown.attached }
  }
  if (row.closedAt) return closedByOwnRecord(engagement)
  throw new AppError(
    'consent_not_in_force',
    `No consent lets the receiving organization tell you: ${shown?.decision.reasons.join(', ')}. A new consent in both directions that covers engagement_status mends it.`,
  )
}

/** What the clinic knows by itself of a referral that is closed: that it is closed. */
function closedByOwnRecord(engagement: Engagement): Engagement {
  const { firstContactAt: _, lastTwoWayContactAt: __, contactsLast30Days: ___, ...rest } = engagement
  return {
    ...rest,
    outcome: null,
    mentorship: null,
    nextExpectedBy: null,
    retention: { day30: null, day60: null, day90: null },
    openAlerts: [],
    redacted: ['engagement_status', 'contact_summary'],
  }
}

function toEngagement(
  { row, clock }: ReferralRecord,
  ships: readonly MentorshipRow[],
  made: readonly ContactRow[],
  now: Date,
): Engagement {
  const mentorship = ships.at(-1) ?? null
  const facts: EngagementFacts = {
    requestedAt: row.createdAt,
    closedAt: row.closedAt,
    heldSince: row.status === 'on_hold' ? (clock?.startedAt ?? row.updatedAt) : null,
    mentorship,
    contacts: made.filter(({ mentorshipId }) => mentorshipId === mentorship?.id),
  }
  const { status, since, reasons, nextExpectedBy } = standingAt(facts, now)
  const spoken = made.filter(({ result, at }) => result === 'two_way' && at <= now).map(({ at }) => at)
  const start = ships[0]?.startedAt
  const retained = (day: number) => (start ? retainedAt(day, start, spoken, now) : null)
  return {
    referralId: row.id,
    status,
    since: toInstant(since),
    asOf: toInstant(now),
    ruleSet: engagementRules,
    reasons: reasons.map(({ code, at }) => ({ code, at: toInstant(at) })),
    outcome: status === 'ended' ? (row.outcome ?? mentorship?.outcome ?? null) : null,
    mentorship: mentorship && {
      id: mentorship.id,
      mentorType: mentorship.mentorType,
      startedOn: toInstant(mentorship.startedAt).slice(0, 10),
    },
    firstContactAt: toInstantOrNull(spoken[0] ?? null),
    lastTwoWayContactAt: toInstantOrNull(spoken.at(-1) ?? null),
    contactsLast30Days: spoken.filter((at) => at.getTime() > now.getTime() - 30 * 86_400_000).length,
    nextExpectedBy: toInstantOrNull(nextExpectedBy ?? clock?.dueAt ?? null),
    retention: { day30: retained(30), day60: retained(60), day90: retained(90) },
    openAlerts:
      clock && clock.dueAt < now
        ? [{ code: 'clock_overdue', action: clock.action, since: toInstant(clock.dueAt) }]
        : [],
  }
}

/** The same facts and the same status are the same answer, whenever they were computed and disclosed. */
export function engagementTag({ asOf: _, disclosure: __, ...lasting }: Engagement): string {
  return `"e${createHash('sha256').update(JSON.stringify(lasting)).digest('base64url').slice(0, 22)}"`
}
