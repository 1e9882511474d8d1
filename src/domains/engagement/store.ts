import { and, asc, desc, eq, exists, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { grouped } from '../../core/grouped.ts'
import { once, onceForIds } from '../../db/once.ts'
import type { ClockRow } from '../clocks/store.ts'
import { clocks } from '../clocks/table.ts'
import { consentsFor, groundsOf, groundsOfMany } from '../decisions/grounds.ts'
import { contacts, mentorshipPauses, mentorships } from '../mentorships/table.ts'
import { partiesOf } from '../referrals/rules.ts'
import { ownAmong, type ReferralRecord, type ReferralRow } from '../referrals/store.ts'
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
    readContacts(ctx, { ids }),
    readPauses(ctx, { ids }),
    readHolds(ctx, { ids }),
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

const networkId = sql.placeholder('networkId')

const selectMentorships = onceForIds((db, isOneOf) => {
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
    .where(and(eq(mentorships.networkId, networkId), isOneOf(mentorships.referralId)))
    .orderBy(desc(mentorships.startedAt), desc(mentorships.id))
    .limit(sql.placeholder('limit'))
})

const readMentorships = async (ctx: TxCtx, ids: readonly string[]) =>
  (await selectMentorships(ctx, { ids, limit: mentorshipsMax * ids.length })).reverse()

/** Oldest first. Cut for each referral, so that one with many takes none from the others. */
const readContacts = onceForIds((db, isOneOf) => {
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
    .where(and(eq(referrals.networkId, networkId), isOneOf(referrals.id)))
    .orderBy(asc(newest.at))
})

const readPauses = onceForIds((db, isOneOf) =>
  db
    .select({
      mentorshipId: mentorshipPauses.mentorshipId,
      from: mentorshipPauses.beganAt,
      to: mentorshipPauses.endedAt,
    })
    .from(mentorshipPauses)
    .where(and(eq(mentorshipPauses.networkId, networkId), isOneOf(mentorshipPauses.referralId)))
    .orderBy(asc(mentorshipPauses.beganAt)),
)

const wasHeld = sql`${referralTransitions.fromStatus} is not distinct from 'on_hold'`

const readHolds = onceForIds((db, isOneOf) =>
  db
    .select({
      referralId: referralTransitions.referralId,
      at: referralTransitions.at,
      status: referralTransitions.status,
    })
    .from(referralTransitions)
    .where(
      and(
        eq(referralTransitions.networkId, networkId),
        isOneOf(referralTransitions.referralId),
        sql`(${referralTransitions.status} = 'on_hold') <> (${wasHeld})`,
      ),
    )
    .orderBy(asc(referralTransitions.id)),
)

/** Into a hold and out of it, in turn. */
function toHolds(turns: readonly { readonly at: Date; readonly status: string }[]): Span[] {
  return turns.flatMap(({ at, status }, index) =>
    status === 'on_hold' ? [{ from: at, to: turns[index + 1]?.at ?? null }] : [],
  )
}

export function toEngagementFacts(
  row: Pick<ReferralRow, 'createdAt' | 'closedAt'>,
  { holds, mentorships }: History,
): EngagementFacts {
  return { requestedAt: row.createdAt, closedAt: row.closedAt, holds, mentorships }
}

const selectActiveRules = once((db) =>
  db
    .select({ name: engagementRuleSets.name, parameters: engagementRuleSets.parameters })
    .from(engagementRuleSets)
    .where(and(eq(engagementRuleSets.networkId, networkId), eq(engagementRuleSets.active, true))),
)

/** The rule set that is switched on in the network. */
export async function activeRules(ctx: TxCtx): Promise<RuleSet> {
  const [row] = await selectActiveRules(ctx, {})
  return row ? { name: row.name, ...row.parameters } : eng1
}

/** A referral as far as its engagement is computed from it and shown by it. */
export interface AccompaniedReferral extends Pick<ReferralRecord, 'grounds' | 'parties'> {
  readonly row: Pick<
    ReferralRow,
    'id' | 'organizationId' | 'receivingOrganizationId' | 'patientId' | 'outcome' | 'createdAt' | 'closedAt'
  >
  readonly clock: Pick<ClockRow, 'action' | 'dueAt'> | null
}

export interface Weighed {
  readonly record: AccompaniedReferral
  readonly history: History
}

const selectAccompanied = onceForIds((db, isOneOf) => {
  const { id, organizationId, receivingOrganizationId, patientId, outcome, createdAt, closedAt } = referrals
  return db
    .select({
      row: { id, organizationId, receivingOrganizationId, patientId, outcome, createdAt, closedAt },
      clock: { action: clocks.action, dueAt: clocks.dueAt },
    })
    .from(referrals)
    .leftJoin(clocks, and(eq(clocks.networkId, referrals.networkId), eq(clocks.id, referrals.clockId)))
    .where(and(eq(referrals.networkId, networkId), isOneOf(id)))
})

/** The referral whose engagement is asked for, with what the decision about showing it needs, in one round trip. */
export async function findAccompanied(ctx: TxCtx, id: string): Promise<AccompaniedReferral> {
  // A patient's token finds the referral itself first; then what belongs to it (its clock, its consents) may be read.
  if ((await ownAmong(ctx, [id])).length === 0) throw notFound('referral')
  const [[found], grounds] = await Promise.all([
    selectAccompanied(ctx, { ids: [id] }),
    groundsOf(ctx, { engagementOf: id }),
  ])
  const parties = found ? partiesOf(found.row, ctx.organizationId) : []
  if (!found || parties.length === 0) throw notFound('referral')
  return { ...found, grounds, parties }
}

/**
 * Referrals by id, with all that their engagement and the decision about showing it need. In the order of the ids. Consents
 * are read only where the engagement is another organization's.
 */
export async function weighMany(
  ctx: TxCtx,
  ids: readonly string[],
): Promise<{ readonly weighed: readonly Weighed[]; readonly rules: RuleSet }> {
  if (ids.length === 0) return { weighed: [], rules: eng1 }
  const [found, historyOf, rules] = await Promise.all([
    selectAccompanied(ctx, { ids }),
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
      ...selected,
      parties: partiesOf(selected.row, ctx.organizationId),
      grounds: groundsFor(selected.row.patientId),
    }
    return [{ record, history: historyOf(id) }]
  })
  return { weighed, rules }
}
