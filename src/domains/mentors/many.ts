import { and, eq, inArray } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { eachById, Many } from '../../core/many.ts'
import { mentors } from './table.ts'
import { toMentor } from './view.ts'

export const getMentors = action({
  id: 'mentors.getMany',
  scope: 'mentors:read',
  portal: ['mentor'],
  input: Many,
  run: async (ctx, { ids }) => {
    const rows = await ctx.db
      .select()
      .from(mentors)
      .where(and(eq(mentors.networkId, ctx.networkId), inArray(mentors.id, ids)))
    return eachById(rows.map((row) => toMentor(ctx, row)))
  },
})
