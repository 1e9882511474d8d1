import { and, eq } from 'drizzle-orm'
import { action } from '../../core/action.ts'
import { eachById, Many } from '../../core/many.ts'
import { anyOf } from '../../db/each.ts'
import { toProgram } from './store.ts'
import { learningPrograms } from './table.ts'

/** As `getLearningProgram`, of many. */
export const getLearningPrograms = action({
  id: 'learningPrograms.getMany',
  scope: 'education:read',
  input: Many,
  run: async ({ db, networkId }, { ids }) => {
    const rows = await db
      .select()
      .from(learningPrograms)
      .where(and(eq(learningPrograms.networkId, networkId), anyOf(learningPrograms.id, ids)))
    return eachById(rows.map(toProgram))
  },
})
