import { and, eq, isNull } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { recognitionConsents } from './table.ts'

export type RecognitionConsentRow = typeof recognitionConsents.$inferSelect

export async function findRecognitionConsent(
  { db, networkId }: TxCtx,
  id: string,
): Promise<RecognitionConsentRow> {
  const [row] = await db
    .select()
    .from(recognitionConsents)
    .where(and(eq(recognitionConsents.networkId, networkId), eq(recognitionConsents.id, id)))
  if (!row) throw notFound('consent')
  return row
}

/**
 * What a mentor has said and not taken back, held until the transaction ends: a withdrawal that comes at the same time waits,
 * and then finds the credential that was issued on it.
 */
export async function standingConsent(
  { db, networkId }: TxCtx,
  mentorId: string,
): Promise<RecognitionConsentRow | undefined> {
  const [row] = await db
    .select()
    .from(recognitionConsents)
    .where(
      and(
        eq(recognitionConsents.networkId, networkId),
        eq(recognitionConsents.mentorId, mentorId),
        isNull(recognitionConsents.withdrawnAt),
      ),
    )
    .for('share')
  return row
}
