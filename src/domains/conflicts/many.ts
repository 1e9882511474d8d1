import { and, desc, eq } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { firstPages } from '../../core/first-pages.ts'
import { grouped } from '../../core/grouped.ts'
import { FirstPages } from '../../core/many.ts'
import { eachId } from '../../db/each.ts'
import { newestOfEach } from '../../db/newest.ts'
import { mentorsAmong } from '../mentors/store.ts'
import { conflictDeclarations } from './table.ts'
import { toDeclaration } from './view.ts'

/** What was declared of each mentor, newest first, as `listConflicts` lists it. */
export const conflictsOfMentors = action({
  id: 'conflicts.ofMentors',
  scope: 'matching:read',
  input: FirstPages,
  run: async (ctx, { ids, limit }) => {
    const of = eq(conflictDeclarations.mentorId, eachId)
    const [own, rows] = await Promise.all([
      mentorsAmong(ctx, ids),
      ctx.db
        .select()
        .from(conflictDeclarations)
        .where(
          and(
            eq(conflictDeclarations.networkId, ctx.networkId),
            newestOfEach(ctx, conflictDeclarations, { ids, limit, of }),
          ),
        )
        .orderBy(desc(conflictDeclarations.id)),
    ])
    const rowsOf = grouped(rows, ({ mentorId }) => mentorId)
    return firstPages(ctx, {
      ids: own.map(({ id }) => id),
      limit,
      list: 'conflicts',
      filters: (id) => id,
      rowsOf,
      show: (row) => {
        ctx.touch({ subjectType: 'conflict_declaration', subjectId: row.id, patientId: row.patientId })
        return toDeclaration(row, ctx.now)
      },
    })
  },
})
