import { and, desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { firstPages } from '../../core/first-pages.ts'
import { grouped } from '../../core/grouped.ts'
import { type Each, eachById, FirstPages, Many } from '../../core/many.ts'
import { cutPage, sealCursor } from '../../core/page.ts'
import type { Tx } from '../../db/client.ts'
import { anyOf, each, eachId } from '../../db/each.ts'
import { newestOfEach } from '../../db/newest.ts'
import { isAnyOf, once } from '../../db/once.ts'
import { consentsFor, groundsOfMany } from '../decisions/grounds.ts'
import { disclose, project } from '../disclosures/store.ts'
import { showPatients } from '../patients/shown.ts'
import { contactClasses, type Mentorship, MentorshipFilter, mentorshipClasses } from './contract.ts'
import { notesWithheld, readingOf } from './notes.ts'
import type { MentorshipRow } from './store.ts'
import {
  contacts,
  contactVersions,
  mentorshipAgreements,
  mentorships,
  sealedAgreements,
  sealedContacts,
  sealedContactVersions,
  sealedMentorships,
} from './table.ts'
import { toAgreement, toContact, toContactVersion, toMentorship, versionsMax } from './view.ts'

const select = (db: Tx, condition: SQL | undefined) =>
  db.select(sealedMentorships.columns).from(mentorships).where(condition).orderBy(desc(mentorships.id))

const networkId = sql.placeholder('networkId')
const byId = once((db) =>
  select(db, and(eq(mentorships.networkId, networkId), isAnyOf(mentorships.id, 'ids'))),
)

/** Mentorships by id or a condition, with the grounds for showing those that another organization holds. */
async function readMany(ctx: TxCtx, which: readonly string[] | SQL) {
  // A person finds their own behind the person wall; what belongs to it is read beyond it.
  const stored = await (Array.isArray(which)
    ? byId(ctx, { ids: which })
    : select(ctx.db, and(eq(mentorships.networkId, ctx.networkId), which as SQL)))
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
    const read = await readMany(ctx, ids)
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

/** The same of each patient. */
export const mentorshipsOfPatients = action({
  id: 'mentorships.ofPatients',
  scope: 'mentorships:read',
  portal: ['mentor', 'patient'],
  input: OfEach,
  run: (ctx, input) => pagesBy(ctx, mentorships.patientId, 'patientId', input),
})

async function pagesBy(
  ctx: TxCtx,
  column: PgColumn,
  member: 'mentorId' | 'referralId' | 'patientId',
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

const newestContacts = once((db) => {
  const newest = db
    .select(sealedContacts.columns)
    .from(contacts)
    .where(and(eq(contacts.networkId, networkId), eq(contacts.mentorshipId, eachId)))
    .orderBy(desc(contacts.id))
    .limit(sql.placeholder('limit'))
    .as('newest')
  return db
    .select()
    .from(sql`unnest(${sql.placeholder('ids')}::uuid[]) as parent(id)`)
    .crossJoinLateral(newest)
})

/** The contacts of each mentorship, newest recorded first, as `listContacts` lists them. */
export const contactsOfMentorships = action({
  id: 'contacts.ofMentorships',
  scope: 'mentorships:read',
  portal: ['mentor', 'patient'],
  input: FirstPages,
  run: async (ctx, { ids, limit }) => {
    const [{ rows, groundsOf }, made] = await Promise.all([
      readMany(ctx, ids),
      newestContacts(ctx, { ids, limit: limit + 1 }).then((found) =>
        sealedContacts.open(
          ctx,
          found.map(({ newest }) => newest),
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

/** What the two agreed in each mentorship, newest first, as `listAgreements` lists it. */
export const agreementsOfMentorships = action({
  id: 'agreements.ofMentorships',
  scope: 'mentorships:read',
  portal: ['mentor', 'patient'],
  input: FirstPages,
  run: async (ctx, { ids, limit }) => {
    const of = eq(mentorshipAgreements.mentorshipId, eachId)
    const [found, stored] = await Promise.all([
      headsOf(ctx, ids),
      ctx.db
        .select(sealedAgreements.columns)
        .from(mentorshipAgreements)
        .where(
          and(
            eq(mentorshipAgreements.networkId, ctx.networkId),
            newestOfEach(ctx, mentorshipAgreements, { ids, limit, of }),
          ),
        )
        .orderBy(desc(mentorshipAgreements.id)),
    ])
    // What the two agreed stays between them and the mentor's organization.
    const own = found.filter(({ organizationId }) => organizationId === ctx.organizationId || ctx.person)
    for (const { id, patientId } of own) ctx.touch({ subjectType: 'mentorship', subjectId: id, patientId })
    const rowsOf = grouped(await sealedAgreements.open(ctx, stored), ({ mentorshipId }) => mentorshipId)
    return firstPages(ctx, {
      ids: own.map(({ id }) => id),
      limit,
      list: 'agreements',
      filters: (id) => id,
      rowsOf,
      show: toAgreement,
    })
  },
})

/** Of many mentorships what is needed to say whose they are. */
const headsOf = ({ db, networkId }: TxCtx, ids: readonly string[]) =>
  db
    .select({
      id: mentorships.id,
      organizationId: mentorships.organizationId,
      patientId: mentorships.patientId,
      status: mentorships.status,
    })
    .from(mentorships)
    .where(and(eq(mentorships.networkId, networkId), anyOf(mentorships.id, ids)))

/** Whom each mentor is to call, as `getMentorshipPatient` shows them. */
export const peopleToCall = action({
  id: 'mentorships.patientsOfMany',
  scope: 'mentorships:read',
  portal: ['mentor'],
  input: Many,
  run: async (ctx, { ids }) => {
    const living = (await headsOf(ctx, ids)).filter(({ status }) => status !== 'closed')
    ctx.beyondPerson()
    const people = await showPatients(ctx, [...new Set(living.map(({ patientId }) => patientId))])
    const known = new Map(people.map((patient) => [patient.id, patient]))
    return living.flatMap(({ id, patientId }) => {
      const patient = known.get(patientId)
      return patient ? [{ id, answer: patient }] : []
    })
  },
})

/** What each contact said before it was corrected, as `listContactVersions` lists it. */
export const versionsOfContacts = action({
  id: 'contacts.versionsOfMany',
  scope: 'mentorships:read',
  portal: ['mentor'],
  input: Many,
  run: async (ctx, { ids }) => {
    const { db, networkId, organizationId } = ctx
    const stored = await db
      .select(sealedContacts.columns)
      .from(contacts)
      .where(
        and(
          eq(contacts.networkId, networkId),
          eq(contacts.organizationId, organizationId),
          anyOf(contacts.id, ids),
        ),
      )
    ctx.beyondPerson()
    const last = db
      .select(sealedContactVersions.columns)
      .from(contactVersions)
      .where(and(eq(contactVersions.networkId, networkId), eq(contactVersions.contactId, eachId)))
      .orderBy(desc(contactVersions.version))
      .limit(versionsMax)
      .as('last')
    const own = await sealedContacts.open(ctx, stored)
    const found = await db
      .select()
      .from(each(own.map(({ id }) => id)))
      .crossJoinLateral(last)
    const earlier = await sealedContactVersions.open(
      ctx,
      found.map((one) => one.last),
    )
    const earlierOf = grouped(earlier, ({ contactId }) => contactId)
    return own.map((contact) => {
      const { id, patientId } = contact
      ctx.touch({ subjectType: 'contact', subjectId: id, patientId })
      return { id, answer: { id, data: [contact, ...earlierOf(id)].map(toContactVersion) } }
    })
  },
})
