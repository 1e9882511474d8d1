import { and, desc, eq, inArray, type SQL } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { grouped } from '../../core/grouped.ts'
import { type Each, eachById, FirstPages, Many } from '../../core/many.ts'
import { cutPage, sealCursor } from '../../core/page.ts'
import { anyOf, each, eachId } from '../../db/each.ts'
import { consentsFor, groundsOfMany } from '../decisions/grounds.ts'
import { disclose, project } from '../disclosures/store.ts'
import { contactClasses, type Mentorship, MentorshipFilter, mentorshipClasses } from './contract.ts'
import { notesWithheld, readingOf } from './notes.ts'
import type { MentorshipRow } from './store.ts'
import { contacts, mentorships, sealedContacts, sealedMentorships } from './table.ts'
import { toContact, toMentorship } from './view.ts'

/** Mentorships by a condition, with the grounds for showing those that another organization holds. */
async function readMany(ctx: TxCtx, condition: SQL | undefined) {
  // A person finds their own behind the person wall; what belongs to it is read beyond it.
  const stored = await ctx.db
    .select(sealedMentorships.columns)
    .from(mentorships)
    .where(and(eq(mentorships.networkId, ctx.networkId), condition))
    .orderBy(desc(mentorships.id))
  const rows = await sealedMentorships.open(ctx, stored)
  ctx.beyondPerson()
  const foreign = rows.filter(({ organizationId }) => organizationId !== ctx.organizationId)
  const people = foreign.map(({ patientId }) => patientId)
  return { rows, groundsOf: await groundsOfMany(ctx, people, consentsFor(people.length)) }
}

type Read = Awaited<ReturnType<typeof readMany>>

/** With the short notice each; who may not be seen is left out. */
function show(ctx: TxCtx, rows: readonly MentorshipRow[], { groundsOf }: Read): Mentorship[] {
  const readings = rows.map((row) => readingOf(ctx, row, groundsOf(row.patientId), ['engagement_status']))
  const shown = disclose(ctx, readings, 'short')
  return rows.flatMap((row, index) => {
    const part = shown[index]
    if (!part || part.permitted.size === 0) return []
    ctx.touch({ subjectType: 'mentorship', subjectId: row.id, patientId: row.patientId })
    const seen = project(toMentorship(ctx, row), mentorshipClasses, part.permitted)
    return [{ ...seen, ...notesWithheld(ctx, row, part) }]
  })
}

/** As `getMentorship`, of many. */
export const getMentorships = action({
  id: 'mentorships.getMany',
  scope: 'mentorships:read',
  portal: ['mentor', 'patient'],
  input: Many,
  run: async (ctx, { ids }) => {
    const read = await readMany(ctx, anyOf(mentorships.id, ids))
    return eachById(show(ctx, read.rows, read))
  },
})

const OfEach = FirstPages.extend({ status: MentorshipFilter.shape.status })

/** The mentorships of each mentor, newest first, as `listMentorships` lists them. */
export const mentorshipsOfMentors = action({
  id: 'mentorships.ofMentors',
  scope: 'mentorships:read',
  portal: ['mentor', 'patient'],
  input: OfEach,
  run: (ctx, input) => pagesBy(ctx, mentorships.mentorId, 'mentorId', input),
})

/** The same of each referral. */
export const mentorshipsOfReferrals = action({
  id: 'mentorships.ofReferrals',
  scope: 'mentorships:read',
  portal: ['mentor', 'patient'],
  input: OfEach,
  run: (ctx, input) => pagesBy(ctx, mentorships.referralId, 'referralId', input),
})

async function pagesBy(
  ctx: TxCtx,
  column: PgColumn,
  member: 'mentorId' | 'referralId',
  { ids, limit, status }: { ids: string[]; limit: number; status?: Mentorship['status'] },
): Promise<Each<unknown>[]> {
  const { db, networkId, organizationId } = ctx
  const newest = db
    .select({ id: mentorships.id })
    .from(mentorships)
    .where(
      and(
        eq(mentorships.networkId, networkId),
        // A person's own are found by the person wall, whichever organization holds them.
        ctx.person ? undefined : eq(mentorships.organizationId, organizationId),
        eq(column, eachId),
        status && eq(mentorships.status, status),
      ),
    )
    .orderBy(desc(mentorships.id))
    .limit(limit + 1)
    .as('newest')
  const these = db.select({ id: newest.id }).from(each(ids)).crossJoinLateral(newest)
  const read = await readMany(ctx, inArray(mentorships.id, these))
  const ofParent = grouped(read.rows, (row) => row[member])
  return ids.map((id) => {
    const filters = { ...(status && { status }), [member]: id }
    const page = cutPage(ofParent(id), limit, (last) => sealCursor(ctx, 'mentorships', filters, [last.id]))
    return { id, answer: { data: show(ctx, page.rows, read), nextCursor: page.nextCursor } }
  })
}

/** The contacts of each mentorship, newest recorded first, as `listContacts` lists them. */
export const contactsOfMentorships = action({
  id: 'contacts.ofMentorships',
  scope: 'mentorships:read',
  portal: ['mentor', 'patient'],
  input: FirstPages,
  run: async (ctx, { ids, limit }) => {
    const newest = ctx.db
      .select(sealedContacts.columns)
      .from(contacts)
      .where(and(eq(contacts.networkId, ctx.networkId), eq(contacts.mentorshipId, eachId)))
      .orderBy(desc(contacts.id))
      .limit(limit + 1)
      .as('newest')
    const [{ rows, groundsOf }, made] = await Promise.all([
      readMany(ctx, anyOf(mentorships.id, ids)),
      ctx.db
        .select()
        .from(each(ids))
        .crossJoinLateral(newest)
        .then((found) =>
          sealedContacts.open(
            ctx,
            found.map(({ newest: one }) => one),
          ),
        ),
    ])
    const madeIn = grouped(made, (contact) => contact.mentorshipId)
    const readings = rows.map((row) => readingOf(ctx, row, groundsOf(row.patientId), ['contact_summary']))
    const shown = disclose(ctx, readings, 'short')
    return rows.flatMap((row, index) => {
      const part = shown[index]
      if (!part || part.permitted.size === 0) return []
      ctx.touch({ subjectType: 'mentorship', subjectId: row.id, patientId: row.patientId })
      const page = cutPage(madeIn(row.id), limit, (last) => sealCursor(ctx, 'contacts', row.id, [last.id]))
      const data = page.rows.map((contact) =>
        project(toContact(ctx, contact), contactClasses, part.permitted),
      )
      return [{ id: row.id, answer: { data, nextCursor: page.nextCursor, ...notesWithheld(ctx, row, part) } }]
    })
  },
})
