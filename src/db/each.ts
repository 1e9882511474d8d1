import { type SQL, sql } from 'drizzle-orm'

/** `from each(ids)`, beside a lateral that reads what belongs to `eachId`: one statement for many parents. */
export const each = (ids: readonly string[]): SQL => sql`unnest(${sql.param([...ids])}::uuid[]) as parent(id)`

export const eachId = sql<string>`parent.id`
