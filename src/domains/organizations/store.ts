import { and, eq, inArray } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { organizations } from './table.ts'

type Row = typeof organizations.$inferSelect

export async function findOrganization({ db, networkId }: TxCtx, id: string): Promise<Row> {
  const [row] = await db
    .select()
    .from(organizations)
    .where(and(eq(organizations.networkId, networkId), eq(organizations.id, id)))
  if (!row) throw notFound('organization')
  return row
}

/** Those of `ids` that are organizations of the network, by id. */
export async function organizationsAmong(
  { db, networkId }: TxCtx,
  ids: readonly string[],
): Promise<Map<string, Row>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select()
    .from(organizations)
    .where(and(eq(organizations.networkId, networkId), inArray(organizations.id, [...ids])))
  return new Map(rows.map((row) => [row.id, row]))
}
