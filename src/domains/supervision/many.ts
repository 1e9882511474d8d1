import { action } from '../../core/action.ts'
import { firstPages } from '../../core/first-pages.ts'
import { FirstPages } from '../../core/many.ts'
import { newestSessionRows } from './store.ts'
import { toSession } from './view.ts'

/** The sessions at which each mentor was, newest first, as `listSessions` lists them. */
export const sessionsOfMentors = action({
  id: 'supervisionSessions.ofMentors',
  scope: 'mentors:read',
  input: FirstPages,
  run: async (ctx, { ids, limit }) => {
    const rows = await newestSessionRows(ctx, ids, limit)
    const rowsOf = (id: string) => rows.filter(({ mentorIds }) => mentorIds.includes(id))
    return firstPages(ctx, {
      ids,
      limit,
      list: 'supervisionSessions',
      filters: (mentorId) => ({ mentorId }),
      rowsOf,
      show: (row) => {
        ctx.touch({ subjectType: 'supervision_session', subjectId: row.id })
        return toSession(row)
      },
    })
  },
})
