import { and, asc, desc, eq, gte, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { genesis, linkHash } from './chain.ts'
import type { Broken, Verification } from './contract.ts'
import { rowsAt } from './rows.ts'
import { auditLinks, chainHeads } from './table.ts'

type Link = typeof auditLinks.$inferSelect

/** What stood at a position once. */
export interface Anchor {
  readonly position: number
  readonly hash: Buffer
}

/** Rows in memory at a time. */
const batch = 500
/** Links of one request: some seconds at most. The answer says where to go on. */
const linksMax = 5_000

/**
 * Recomputes the chain from a position on, across organizations and without their content: what it tells is a position
 * and a reason. Where it reaches the end it also counts, so that a row that never came into the chain shows.
 */
export async function verifyFrom(ctx: TxCtx, from: number, kept?: Anchor): Promise<Verification> {
  const before = from === 1 ? genesis : (await linksFrom(ctx, from - 1, 1))[0]?.hash
  let hash = before ?? genesis
  let next = from
  let broken: Broken | null = before ? null : { position: from - 1, reason: 'link_missing' }
  let ended = false
  while (!broken && !ended && next - from < linksMax) {
    const [links, stored] = await Promise.all([linksFrom(ctx, next, batch), anchorsFrom(ctx, next)])
    const anchors = kept ? [...stored, kept] : stored
    const rowAt = await rowsAt(ctx, links)
    for (const link of links) {
      broken = faultOf(link, next, linkHash(hash, link.source, link.rowId, rowAt(link), link.form), {
        present: rowAt(link) !== undefined,
        anchors,
      })
      if (broken) break
      hash = link.hash
      next += 1
    }
    ended = links.length < batch
    const beyond = anchors.find(({ position }) => position >= next)
    if (!broken && ended && beyond) broken = { position: next, reason: 'tail_missing' }
  }
  const [head, counted] = await Promise.all([lastLink(ctx), countOutside(ctx)])
  if (!broken && ended && counted.outside !== 0) broken = { position: null, reason: 'row_outside_chain' }
  return {
    valid: broken === null,
    checked: next - from,
    firstBroken: broken,
    nextFrom: broken || ended ? null : next,
    waiting: counted.waiting,
    head: head && {
      position: head.position,
      hash: head.hash.toString('hex'),
      sealedAt: head.sealedAt.toISOString(),
    },
  }
}

function faultOf(
  link: Link,
  expected: number,
  hash: Buffer,
  { present, anchors }: { present: boolean; anchors: readonly Anchor[] },
): Broken | null {
  const broken = (reason: Broken['reason']): Broken => ({ position: expected, reason })
  if (link.position !== expected) return broken('link_missing')
  if (!present) return broken('row_missing')
  if (!link.hash.equals(hash)) return broken('hash_differs')
  const otherwise = anchors.some((head) => head.position === expected && !head.hash.equals(link.hash))
  return otherwise ? broken('anchor_differs') : null
}

function linksFrom({ db, networkId }: TxCtx, from: number, limit: number): Promise<Link[]> {
  return db
    .select()
    .from(auditLinks)
    .where(and(eq(auditLinks.networkId, networkId), gte(auditLinks.position, from)))
    .orderBy(asc(auditLinks.position))
    .limit(limit)
    .then((rows) => rows)
}

function anchorsFrom({ db, networkId }: TxCtx, from: number): Promise<Anchor[]> {
  return db
    .select({ position: chainHeads.position, hash: chainHeads.hash })
    .from(chainHeads)
    .where(and(eq(chainHeads.networkId, networkId), gte(chainHeads.position, from)))
    .orderBy(asc(chainHeads.position))
    .limit(batch)
    .then((rows) => rows)
}

export async function lastLink({ db, networkId }: TxCtx): Promise<Link | null> {
  const [link] = await db
    .select()
    .from(auditLinks)
    .where(eq(auditLinks.networkId, networkId))
    .orderBy(desc(auditLinks.position))
    .limit(1)
  return link ?? null
}

/** One statement, hence one snapshot: each row is in the chain or waits, and positions have no gap. */
async function countOutside({ db, networkId }: TxCtx): Promise<{ outside: number; waiting: number }> {
  const mine = sql`where network_id = ${networkId}`
  const { rows } = await db.execute<{ outside: number; waiting: number }>(sql`
    select (select count(*) from audit_events ${mine})::float8 + (select count(*) from disclosures ${mine})
        - coalesce((select max(position) from audit_links ${mine}), 0)
        - (select count(*) from audit_unsealed ${mine}) as outside,
      (select count(*)::float8 from audit_unsealed ${mine}) as waiting`)
  return rows[0] ?? { outside: 0, waiting: 0 }
}
