import { and, desc, eq, inArray, type SQL } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { TxCtx } from '../core/context.ts'
import { each } from './each.ts'

/** A table whose rows have ids that sort by age. */
export type Aging = PgTable & { readonly id: PgColumn; readonly networkId: PgColumn }

interface Pages {
  readonly ids: readonly string[]
  readonly limit: number
  /** What of the table belongs to `eachId`. */
  readonly of: SQL | undefined
}

/**
 * The newest that belong to each of many parents, one more than a page shows. A condition, so that one statement reads them
 * all and each parent costs no more than its page.
 */
export function newestOfEach({ db, networkId }: TxCtx, table: Aging, { ids, limit, of }: Pages): SQL {
  const newest = db
    .select({ id: table.id })
    .from(table)
    .where(and(eq(table.networkId, networkId), of))
    .orderBy(desc(table.id))
    .limit(limit + 1)
    .as('newest')
  return inArray(table.id, db.select({ id: newest.id }).from(each(ids)).crossJoinLateral(newest))
}
