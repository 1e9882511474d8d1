import { and, eq, inArray, sql } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { writtenOnce } from '../../db/once.ts'
import { engagementChanges, engagementStates } from './table.ts'

const { placeholder } = sql

/** A referral as its engagement sees it: held by the organization that accompanies. */
export interface Accompanied {
  readonly id: string
  /** The receiving one. */
  readonly organizationId: string
  /** The sending one, where the receiving one is another and a consent names it. */
  readonly readerIds: readonly string[]
}

/** The same of a referral as it is stored, held by the organization that sent it. */
export function accompaniedOf(referral: {
  readonly id: string
  readonly organizationId: string
  readonly receivingOrganizationId: string
  readonly readerIds: readonly string[]
}): Accompanied {
  const { id, organizationId, receivingOrganizationId, readerIds } = referral
  const shared = readerIds.includes(receivingOrganizationId)
  return { id, organizationId: receivingOrganizationId, readerIds: shared ? [organizationId] : [] }
}

const markDue = writtenOnce((db) =>
  db
    .insert(engagementStates)
    .values({
      networkId: placeholder('networkId'),
      referralId: placeholder('referralId'),
      organizationId: placeholder('organizationId'),
      readerIds: placeholder('readerIds'),
      changedAt: placeholder('now'),
      dueAt: placeholder('now'),
    })
    .onConflictDoUpdate({
      target: [engagementStates.networkId, engagementStates.referralId],
      // The receiving organization may be another than it was, where nobody answered and the referral went on.
      set: {
        organizationId: sql`excluded.organization_id`,
        readerIds: sql`excluded.reader_ids`,
        changedAt: sql`excluded.changed_at`,
        dueAt: sql`excluded.due_at`,
      },
    }),
)

/**
 * Facts of a referral have moved: whoever pulls engagement finds it among the changed, and the sweep looks whether its
 * status is another. One statement that nobody waits for. To be called after the referral is stored, and from a portal
 * token's action after `beyondPerson`.
 */
export function markEngagementDue(ctx: TxCtx, { id, organizationId, readerIds }: Accompanied): void {
  ctx.write(markDue(ctx, { referralId: id, organizationId, readerIds: [...readerIds], now: ctx.now }))
}

/**
 * A consent was withdrawn: the organization that sent these referrals no longer finds what is told of them. Across
 * organizations, for the rows are the receiving one's.
 */
export async function unshareEngagement(
  { db, networkId }: TxCtx,
  referralIds: readonly string[],
): Promise<void> {
  const nobody = { readerIds: [] }
  const of = ({ networkId: network, referralId }: typeof engagementStates | typeof engagementChanges) =>
    and(eq(network, networkId), inArray(referralId, [...referralIds]))
  await Promise.all([
    db.update(engagementStates).set(nobody).where(of(engagementStates)),
    db.update(engagementChanges).set(nobody).where(of(engagementChanges)),
  ])
}
