import { and, eq } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import { referrals } from '../referrals/table.ts'
import type { Agreement } from './contract.ts'
import { agreements } from './table.ts'

export type AgreementRow = typeof agreements.$inferSelect

export function toAgreement(
  { networkId: _, readerIds: __, expiryToldAt: ___, ...row }: AgreementRow,
  now: Date,
): Agreement {
  const today = now.toISOString().slice(0, 10)
  const { effectiveOn, endsOn, terminatedAt } = row
  return {
    ...row,
    inForce: terminatedAt === null && effectiveOn <= today && (endsOn === null || endsOn >= today),
    terminatedAt: toInstantOrNull(terminatedAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

export const thisAgreement = ({ networkId }: TxCtx, id: string) =>
  and(eq(agreements.networkId, networkId), eq(agreements.id, id))

export async function findAgreement(ctx: TxCtx, id: string): Promise<AgreementRow> {
  const [row] = await ctx.db.select().from(agreements).where(thisAgreement(ctx, id))
  if (!row) throw notFound('agreement')
  return row
}

/** People whose referrals may have rested on it: open ones with no consent of their own. */
export async function patientsUnder({ db, networkId }: TxCtx, agreement: AgreementRow): Promise<string[]> {
  if (agreement.patientId) return [agreement.patientId]
  const rows = await db
    .selectDistinct({ patientId: referrals.patientId })
    .from(referrals)
    .where(
      and(
        eq(referrals.networkId, networkId),
        eq(referrals.organizationId, agreement.organizationId),
        eq(referrals.receivingOrganizationId, agreement.counterpartyOrganizationId),
      ),
    )
  return rows.map(({ patientId }) => patientId)
}
