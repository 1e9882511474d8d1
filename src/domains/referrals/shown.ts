import { and, eq, type SQL } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import type { Tx } from '../../db/client.ts'
import { clocks } from '../clocks/table.ts'
import type { ReferralRecord } from './store.ts'
import { referrals, sealedReferrals } from './table.ts'

/** What is read of a referral to show it: each column of a page is sent, parsed and mapped once for every row of it. */
const {
  networkId: _network,
  readerIds: _readers,
  open: _open,
  clockId: _clock,
  acceptedAt: _accepted,
  closedAt: _closed,
  ...row
} = sealedReferrals.columns

const shownColumns = {
  row,
  clock: {
    action: clocks.action,
    dueAt: clocks.dueAt,
    ownerOrganizationId: clocks.ownerOrganizationId,
    ownerRole: clocks.ownerRole,
  },
}

export const selectShown = (db: Tx, condition: SQL | undefined) =>
  db
    .select(shownColumns)
    .from(referrals)
    .leftJoin(clocks, and(eq(clocks.networkId, referrals.networkId), eq(clocks.id, referrals.clockId)))
    .where(condition)

export type StoredShown = Awaited<ReturnType<typeof selectShown>>[number]

/** A referral as far as it is shown: a whole record is one, too. */
export interface ShownReferral extends Pick<ReferralRecord, 'grounds'> {
  readonly row: Omit<StoredShown['row'], 'sealed' | 'wrappedKey'>
  readonly clock: StoredShown['clock']
}

export async function openShown(ctx: TxCtx, stored: readonly StoredShown[]) {
  const rows = await sealedReferrals.open(
    ctx,
    stored.map(({ row }) => row),
  )
  return rows.map((row, index) => ({ row, clock: stored[index]?.clock ?? null }))
}
