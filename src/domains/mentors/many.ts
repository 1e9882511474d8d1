import { and, eq } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { eachById, Many } from '../../core/many.ts'
import { anyOf } from '../../db/each.ts'
import { mentors, sealedMentors } from './table.ts'
import { toMentor } from './view.ts'

export const getMentors = action({
  id: 'mentors.getMany',
  scope: 'mentors:read',
  portal: ['mentor'],
  input: Many,
  run: async (ctx, { ids }) => {
    const rows = await ctx.db
      .select(sealedMentors.columns)
      .from(mentors)
      .where(and(eq(mentors.networkId, ctx.networkId), anyOf(mentors.id, ids)))
    return eachById((await sealedMentors.open(ctx, rows)).map((row) => toMentor(ctx, row)))
  },
})
