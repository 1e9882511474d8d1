import { and, asc, desc, eq, exists, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { TxCtx } from '../../core/context.ts'
import { grouped } from '../../core/grouped.ts'
import { anyOf } from '../../db/each.ts'
import { consentsFor, groundsOfMany } from '../decisions/grounds.ts'
import { contacts, mentorshipPauses, mentorships } from '../mentorships/table.ts'
import { partiesOf } from '../referrals/rules.ts'
import { type ReferralRecord, type ReferralRow, selectReferrals, toFound } from '../referrals/store.ts'
import { referrals, referralTransitions } from '../referrals/table.ts'
import { type EngagementFacts, eng1, type MentorshipFacts, type RuleSet, type Span } from './rules.ts'
import { engagementRuleSets } from './table.ts'

/** Contacts of one referral that the status is computed from, the newest: ten years of two a week. */
const contactsMax = 1_000
const mentorshipsMax = 50

export interface MentorshipRecord extends MentorshipFacts {
  readonly id: string
  readonly mentorType: (typeof mentorships.$inferSelect)['mentorType']
}

/** What happened under one referral, beside the referral itself. */
export interface History {
  readonly holds: readonly Span[]
  readonly mentorships: readonly MentorshipRecord[]
}

export type Histories = (referralId: string) => History

/** The histories of one referral or of many: always the same statements, and one round trip. */
export async function readHistories(ctx: TxCtx, ids: readonly string[]): Promise<Histories> {
  const [accompaniments, made, pauses, holds] = await Promise.all([
    readMentorships(ctx, ids),
    readContacts(ctx, ids),
    readPauses(ctx, ids),
    readHolds(ctx, ids),
  ])
  const madeIn = grouped(made, ({ mentorshipId }) => mentorshipId)
  const pausesOf = grouped(pauses, ({ mentorshipId }) => mentorshipId)
  const holdsOf = grouped(holds, ({ referralId }) => referralId)
  const ofReferral = grouped(accompaniments, ({ referralId }) => referralId)
  return (referralId) => ({
    holds: toHolds(holdsOf(referralId)),
    mentorships: ofReferral(referralId).map(
      ({ nextSupportNamed, nextSupportDeclined, followed, ...row }) => ({
        ...row,
        nextSupportSettled: nextSupportNamed || nextSupportDeclined || followed,
        contacts: madeIn(row.id),
        pauses: pausesOf(row.id),
      }),
    ),
  })
}

function readMentorships({ db, networkId }: TxCtx, ids: readonly string[]) {
  const follower = alias(referrals, 'follower')
  const followed = exists(
    db
      .select({ id: follower.id })
      .from(follower)
      .where(and(eq(follower.networkId, networkId), eq(follower.replacesId, mentorships.referralId))),
  )
  return db
    .select({
      id: mentorships.id,
      referralId: mentorships.referralId,
      mentorType: mentorships.mentorType,
      startedAt: mentorships.startedAt,
      cadence: mentorships.cadence,
      rhythmFrom: mentorships.rhythmFrom,
      closedAt: mentorships.closedAt,
      reassignSince: mentorships.reassignSince,
      outcome: mentorships.outcome,
      // Whether something is named, not what: that is sealed, and stays settled when it can no longer be read.
      nextSupportNamed: sql<boolean>`coalesce(${mentorships.nextSupport}, ${mentorships.sealed} ->> 'nextSupport') is not null`,
      nextSupportDeclined: mentorships.nextSupportDeclined,
      followed: sql<boolean>`${followed}`,
    })
    .from(mentorships)
    .where(and(eq(mentorships.networkId, networkId), anyOf(mentorships.referralId, ids)))
    .orderBy(desc(mentorships.startedAt), desc(mentorships.id))
    .limit(mentorshipsMax * ids.length)
    .then((rows) => rows.reverse())
}

/** Oldest first. Cut for each referral, so that one with many takes none from the others. */
function readContacts({ db, networkId }: TxCtx, ids: readonly string[]) {
  const newest = db
    .select({ at: contacts.at, result: contacts.result, mentorshipId: contacts.mentorshipId })
    .from(contacts)
    .where(
      and(
        eq(contacts.networkId, networkId),
        eq(contacts.referralId, referrals.id),
        eq(contacts.enteredInError, false),
      ),
    )
    .orderBy(desc(contacts.at))
    .limit(contactsMax)
    .as('newest')
  return db
    .select({ at: newest.at, result: newest.result, mentorshipId: newest.mentorshipId })
    .from(referrals)
    .crossJoinLateral(newest)
    .where(and(eq(referrals.networkId, networkId), anyOf(referrals.id, ids)))
    .orderBy(asc(newest.at))
}

function readPauses({ db, networkId }: TxCtx, ids: readonly string[]) {
  return db
    .select({
      mentorshipId: mentorshipPauses.mentorshipId,
      from: mentorshipPauses.beganAt,
      to: mentorshipPauses.endedAt,
    })
    .from(mentorshipPauses)
    .where(and(eq(mentorshipPauses.networkId, networkId), anyOf(mentorshipPauses.referralId, ids)))
    .orderBy(asc(mentorshipPauses.beganAt))
}

const wasHeld = sql`${referralTransitions.fromStatus} is not distinct from 'on_hold'`

function readHolds({ db, networkId }: TxCtx, ids: readonly string[]) {
  return db
    .select({
      referralId: referralTransitions.referralId,
      at: referralTransitions.at,
      status: referralTransitions.status,
    })
    .from(referralTransitions)
    .where(
      and(
        eq(referralTransitions.networkId, networkId),
        anyOf(referralTransitions.referralId, ids),
        sql`(${referralTransitions.status} = 'on_hold') <> (${wasHeld})`,
      ),
    )
    .orderBy(asc(referralTransitions.id))
}

/** Into a hold and out of it, in turn. */
function toHolds(turns: readonly { readonly at: Date; readonly status: string }[]): Span[] {
  return turns.flatMap(({ at, status }, index) =>
    status === 'on_hold' ? [{ from: at, to: turns[index + 1]?.at ?? null }] : [],
  )
}

export function toEngagementFacts(
  row: Omit<ReferralRow, 'sealed'>,
  { holds, mentorships }: History,
): EngagementFacts {
  return { requestedAt: row.createdAt, closedAt: row.closedAt, holds, mentorships }
}

/** The rule set that is switched on in the network. */
export async function activeRules({ db, networkId }: TxCtx): Promise<RuleSet> {
  const [row] = await db
    .select({ name: engagementRuleSets.name, parameters: engagementRuleSets.parameters })
    .from(engagementRuleSets)
    .where(and(eq(engagementRuleSets.networkId, networkId), eq(engagementRuleSets.active, true)))
  return row ? { name: row.name, ...row.parameters } : eng1
}

export interface Weighed {
  readonly record: ReferralRecord
  readonly history: History
}

/**
 * Referrals by id, with all that their engagement and the decision about showing it need. In the order of the ids. Consents are read only where the engagement is another organization's.
 */
export async function weighMany(
  ctx: TxCtx,
  ids: readonly string[],
): Promise<{ readonly weighed: readonly Weighed[]; readonly rules: RuleSet }> {
  if (ids.length === 0) return { weighed: [], rules: eng1 }
  const [found, historyOf, rules] = await Promise.all([
    selectReferrals(ctx, anyOf(referrals.id, ids)),
    readHistories(ctx, ids),
    activeRules(ctx),
  ])
  const ofOthers = found.filter(({ row }) => row.receivingOrganizationId !== ctx.organizationId)
  const people = ofOthers.map(({ row }) => row.patientId)
  const groundsFor = await groundsOfMany(ctx, people, consentsFor(people.length))
  const byId = new Map(found.map((selected) => [selected.row.id, selected]))
  const weighed = ids.flatMap((id) => {
    const selected = byId.get(id)
    if (!selected) return []
    const record = {
      ...toFound(selected),
      parties: partiesOf(selected.row, ctx.organizationId),
      grounds: groundsFor(selected.row.patientId),
    }
    return [{ record, history: historyOf(id) }]
  })
  return { weighed, rules }
}
