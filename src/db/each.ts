import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'

/** `from each(ids)`, beside a lateral that reads what belongs to `eachId`: one statement for many parents. */
export const each = (ids: readonly string[]): SQL => sql`unnest(${sql.param([...ids])}::uuid[]) as parent(id)`

/** The same statement for one id as for a thousand. */
export const anyOf = (column: SQLWrapper, ids: readonly string[]): SQL =>
  sql`${column} = any(${sql.param([...ids])}::uuid[])`

export const eachId = sql<string>`parent.id`

/** Rows by the parent that they belong to. */
export function grouped<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): (key: string) => readonly Row[] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group) group.push(row)
    else groups.set(keyOf(row), [row])
  }
  return (key) => groups.get(key) ?? []
}
