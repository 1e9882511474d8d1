import { and, desc, eq } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { firstPages } from '../../core/first-pages.ts'
import { grouped } from '../../core/grouped.ts'
import { eachById, FirstPages, Many } from '../../core/many.ts'
import { anyOf, eachId } from '../../db/each.ts'
import { newestOfEach } from '../../db/newest.ts'
import { mentorsAmong } from '../mentors/store.ts'
import { checklistsOf } from './store.ts'
import { mentorCredentials, mentorScreenings, sealedCredentials, sealedScreenings } from './table.ts'
import { toCredential, toEligibility, toScreening } from './view.ts'

export const getScreenings = action({
  id: 'screenings.getMany',
  scope: 'mentors:read',
  input: Many,
  run: async (ctx, { ids }) => {
    const rows = await ctx.db
      .select(sealedScreenings.columns)
      .from(mentorScreenings)
      .where(and(eq(mentorScreenings.networkId, ctx.networkId), anyOf(mentorScreenings.id, ids)))
    for (const { id } of rows) ctx.touch({ subjectType: 'screening', subjectId: id })
    return eachById((await sealedScreenings.open(ctx, rows)).map(toScreening))
  },
})

export const getCredentials = action({
  id: 'credentials.getMany',
  scope: 'mentors:read',
  input: Many,
  run: async (ctx, { ids }) => {
    const rows = await ctx.db
      .select(sealedCredentials.columns)
      .from(mentorCredentials)
      .where(and(eq(mentorCredentials.networkId, ctx.networkId), anyOf(mentorCredentials.id, ids)))
    for (const { id } of rows) ctx.touch({ subjectType: 'credential', subjectId: id })
    return eachById((await sealedCredentials.open(ctx, rows)).map(toCredential))
  },
})

/** The screenings of each mentor, newest first, as `listScreenings` lists them. */
export const screeningsOfMentors = action({
  id: 'screenings.ofMentors',
  scope: 'mentors:read',
  input: FirstPages,
  run: async (ctx, { ids, limit }) => {
    const of = eq(mentorScreenings.mentorId, eachId)
    const [own, stored] = await Promise.all([
      mentorsAmong(ctx, ids),
      ctx.db
        .select(sealedScreenings.columns)
        .from(mentorScreenings)
        .where(
          and(
            eq(mentorScreenings.networkId, ctx.networkId),
            newestOfEach(ctx, mentorScreenings, { ids, limit, of }),
          ),
        )
        .orderBy(desc(mentorScreenings.id)),
    ])
    const rowsOf = grouped(await sealedScreenings.open(ctx, stored), ({ mentorId }) => mentorId)
    return firstPages(ctx, {
      ids: own.map(({ id }) => id),
      limit,
      list: 'screenings',
      filters: (id) => ({ id }),
      rowsOf,
      show: (row) => {
        ctx.touch({ subjectType: 'screening', subjectId: row.id })
        return toScreening(row)
      },
    })
  },
})

/** The credentials of each mentor, newest first, as `listCredentials` lists them. */
export const credentialsOfMentors = action({
  id: 'credentials.ofMentors',
  scope: 'mentors:read',
  input: FirstPages,
  run: async (ctx, { ids, limit }) => {
    const of = eq(mentorCredentials.mentorId, eachId)
    const [own, stored] = await Promise.all([
      mentorsAmong(ctx, ids),
      ctx.db
        .select(sealedCredentials.columns)
        .from(mentorCredentials)
        .where(
          and(
            eq(mentorCredentials.networkId, ctx.networkId),
            newestOfEach(ctx, mentorCredentials, { ids, limit, of }),
          ),
        )
        .orderBy(desc(mentorCredentials.id)),
    ])
    const rowsOf = grouped(await sealedCredentials.open(ctx, stored), ({ mentorId }) => mentorId)
    return firstPages(ctx, {
      ids: own.map(({ id }) => id),
      limit,
      list: 'credentials',
      filters: (id) => ({ id }),
      rowsOf,
      show: (row) => {
        ctx.touch({ subjectType: 'credential', subjectId: row.id })
        return toCredential(row)
      },
    })
  },
})

/** What each mentor has and lacks, as `getEligibility` says it. */
export const eligibilityOfMentors = action({
  id: 'mentors.eligibilityOfMany',
  scope: 'mentors:read',
  portal: ['mentor'],
  input: Many,
  run: async (ctx, { ids }) => {
    const own = await mentorsAmong(ctx, ids)
    // The mentors are the caller's own; from here on nothing but their papers is read.
    ctx.beyondPerson()
    const checklists = await checklistsOf(ctx, own)
    return own.flatMap(({ id }) => {
      const checklist = checklists.get(id)
      if (!checklist) return []
      ctx.touch({ subjectType: 'mentor', subjectId: id })
      return [{ id, answer: toEligibility(id, checklist) }]
    })
  },
})
