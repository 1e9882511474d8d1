import { and, eq, isNull } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { clinicianAcceptances, clinicianTerms } from './table.ts'

export type TermsRow = typeof clinicianTerms.$inferSelect
export type AcceptanceRow = typeof clinicianAcceptances.$inferSelect

export async function findTerms({ db, networkId }: TxCtx, id: string): Promise<TermsRow> {
  const [row] = await db
    .select()
    .from(clinicianTerms)
    .where(and(eq(clinicianTerms.networkId, networkId), eq(clinicianTerms.id, id)))
  if (!row) throw notFound('terms')
  return row
}

export async function findAcceptance({ db, networkId }: TxCtx, id: string): Promise<AcceptanceRow> {
  const [row] = await db
    .select()
    .from(clinicianAcceptances)
    .where(and(eq(clinicianAcceptances.networkId, networkId), eq(clinicianAcceptances.id, id)))
  if (!row) throw notFound('acceptance')
  return row
}

export async function standingAcceptance(
  { db, networkId }: TxCtx,
  mentorId: string,
  termsId: string,
): Promise<AcceptanceRow | undefined> {
  const [row] = await db
    .select()
    .from(clinicianAcceptances)
    .where(
      and(
        eq(clinicianAcceptances.networkId, networkId),
        eq(clinicianAcceptances.mentorId, mentorId),
        eq(clinicianAcceptances.termsId, termsId),
        isNull(clinicianAcceptances.withdrawnAt),
      ),
    )
  return row
}
