import { and, eq, getTableColumns, inArray, isNotNull, or, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { TxCtx } from '../core/context.ts'
import type { PersonKey } from '../core/data-keys.ts'
import { personKeys } from './person-keys.ts'
import { openKey, withKey } from './sealing.ts'

type Row = Readonly<Record<string, unknown>>

/** A sealing, whichever table it is of: what is done to all of them alike. */
export interface AnySealing {
  readonly table: PgTable & { readonly networkId: PgColumn }
  readonly spec: {
    readonly person: string
    readonly members: object
    index?(ctx: TxCtx, row: object): object
  }
  changes(row: object, changes: object): object
}

/**
 * Seals what is still plain, from before or from an older version of the service that serves beside this one; how many
 * rows it was. Rows that somebody has in hand are left for the next time.
 */
export async function sealPlain(ctx: TxCtx, sealing: AnySealing, limit: number): Promise<number> {
  const { table, spec } = sealing
  const columns = getTableColumns(table)
  const members = Object.keys(spec.members)
  const columnOf = (name: string) => {
    const column = columns[name]
    if (!column) throw new Error(`There is no column ${name}`)
    return column
  }
  const rows: Row[] = await ctx.db
    .select({ ...columns, place: sql<string>`ctid::text` })
    .from(table)
    .where(
      and(eq(table.networkId, ctx.networkId), or(...members.map((member) => isNotNull(columnOf(member))))),
    )
    .limit(limit)
    .for('update', { skipLocked: true })
  const personOf = (row: Row) => String(row[spec.person])
  const keys = await keysOf(ctx, [...new Set(rows.map(personOf))])
  for (const row of rows) {
    const key = keys.get(personOf(row)) ?? null
    const said = Object.fromEntries(
      members.filter((member) => row[member] !== null).map((member) => [member, row[member]]),
    )
    const sealed = key?.secret ? sealing.changes(withKey(row, key), said) : emptied(said)
    ctx.write(
      ctx.db
        .update(table)
        .set({ ...sealed, ...spec.index?.(ctx, row) })
        .where(sql`ctid = ${row.place}::tid`),
    )
  }
  return rows.length
}

/** Of a person whose key was destroyed: an older version wrote it, and it is not kept. */
const emptied = (said: object) => Object.fromEntries(Object.keys(said).map((member) => [member, null]))

/** The keys of these persons; those who have none yet are given one. */
async function keysOf(ctx: TxCtx, ids: readonly string[]): Promise<Map<string, PersonKey | null>> {
  if (ids.length === 0) return new Map()
  const { db, networkId, keyring, now } = ctx
  const these = and(eq(personKeys.networkId, networkId), inArray(personKeys.personId, [...ids]))
  const known = new Set(
    (await db.select({ id: personKeys.personId }).from(personKeys).where(these)).map(({ id }) => id),
  )
  const made = await Promise.all(
    ids.filter((id) => !known.has(id)).map((id) => keyring.dataKeys.create(networkId, id)),
  )
  if (made.length > 0)
    await db
      .insert(personKeys)
      .values(
        made.map(({ key: { personId }, wrapped }) => ({
          networkId,
          personId,
          sealedKey: wrapped,
          wrappedBy: keyring.dataKeys.currentId,
          createdAt: now,
        })),
      )
      .onConflictDoNothing()
  const stored = await db.select().from(personKeys).where(these)
  return new Map(
    await Promise.all(
      stored.map(
        async ({ personId, sealedKey }) =>
          [personId, await openKey(ctx, personId, sealedKey ?? Buffer.alloc(0))] as const,
      ),
    ),
  )
}
