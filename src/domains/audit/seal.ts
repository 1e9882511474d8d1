import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { insertRows } from '../../db/insert.ts'
import { formNow, genesis, linkHash } from './chain.ts'
import { rowsAt } from './rows.ts'
import { auditLinks, auditUnsealed, chainHeads } from './table.ts'

/** Between two anchors of the chain. */
const anchoredEveryMs = 3_600_000

/**
 * Puts what waits into the chain, in the order in which it was written, and returns how many it took. One process at a
 * time for each network, by a lock that ends with the transaction; requests never wait for it.
 */
export async function seal(ctx: TxCtx, limit: number): Promise<number> {
  const { db, networkId, now } = ctx
  const [lock, [last], waiting] = await Promise.all([
    db.execute<{ held: boolean }>(
      sql`select pg_try_advisory_xact_lock(hashtextextended(${`audit-chain|${networkId}`}, 0)) as held`,
    ),
    db
      .select()
      .from(auditLinks)
      .where(eq(auditLinks.networkId, networkId))
      .orderBy(desc(auditLinks.position))
      .limit(1),
    db
      .select()
      .from(auditUnsealed)
      .where(eq(auditUnsealed.networkId, networkId))
      .orderBy(asc(auditUnsealed.sequence))
      .limit(limit),
  ])
  if (!lock.rows[0]?.held || waiting.length === 0) return 0
  const rowAt = await rowsAt(ctx, waiting)
  let hash = last?.hash ?? genesis
  const links = waiting.map(({ source, rowId }, index) => {
    hash = linkHash(hash, source, rowId, rowAt({ source, rowId }), formNow)
    const position = (last?.position ?? 0) + index + 1
    return { networkId, position, source, rowId, form: formNow, hash, sealedAt: now }
  })
  ctx.write(insertRows(auditLinks, links))
  ctx.write(
    db.delete(auditUnsealed).where(
      and(
        eq(auditUnsealed.networkId, networkId),
        inArray(
          auditUnsealed.sequence,
          waiting.map(({ sequence }) => sequence),
        ),
      ),
    ),
  )
  return waiting.length
}

export type Head = typeof chainHeads.$inferSelect

/** Writes down where the chain stands, once an hour if it has grown. The caller tells it to the log of the process. */
export async function anchor({ db, networkId, now }: TxCtx): Promise<Head | undefined> {
  const [[last], [head]] = await Promise.all([
    db
      .select()
      .from(auditLinks)
      .where(eq(auditLinks.networkId, networkId))
      .orderBy(desc(auditLinks.position))
      .limit(1),
    db
      .select()
      .from(chainHeads)
      .where(eq(chainHeads.networkId, networkId))
      .orderBy(desc(chainHeads.position))
      .limit(1),
  ])
  if (!last || last.position === head?.position) return undefined
  if (head && now.getTime() - head.at.getTime() < anchoredEveryMs) return undefined
  const [anchored] = await db
    .insert(chainHeads)
    .values({ networkId, position: last.position, hash: last.hash, at: now })
    .onConflictDoNothing()
    .returning()
  return anchored
}
