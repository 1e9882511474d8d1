import { and, desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { absentIfNotFound, invalidInput, notFound } from '../../core/errors.ts'
import { Id, newId } from '../../core/id.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { only } from '../../db/rows.ts'
import { discloseOne, type Shown } from '../disclosures/store.ts'
import { explainTo } from '../matching/explain.ts'
import { findCandidates, judgePair, refuseUnfit } from '../matching/find.ts'
import { toldTo, usedOf } from '../matching/reading.ts'
import { shownMentors } from '../matching/store.ts'
import type { Audience } from '../mentors/codes.ts'
import { requireRoom } from '../mentors/store.ts'
import { findLiving } from '../mentorships/store.ts'
import { findReferralById, type ReferralRecord, requireStatusConsent } from '../referrals/store.ts'
import { ChooseMentor, NewShortlist, type Shortlist } from './contract.ts'
import { findAsked, makeOffer, requireMatchable, takenOver, toOffer } from './store.ts'
import { shortlists } from './table.ts'

type Row = typeof shortlists.$inferSelect

/** Puts up to three mentors before the person. A new shortlist replaces the one before. */
export const makeShortlist = action({
  id: 'shortlists.create',
  scope: 'matching:write',
  input: NewShortlist,
  run: async (ctx, { id: referralId, mentorIds }) => {
    const record = await findAsked(ctx, referralId)
    requireMatchable(record)
    for (const [index, mentorId] of mentorIds.entries()) {
      const pair = await judgePair(ctx, record, mentorId).catch(absentIfNotFound)
      if (!pair)
        throw invalidInput({
          path: ['mentorIds', index],
          code: 'unknown_mentor',
          detail: 'Your organization has no such mentor.',
        })
      requireRoom(pair.mentor, pair.points, ctx.now)
      refuseUnfit(pair.failed, undefined)
    }
    const { networkId, organizationId, now } = ctx
    const { patientId } = record.row
    const row = only(
      await ctx.db
        .insert(shortlists)
        .values({
          networkId,
          id: newId(now),
          organizationId,
          referralId,
          patientId,
          mentorIds,
          createdAt: now,
          updatedAt: now,
        })
        .returning(),
    )
    ctx.emit({ type: 'shortlist.made', subjectType: 'shortlist', subjectId: row.id, patientId })
    ctx.touch({ subjectType: 'shortlist', subjectId: row.id, patientId })
    return { ...(await show(ctx, record, row, 'coordinator')), ...told(ctx, record) }
  },
})

export const getShortlist = action({
  id: 'shortlists.get',
  scope: 'matching:read',
  portal: ['patient'],
  input: z.strictObject({ id: Id }),
  alone: true,
  run: async (ctx, { id }) => {
    const record = await findForChoice(ctx, id)
    const shown = await beyondOrganization(ctx, record, async () => {
      const row = await findShortlist(ctx, id)
      ctx.touch({ subjectType: 'shortlist', subjectId: row.id, patientId: row.patientId })
      return show(ctx, record, row, ctx.person ? 'patient' : 'coordinator')
    })
    return { ...shown, ...told(ctx, record) }
  },
})

/** The person's word: it makes the offer. A coordinator may pass on what the person said. */
export const chooseMentor = action({
  id: 'shortlists.choose',
  scope: 'matching:write',
  portal: ['patient'],
  input: ChooseMentor,
  run: async (ctx, { id, mentorId }) => {
    const record = await findForChoice(ctx, id)
    const attached = told(ctx, record)
    requireMatchable(record)
    const offer = await beyondOrganization(ctx, record, async () => {
      const row = await findShortlist(ctx, id)
      if (!row.mentorIds.includes(mentorId))
        throw invalidInput({
          path: ['mentorId'],
          code: 'not_on_shortlist',
          detail: 'Choose one of the shortlist.',
        })
      const [pair, living] = await Promise.all([judgePair(ctx, record, mentorId), findLiving(ctx, id)])
      requireRoom(pair.mentor, pair.points, ctx.now)
      refuseUnfit(pair.failed, undefined)
      const made = await makeOffer(ctx, record, {
        mentorId,
        chosenBy: 'patient',
        score: pair.score,
        takesOverFrom: takenOver(living, false),
      })
      await ctx.db
        .update(shortlists)
        .set({ chosenMentorId: mentorId, chosenAt: ctx.now, version: row.version + 1, updatedAt: ctx.now })
        .where(and(eq(shortlists.networkId, ctx.networkId), eq(shortlists.id, row.id)))
      ctx.emit({
        type: 'shortlist.chosen',
        subjectType: 'shortlist',
        subjectId: row.id,
        patientId: row.patientId,
        organizationId: row.organizationId,
      })
      return made
    })
    ctx.touch({ subjectType: 'referral', subjectId: id, patientId: record.row.patientId })
    // The person made a choice; what it scored is between coordinator and rule set.
    return { ...toOffer(offer, ctx.now), ...(ctx.person && { score: null, ...attached }) }
  },
})

/**
 * A shortlist is explained by what the clinic said of the person, and to a clinic's portal it tells that somebody is being
 * looked for: either way it crosses organizations, is decided and goes to the ledger.
 */
function told(ctx: TxCtx, record: ReferralRecord): Shown['attached'] {
  const matches = record.row.receivingOrganizationId === ctx.organizationId
  return discloseOne(ctx, matches ? usedOf(record) : toldTo(record)).attached
}

/** The person's own referral, or one that the caller's organization was asked to take. */
async function findForChoice(ctx: TxCtx, referralId: string): Promise<ReferralRecord> {
  if (!ctx.person) return findAsked(ctx, referralId)
  const record = await findReferralById(ctx, referralId)
  requireStatusConsent(ctx, record)
  return record
}

/** A person's token comes from their clinic; the shortlist is kept by the mentors' organization. */
function beyondOrganization<T>(ctx: TxCtx, { row }: ReferralRecord, work: () => Promise<T>): Promise<T> {
  return row.receivingOrganizationId === ctx.organizationId ? work() : ctx.acrossOrganizations(work)
}

async function findShortlist({ db, networkId }: TxCtx, referralId: string): Promise<Row> {
  const [row] = await db
    .select()
    .from(shortlists)
    .where(and(eq(shortlists.networkId, networkId), eq(shortlists.referralId, referralId)))
    .orderBy(desc(shortlists.id))
    .limit(1)
  if (!row) throw notFound('shortlist')
  return row
}

async function show(ctx: TxCtx, record: ReferralRecord, row: Row, audience: Audience): Promise<Shortlist> {
  const [{ ranking, seeking, weighing }, rows] = await Promise.all([
    findCandidates(ctx, record),
    shownMentors(ctx, row.mentorIds),
  ])
  const chosen = ranking.ranked.filter(({ mentor }) => row.mentorIds.includes(mentor.id))
  return {
    id: row.id,
    referralId: row.referralId,
    data: chosen.flatMap((ranked, index) => {
      const mentor = rows.get(ranked.mentor.id)
      if (!mentor) return []
      const shown = explainTo(audience, ranked, mentor, seeking.seeker, { weighing, rank: index + 1 })
      // The id is what a choice is made with, whatever else the mentor lets see.
      return [{ ...shown, mentorId: mentor.id }]
    }),
    chosenMentorId: row.chosenMentorId,
    chosenAt: toInstantOrNull(row.chosenAt),
    version: row.version,
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}
