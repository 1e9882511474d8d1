import { and, desc, eq, type SQL } from 'drizzle-orm'
import type { z } from 'zod'
import { action } from '../../core/action.ts'
import type { TxCtx } from '../../core/context.ts'
import { firstPages } from '../../core/first-pages.ts'
import { grouped } from '../../core/grouped.ts'
import { eachById, FirstPages, Many } from '../../core/many.ts'
import { anyOf, eachId } from '../../db/each.ts'
import { newestOfEach } from '../../db/newest.ts'
import { programs } from '../programs/table.ts'
import { MentorFilter } from './contract.ts'
import { isMatchedBy, mentorsById } from './store.ts'
import { mentors, sealedMentors } from './table.ts'
import { toMentor } from './view.ts'

export const getMentors = action({
  id: 'mentors.getMany',
  scope: 'mentors:read',
  portal: ['mentor'],
  input: Many,
  run: async (ctx, { ids }) => {
    const rows = await mentorsById(ctx, ids)
    return eachById(rows.map((row) => toMentor(ctx, row)))
  },
})

const OfEach = FirstPages.extend({ status: MentorFilter.shape.status, type: MentorFilter.shape.type })

/** The mentors of each organization, newest first: of the caller's own, for mentors are shown to nobody else. */
export const mentorsOfOrganizations = action({
  id: 'mentors.ofOrganizations',
  scope: 'mentors:read',
  input: OfEach,
  run: async (ctx, { ids, limit, ...filters }) => {
    const rows = await newest(ctx, ids, limit, filters, eq(mentors.organizationId, eachId))
    const rowsOf = grouped(rows, ({ organizationId }) => organizationId)
    return firstPages(ctx, {
      ids,
      limit,
      list: 'mentors',
      filters: (organizationId) => inOrder({ ...filters, organizationId }),
      rowsOf,
      show: (row) => toMentor(ctx, row),
    })
  },
})

/** The mentors whom each program matches, newest first. A mentor belongs to every program that takes their kind. */
export const mentorsOfPrograms = action({
  id: 'mentors.ofPrograms',
  scope: 'mentors:read',
  input: OfEach,
  run: async (ctx, { ids, limit, ...filters }) => {
    const [known, rows] = await Promise.all([
      ctx.db
        .select({ id: programs.id, organizationId: programs.organizationId, types: programs.mentorTypes })
        .from(programs)
        .where(and(eq(programs.networkId, ctx.networkId), anyOf(programs.id, ids))),
      newest(ctx, ids, limit, filters, isMatchedBy(ctx, eachId)),
    ])
    const programOf = new Map(known.map((program) => [program.id, program]))
    const rowsOf = (id: string) => {
      const program = programOf.get(id)
      return rows.filter(
        ({ organizationId, type }) =>
          organizationId === program?.organizationId &&
          (program.types.length === 0 || program.types.includes(type)),
      )
    }
    return firstPages(ctx, {
      ids,
      limit,
      list: 'mentors',
      filters: (programId) => inOrder({ ...filters, programId }),
      rowsOf,
      show: (row) => toMentor(ctx, row),
    })
  },
})

type Filters = Pick<z.output<typeof MentorFilter>, 'status' | 'type' | 'organizationId' | 'programId'>

/** As the list of one has them, to which a cursor is bound. */
const inOrder = ({ status, type, organizationId, programId }: Filters) => ({
  status,
  type,
  organizationId,
  programId,
})

async function newest(
  ctx: TxCtx,
  ids: readonly string[],
  limit: number,
  { status, type }: Filters,
  belongs: SQL,
) {
  const of = and(
    eq(mentors.organizationId, ctx.organizationId),
    belongs,
    status && eq(mentors.status, status),
    type && eq(mentors.type, type),
  )
  const rows = await ctx.db
    .select(sealedMentors.columns)
    .from(mentors)
    .where(and(eq(mentors.networkId, ctx.networkId), newestOfEach(ctx, mentors, { ids, limit, of })))
    .orderBy(desc(mentors.id))
  return sealedMentors.open(ctx, rows)
}
