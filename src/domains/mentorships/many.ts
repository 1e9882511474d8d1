import { and, desc, eq, inArray, ne, type SQL } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { grouped } from '../../core/grouped.ts'
import { type Each, eachById, FirstPages, Many } from '../../core/many.ts'
import { cutPage, sealCursor } from '../../core/page.ts'
import { each, eachId } from '../../db/each.ts'
import { consentsFor, groundsOfMany } from '../decisions/grounds.ts'
import { disclose, project } from '../disclosures/store.ts'
import { contactClasses, type Mentorship, MentorshipFilter, mentorshipClasses } from './contract.ts'
import { notesWithheld, readingOf } from './notes.ts'
import type { MentorshipRow } from './store.ts'
import { contacts, mentorships } from './table.ts'
import { toContact, toMentorship } from './view.ts'

/** Mentorships by a condition, with the consents of those that another organization holds: one round trip. */
async function readMany(ctx: TxCtx, condition: SQL | undefined, people: number) {
  const { db, networkId, organizationId } = ctx
  const these = and(eq(mentorships.networkId, networkId), condition)
  const select = () => db.select().from(mentorships).where(these).orderBy(desc(mentorships.id))
  // A person finds their own behind the person wall; what belongs to it is read beyond it.
  const own = ctx.person && (await select())
  ctx.beyondPerson()
  const patientsOfOthers = db
    .select({ id: mentorships.patientId })
    .from(mentorships)
    .where(and(these, ne(mentorships.organizationId, organizationId)))
  const [rows, groundsOf] = await Promise.all([
    own ?? select(),
    groundsOfMany(ctx, patientsOfOthers, consentsFor(people)),
  ])
  return { rows, groundsOf }
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
    const read = await readMany(ctx, inArray(mentorships.id, ids), ids.length)
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
  const read = await readMany(ctx, inArray(mentorships.id, these), ids.length)
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
      .select()
      .from(contacts)
      .where(and(eq(contacts.networkId, ctx.networkId), eq(contacts.mentorshipId, eachId)))
      .orderBy(desc(contacts.id))
      .limit(limit + 1)
      .as('newest')
    const [{ rows, groundsOf }, made] = await Promise.all([
      readMany(ctx, inArray(mentorships.id, ids), ids.length),
      ctx.db
        .select()
        .from(each(ids))
        .crossJoinLateral(newest)
        .then((found) => found),
    ])
    const madeIn = grouped(made, ({ newest }) => newest.mentorshipId)
    const readings = rows.map((row) => readingOf(ctx, row, groundsOf(row.patientId), ['contact_summary']))
    const shown = disclose(ctx, readings, 'short')
    return rows.flatMap((row, index) => {
      const part = shown[index]
      if (!part || part.permitted.size === 0) return []
      ctx.touch({ subjectType: 'mentorship', subjectId: row.id, patientId: row.patientId })
      const page = cutPage(madeIn(row.id), limit, ({ newest }) =>
        sealCursor(ctx, 'contacts', row.id, [newest.id]),
      )
      const data = page.rows.map(({ newest }) =>
        project(toContact(ctx, newest), contactClasses, part.permitted),
      )
      return [{ id: row.id, answer: { data, nextCursor: page.nextCursor, ...notesWithheld(ctx, row, part) } }]
    })
  },
})
