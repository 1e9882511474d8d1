import { and, eq, gte, isNull, lte, ne, or, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { organizations } from '../organizations/table.ts'
import { accreditations } from './table.ts'

export type AccreditationRow = typeof accreditations.$inferSelect

export async function findAccreditation({ db, networkId }: TxCtx, id: string): Promise<AccreditationRow> {
  const [row] = await db
    .select()
    .from(accreditations)
    .where(and(eq(accreditations.networkId, networkId), eq(accreditations.id, id)))
  if (!row) throw notFound('accreditation')
  return row
}

/**
 * Lets one transaction at a time record an accreditation of an organization: two that come at once must not each miss
 * the other. An exclusion constraint needs btree_gist, which the embedded engine does not have.
 */
export async function lockOrganization({ db, networkId }: TxCtx, id: string): Promise<void> {
  await db
    .select({ id: organizations.id })
    .from(organizations)
    .where(and(eq(organizations.networkId, networkId), eq(organizations.id, id)))
    .for('no key update')
}

/** One of the same code and issuer that holds on a day on which the new one would. */
export async function overlapping(
  { db, networkId }: TxCtx,
  { organizationId, code, issuer, fromOn, untilOn }: AccreditationRow,
): Promise<boolean> {
  const [found] = await db
    .select({ id: accreditations.id })
    .from(accreditations)
    .where(
      and(
        eq(accreditations.networkId, networkId),
        eq(accreditations.organizationId, organizationId),
        eq(accreditations.code, code),
        eq(accreditations.issuer, issuer),
        ne(accreditations.status, 'withdrawn'),
        or(isNull(accreditations.untilOn), gte(accreditations.untilOn, fromOn)),
        untilOn === null ? undefined : lte(accreditations.fromOn, untilOn),
      ),
    )
    .limit(1)
  return found !== undefined
}

/** How many confirmed ones of a code hold today. */
export async function countHeld(
  { db, networkId, now }: TxCtx,
  organizationId: string,
  code: string,
): Promise<number> {
  const today = now.toISOString().slice(0, 10)
  const [counted] = await db
    .select({ held: sql<number>`count(*)::int` })
    .from(accreditations)
    .where(
      and(
        eq(accreditations.networkId, networkId),
        eq(accreditations.organizationId, organizationId),
        eq(accreditations.code, code),
        eq(accreditations.status, 'confirmed'),
        lte(accreditations.fromOn, today),
        or(isNull(accreditations.untilOn), gte(accreditations.untilOn, today)),
      ),
    )
  return counted?.held ?? 0
}
