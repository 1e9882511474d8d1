import { and, asc, desc, eq, inArray } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { firstPages } from '../../core/first-pages.ts'
import { grouped } from '../../core/grouped.ts'
import { eachById, FirstPages, Many } from '../../core/many.ts'
import { cutPage, sealCursor } from '../../core/page.ts'
import { anyOf, each, eachId } from '../../db/each.ts'
import { newestOfEach } from '../../db/newest.ts'
import { matches, mentorsAmong } from '../mentors/store.ts'
import { type CapacityRow, toCapacity } from './capacity.ts'
import { ProgramFilter } from './contract.ts'
import { programCapacities, programs } from './table.ts'
import { toProgram } from './view.ts'

export const getPrograms = action({
  id: 'programs.getMany',
  scope: 'programs:read',
  input: Many,
  run: async (ctx, { ids }) => {
    const [rows, reportOf] = await Promise.all([
      ctx.db
        .select()
        .from(programs)
        .where(and(eq(programs.networkId, ctx.networkId), anyOf(programs.id, ids))),
      lastReports(ctx, ids),
    ])
    return eachById(
      rows.map((row) => ({ ...toProgram(row), capacity: toCapacity(row.id, reportOf(row.id)[0], ctx.now) })),
    )
  },
})

/** What each said last about its room. */
async function lastReports({ db, networkId }: TxCtx, ids: readonly string[]) {
  const { programId, asOf, id } = programCapacities
  const rows: CapacityRow[] = await db
    .selectDistinctOn([programId])
    .from(programCapacities)
    .where(and(eq(programCapacities.networkId, networkId), inArray(programId, [...ids])))
    .orderBy(asc(programId), desc(asOf), desc(id))
  return grouped(rows, (row) => row.programId)
}

/** The programs of each organization, newest first. */
export const programsOfOrganizations = action({
  id: 'programs.ofOrganizations',
  scope: 'programs:read',
  input: FirstPages.extend({ status: ProgramFilter.shape.status }),
  run: async (ctx, { ids, limit, status }) => {
    const { db, networkId } = ctx
    const own = db
      .select()
      .from(programs)
      .where(
        and(
          eq(programs.networkId, networkId),
          eq(programs.organizationId, eachId),
          status && eq(programs.status, status),
        ),
      )
      .orderBy(desc(programs.id))
      .limit(limit + 1)
      .as('own')
    const rows = await db.select().from(each(ids)).crossJoinLateral(own)
    const programsOf = grouped(rows, ({ own }) => own.organizationId)
    return ids.map((id) => {
      const filters = { organizationId: id, ...(status && { status }) }
      const page = cutPage(programsOf(id), limit, ({ own }) => sealCursor(ctx, 'programs', filters, [own.id]))
      return {
        id,
        answer: { data: page.rows.map(({ own }) => toProgram(own)), nextCursor: page.nextCursor },
      }
    })
  },
})

/** The programs that match each mentor, newest first. */
export const programsOfMentors = action({
  id: 'programs.ofMentors',
  scope: 'programs:read',
  input: FirstPages.extend({ status: ProgramFilter.shape.status }),
  run: async (ctx, { ids, limit, status }) => {
    const of = and(status && eq(programs.status, status), matches(ctx, eachId))
    const [known, rows] = await Promise.all([
      mentorsAmong(ctx, ids),
      ctx.db
        .select()
        .from(programs)
        .where(and(eq(programs.networkId, ctx.networkId), newestOfEach(ctx, programs, { ids, limit, of })))
        .orderBy(desc(programs.id)),
    ])
    const mentorOf = new Map(known.map((mentor) => [mentor.id, mentor]))
    const rowsOf = (id: string) => {
      const mentor = mentorOf.get(id)
      return rows.filter(
        ({ organizationId, mentorTypes }) =>
          mentor?.organizationId === organizationId &&
          (mentorTypes.length === 0 || mentorTypes.includes(mentor.type)),
      )
    }
    return firstPages(ctx, {
      ids,
      limit,
      list: 'programs',
      filters: (mentorId) => ({ status, mentorId }),
      rowsOf,
      show: toProgram,
    })
  },
})
