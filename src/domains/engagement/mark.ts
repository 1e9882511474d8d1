import { and, eq, inArray } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { engagementChanges, engagementStates } from './table.ts'

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

/**
 * Facts of a referral have moved: whoever pulls engagement finds it among the changed, and the sweep looks whether its
 * status is another. One statement that nobody waits for. To be called after the referral is stored, and from a portal
 * token's action after `beyondPerson`.
 */
export function markEngagementDue(ctx: TxCtx, { id, organizationId, readerIds }: Accompanied): void {
  // The receiving organization may be another than it was, where nobody answered and the referral went on.
  const moved = { organizationId, readerIds: [...readerIds], changedAt: ctx.now, dueAt: ctx.now }
  ctx.write(
    ctx.db
      .insert(engagementStates)
      .values({ networkId: ctx.networkId, referralId: id, ...moved })
      .onConflictDoUpdate({
        target: [engagementStates.networkId, engagementStates.referralId],
        set: moved,
      }),
  )
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
