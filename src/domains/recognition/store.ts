import { and, eq, isNull } from 'drizzle-orm'
import type { TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import {
  recognitionAppeals,
  recognitionCredentials,
  recognitionEvaluations,
  recognitionSchemes,
} from './table.ts'

export type SchemeRow = typeof recognitionSchemes.$inferSelect
export type EvaluationRow = typeof recognitionEvaluations.$inferSelect
export type AppealRow = typeof recognitionAppeals.$inferSelect
export type CredentialRow = typeof recognitionCredentials.$inferSelect

export async function findScheme({ db, networkId }: TxCtx, id: string): Promise<SchemeRow> {
  const [row] = await db
    .select()
    .from(recognitionSchemes)
    .where(and(eq(recognitionSchemes.networkId, networkId), eq(recognitionSchemes.id, id)))
  if (!row) throw notFound('recognition scheme')
  return row
}

/** The revision of a scheme that is in force, if one is. */
export async function schemeInForce({ db, networkId }: TxCtx, code: string): Promise<SchemeRow | undefined> {
  const [row] = await db
    .select()
    .from(recognitionSchemes)
    .where(
      and(
        eq(recognitionSchemes.networkId, networkId),
        eq(recognitionSchemes.code, code),
        isNull(recognitionSchemes.retiredAt),
      ),
    )
  return row
}

export async function findEvaluation({ db, networkId }: TxCtx, id: string): Promise<EvaluationRow> {
  const [row] = await db
    .select()
    .from(recognitionEvaluations)
    .where(and(eq(recognitionEvaluations.networkId, networkId), eq(recognitionEvaluations.id, id)))
  if (!row) throw notFound('recognition evaluation')
  return row
}

export async function findAppeal({ db, networkId }: TxCtx, id: string): Promise<AppealRow> {
  const [row] = await db
    .select()
    .from(recognitionAppeals)
    .where(and(eq(recognitionAppeals.networkId, networkId), eq(recognitionAppeals.id, id)))
  if (!row) throw notFound('recognition appeal')
  return row
}

export async function findRecognition({ db, networkId }: TxCtx, id: string): Promise<CredentialRow> {
  const [row] = await db
    .select()
    .from(recognitionCredentials)
    .where(and(eq(recognitionCredentials.networkId, networkId), eq(recognitionCredentials.id, id)))
  if (!row) throw notFound('recognition credential')
  return row
}
