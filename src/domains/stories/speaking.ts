import { and, desc, eq, inArray, ne, sql } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { cutPage, openCursor, sealCursor } from '../../core/page.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { discloseOne } from '../disclosures/store.ts'
import { languagesOf } from '../matching/constraints.ts'
import { toldTo, usedOf } from '../matching/reading.ts'
import { mentorRows, seekersOf } from '../matching/store.ts'
import type { Audience } from '../mentors/codes.ts'
import { isReleased } from '../mentors/releases.ts'
import type { MentorRow } from '../mentors/store.ts'
import { mentors } from '../mentors/table.ts'
import { mentorships } from '../mentorships/table.ts'
import { shortlists } from '../offers/table.ts'
import { isNotOfOneWhoLeft, type Publication, selectRead } from '../publications/store.ts'
import { publications, publicationVersions } from '../publications/table.ts'
import { findReferralById, type ReferralRecord, requireStatusConsent } from '../referrals/store.ts'
import { PublicStoryFilter, SpeakingFilter, type SpeakingStories } from './contract.ts'
import { isGivenTo, type Listener, type SpokenTo, shownTags, speaking, storyRules } from './rules.ts'
import { shownOf } from './view.ts'

/** Stories of one organization that are weighed at once, the newest. */
const storiesMax = 500

/**
 * Stories that speak to one person. As with candidates, the organization that was asked uses the person's wishes under a
 * consent, and to the clinic the answer is a disclosure the other way. That somebody was shown a story is told to nobody.
 */
export const listSpeakingStories = action({
  id: 'stories.speaking',
  scope: 'stories:read',
  portal: ['patient'],
  input: SpeakingFilter,
  alone: true,
  run: async (ctx, { id, limit, audience: asked }) => {
    const record = await findReferralById(ctx, id)
    requireStatusConsent(ctx, record)
    const tells = record.parties.includes('target')
    const own = ctx.person ? 'patient' : tells ? 'coordinator' : 'clinic'
    const audience = asked ?? own
    if (own !== 'coordinator' && audience !== own) throw notFound('referral')
    const shown = discloseOne(ctx, tells ? usedOf(record) : toldTo(record))
    ctx.touch({ subjectType: 'referral', subjectId: id, patientId: record.row.patientId })
    const find = () => speakTo(ctx, record, audience, limit)
    return { ...(await (tells ? find() : ctx.acrossOrganizations(find))), ...shown.attached }
  },
})

async function speakTo(
  ctx: TxCtx,
  record: ReferralRecord,
  audience: Audience,
  limit: number,
): Promise<SpeakingStories> {
  const [listener, given] = await Promise.all([
    listenerOf(ctx, record),
    givenStories(ctx, record.row.receivingOrganizationId),
  ])
  const facts = given.flatMap(({ id, mentorId, type, releases, language, tags, audiences, publishedAt }) =>
    isGivenTo(audience, audiences, listener.ownMentors.has(mentorId))
      ? [
          {
            ...{ id, mentorId, mentorType: type, language },
            tags: shownTags({ type, releases }, tags, audience).tags,
            publishedAt: publishedAt?.getTime() ?? 0,
          },
        ]
      : [],
  )
  const best = speaking(facts, listener).slice(0, limit)
  const [told, tellers] = await Promise.all([
    best.length === 0
      ? []
      : selectRead(
          ctx,
          'story',
          inArray(
            publications.id,
            best.map(({ story }) => story.id),
          ),
          limit,
        ),
    mentorRows(
      ctx,
      best.map(({ story }) => story.mentorId),
    ),
  ])
  const byId = new Map(told.map((one) => [one.head.id, one]))
  return {
    referralId: record.row.id,
    ruleSet: storyRules,
    asOf: toInstant(ctx.now),
    audience,
    data: best.flatMap((one, index) => {
      const found = byId.get(one.story.id)
      const mentor = tellers.get(one.story.mentorId)
      return found && mentor ? [toSpeaking(one, found, mentor, { audience, rank: index + 1 })] : []
    }),
  }
}

function toSpeaking(
  { story, score, reasons }: SpokenTo,
  { latest }: Publication,
  mentor: MentorRow,
  { audience, rank }: { readonly audience: Audience; readonly rank: number },
) {
  const isNamed = isReleased(mentor, 'displayName', audience)
  return {
    rank,
    storyId: story.id,
    ...((audience === 'coordinator' || isNamed) && { mentorId: mentor.id }),
    ...(isNamed && { displayName: mentor.displayName }),
    mentorType: mentor.type,
    ...shownOf(latest, mentor, audience),
    reasons: reasons.map(({ criterion, evidence }) => ({ criterion, evidence: [...evidence] })),
    ...(audience === 'coordinator' && { score: score / 1000 }),
  }
}

/** What is weighed of each story that is read; the words of the few that are shown are opened afterwards. */
function givenStories({ db, networkId }: TxCtx, organizationId: string) {
  const { id, published } = publications
  const { language, tags, audiences, publishedAt } = publicationVersions
  const { type, releases } = mentors
  return db
    .select({ id, mentorId: mentors.id, type, releases, language, tags, audiences, publishedAt })
    .from(publications)
    .innerJoin(
      publicationVersions,
      and(
        eq(publicationVersions.networkId, publications.networkId),
        eq(publicationVersions.publicationId, id),
        eq(publicationVersions.number, sql`${published}`),
      ),
    )
    .innerJoin(
      mentors,
      and(eq(mentors.networkId, publications.networkId), eq(mentors.id, publications.mentorId)),
    )
    .where(
      and(
        eq(publications.networkId, networkId),
        eq(publications.organizationId, organizationId),
        eq(publications.kind, 'story'),
        // Who has left has no token of their own any more to take a story back with.
        ne(mentors.status, 'ended'),
      ),
    )
    .orderBy(desc(publications.id))
    .limit(storiesMax)
}

/** The person as stories may know them: their wishes only as far as a consent lets the organization have them. */
async function listenerOf(ctx: TxCtx, record: ReferralRecord): Promise<Listener> {
  const { db, networkId } = ctx
  const { id } = record.row
  const [[seeking], living, [shortlist]] = await Promise.all([
    seekersOf(ctx, [record]),
    db
      .select({ mentorId: mentorships.mentorId })
      .from(mentorships)
      .where(
        and(
          eq(mentorships.networkId, networkId),
          eq(mentorships.referralId, id),
          ne(mentorships.status, 'closed'),
        ),
      ),
    db
      .select({ mentorIds: shortlists.mentorIds })
      .from(shortlists)
      .where(and(eq(shortlists.networkId, networkId), eq(shortlists.referralId, id)))
      .orderBy(desc(shortlists.id))
      .limit(1),
  ])
  if (!seeking) throw new Error('A referral that was found has a seeker')
  const { wishes } = seeking.seeker
  return {
    substances: wishes.substances ?? [],
    pathways: wishes.pathways ?? [],
    lifeSituations: wishes.lifeSituations ?? [],
    mentorTypes: wishes.mentorTypes ?? [],
    languages: languagesOf(seeking.seeker),
    ownMentors: new Set([...living.map(({ mentorId }) => mentorId), ...(shortlist?.mentorIds ?? [])]),
  }
}

/** What mentors gave to everybody: it names none of them, whoever asks. */
export const listPublicStories = action({
  id: 'stories.public',
  scope: 'stories:read',
  portal: ['mentor', 'patient'],
  input: PublicStoryFilter,
  alone: true,
  run: async (ctx, { limit, cursor }) => {
    const list = 'publicStories'
    const [after] = openCursor(ctx, list, {}, cursor) ?? []
    return ctx.acrossOrganizations(async () => {
      const stories = await selectRead(
        ctx,
        'story',
        and(
          sql`'public' = any(${publicationVersions.audiences})`,
          isNotOfOneWhoLeft,
          after ? sql`${publications.id} < ${after}` : undefined,
        ),
        limit + 1,
      )
      const tellers = await mentorRows(ctx, [...new Set(stories.map(({ head }) => head.keyId))])
      const { rows, nextCursor } = cutPage(stories, limit, ({ head }) => sealCursor(ctx, list, {}, [head.id]))
      return {
        data: rows.flatMap(({ head, latest }) => {
          const mentor = tellers.get(head.keyId)
          if (!mentor) return []
          return [
            {
              id: head.id,
              organizationId: head.organizationId,
              mentorType: mentor.type,
              ...shownOf(latest, mentor, 'clinic'),
              publishedAt: toInstantOrNull(latest.publishedAt),
            },
          ]
        }),
        nextCursor,
      }
    })
  },
})
