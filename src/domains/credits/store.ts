import { and, eq, isNull } from 'drizzle-orm'
import type { EventType, TxCtx } from '../../core/context.ts'
import { notFound } from '../../core/errors.ts'
import { toInstant, toInstantOrNull } from '../../core/wire.ts'
import type { Opened } from '../../db/sealing.ts'
import { creditsOf, topicList } from '../courses/rules.ts'
import type { CreditAward, ExternalCredit } from './contract.ts'
import { creditAwards, externalCredits, sealedExternalCredits } from './table.ts'

export type AwardRow = typeof creditAwards.$inferSelect
export type ExternalRow = Opened<typeof externalCredits>

export async function findAward({ db, networkId }: TxCtx, id: string): Promise<AwardRow> {
  const [row] = await db
    .select()
    .from(creditAwards)
    .where(and(eq(creditAwards.networkId, networkId), eq(creditAwards.id, id)))
  if (!row) throw notFound('credit award')
  return row
}

export async function findExternal(ctx: TxCtx, id: string): Promise<ExternalRow> {
  const rows = await ctx.db
    .select(sealedExternalCredits.columns)
    .from(externalCredits)
    .where(and(eq(externalCredits.networkId, ctx.networkId), eq(externalCredits.id, id)))
  const [row] = await sealedExternalCredits.open(ctx, rows)
  if (!row) throw notFound('external credit')
  return row
}

export function toAward({
  networkId: _,
  quarters,
  quartersMax: __,
  effectiveFrom: ___,
  effectiveTo: ____,
  topics,
  ...row
}: AwardRow): CreditAward {
  return {
    ...row,
    credits: creditsOf(quarters),
    topics: topicList(topics),
    revokedAt: toInstantOrNull(row.revokedAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

export function toExternal({
  networkId: _,
  mentorId: __,
  submittedBy: ___,
  reviewedBy: ____,
  quarters,
  topics,
  ...row
}: ExternalRow): ExternalCredit {
  return {
    ...row,
    credits: creditsOf(quarters),
    topics: topicList(topics),
    reviewedAt: toInstantOrNull(row.reviewedAt),
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  }
}

export function tellOfAward(
  ctx: TxCtx,
  type: Extract<EventType, `credit_award.${string}`>,
  { id, creditType }: AwardRow,
): void {
  ctx.emit({ type, subjectType: 'credit_award', subjectId: id, codes: { creditType } })
  ctx.touch({ subjectType: 'credit_award', subjectId: id })
}

/** The award of an enrolment that was not taken back, if there is one. */
export async function awardOf({ db, networkId }: TxCtx, enrolmentId: string): Promise<AwardRow | undefined> {
  const [row] = await db
    .select()
    .from(creditAwards)
    .where(
      and(
        eq(creditAwards.networkId, networkId),
        eq(creditAwards.enrolmentId, enrolmentId),
        isNull(creditAwards.revokedAt),
      ),
    )
  return row
}

/** Takes the credit of an enrolment back: with its certificate it has lost what it rested on. */
export async function revokeAward(ctx: TxCtx, enrolmentId: string): Promise<void> {
  const award = await awardOf(ctx, enrolmentId)
  if (!award) return
  ctx.write(
    ctx.db
      .update(creditAwards)
      .set({ revokedAt: ctx.now, updatedAt: ctx.now, version: award.version + 1 })
      .where(and(eq(creditAwards.networkId, ctx.networkId), eq(creditAwards.id, award.id))),
  )
  tellOfAward(ctx, 'credit_award.revoked', award)
}
