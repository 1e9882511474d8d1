import { and, eq } from 'drizzle-orm'
import type { EventType, TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { Opened } from '../../db/sealing.ts'
import { LostRace } from '../../db/transaction.ts'
import { settle } from '../consents/settle.ts'
import { withoutRestricted } from '../decisions/restricted.ts'
import { castShadow } from '../decisions/shadow.ts'
import { partWithMentor } from '../mentorships/parting.ts'
import type { Restriction } from './contract.ts'
import { restrictions, sealedRestrictions } from './table.ts'

export type RestrictionRow = Opened<typeof restrictions>

export async function findRestriction(ctx: TxCtx, id: string): Promise<RestrictionRow> {
  const rows = await ctx.db
    .select(sealedRestrictions.columns)
    .from(restrictions)
    .where(and(eq(restrictions.networkId, ctx.networkId), eq(restrictions.id, id)))
  const [row] = await sealedRestrictions.open(ctx, rows)
  if (!row) throw notFound('restriction')
  return row
}

export function toRestriction({ networkId: _, ...row }: RestrictionRow): Restriction {
  return {
    ...row,
    decidedAt: toInstantOrNull(row.decidedAt),
    endedAt: toInstantOrNull(row.endedAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

/** Changes what was read; if another request was faster, the transaction looks again. */
export async function changeRestriction(
  ctx: TxCtx,
  row: RestrictionRow,
  changes: Partial<RestrictionRow>,
): Promise<RestrictionRow> {
  const stored = await ctx.db
    .update(restrictions)
    .set({ ...sealedRestrictions.changes(row, changes), version: row.version + 1, updatedAt: ctx.now })
    .where(
      and(
        eq(restrictions.networkId, ctx.networkId),
        eq(restrictions.id, row.id),
        eq(restrictions.version, row.version),
      ),
    )
    .returning(sealedRestrictions.columns)
  const [changed] = await sealedRestrictions.open(ctx, stored)
  if (!changed) throw new LostRace()
  return changed
}

export function tellOfRestriction(
  ctx: TxCtx,
  type: Extract<EventType, `restriction.${string}`>,
  { id, patientId }: RestrictionRow,
): void {
  ctx.emit({ type, subjectType: 'restriction', subjectId: id, patientId })
  ctx.touch({ subjectType: 'restriction', subjectId: id, patientId })
}

/** At once, and in the same transaction: what it rules out is not found any more, and a mentor it names lets go. */
export async function bind(ctx: TxCtx, restriction: RestrictionRow): Promise<void> {
  const { patientId, mentorId } = restriction
  if (mentorId !== null) return partWithMentor(ctx, patientId, mentorId)
  const from = (id: string) => withoutRestricted([restriction], id, ['referral_status']).length === 0
  await settle(ctx, patientId, { from })
}

/** What a consent permits is found again. */
export const release = (ctx: TxCtx, { patientId }: RestrictionRow): Promise<void> =>
  castShadow(ctx, patientId)
