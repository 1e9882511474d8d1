import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'

/** `from each(ids)`, beside a lateral that reads what belongs to `eachId`: one statement for many parents. */
export const each = (ids: readonly string[]): SQL => sql`unnest(${sql.param([...ids])}::uuid[]) as parent(id)`

/** The same statement for one id as for a thousand. */
export const anyOf = (column: SQLWrapper, ids: readonly string[]): SQL =>
  sql`${column} = any(${sql.param([...ids])}::uuid[])`

export const eachId = sql<string>`parent.id`
